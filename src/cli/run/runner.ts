/** What runs a network on one set of inputs after another. */
import type { Tensor } from '../../ir/tensor.js';
import type { TilesReport } from '../../report/tiles.js';
import type { OpenedModel } from '../../runtime/open.js';
import type { RunReport } from '../../runtime/session-options.js';
import { denseTensor } from '../../runtime/tensor/dense.js';
import type { Trace } from '../../runtime/trace.js';
import type { Settings } from './settings.js';
import { startSession } from './start-session.js';

export interface RunnerOptions {
  /** Step `index` of `total` begins. */
  readonly onProgress?: (label: string, index: number, total: number) => void;
  /** Ends the run; what is thrown then is a ModelError US2008. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** By name, in the model's order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly report: RunReport;
  /** Where the inputs were run in tiles. */
  readonly tiles?: TilesReport;
}

export interface Runner {
  /** @param inputs a tensor for each input of the network, by name */
  run(inputs: ReadonlyMap<string, Tensor>, options?: RunnerOptions): Promise<RunResult>;
  /** What was recorded since the start, where profiling was asked for. */
  endProfiling(): Trace | undefined;
  release(): Promise<void>;
}

/** A session that stays for all runs: the model is compiled once for each size. */
export async function startSessionRunner(model: OpenedModel, settings: Settings): Promise<Runner> {
  const session = await startSession(model, settings, settings.dims);
  return {
    async run(inputs, { onProgress, signal } = {}) {
      let report: RunReport | undefined;
      // Named, since an output may be called as an option is.
      const outputs = await session.run(inputs, session.outputNames, {
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(signal === undefined ? {} : { signal }),
        onReport: (given) => {
          report = given;
        },
      });
      return {
        outputs: new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)])),
        report: report!,
      };
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}
