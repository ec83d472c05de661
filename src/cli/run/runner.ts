/** Runs a network on one set of inputs after another. */
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
  /** Aborts the run, which then throws ModelError US2008. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** By name, in the model's order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly report: RunReport;
  /** Present if the inputs were run in tiles. */
  readonly tiles?: TilesReport;
}

export interface Runner {
  /** @param inputs a tensor for each input of the network, by name */
  run(inputs: ReadonlyMap<string, Tensor>, options?: RunnerOptions): Promise<RunResult>;
  /** The trace since the start, if profiling was requested. */
  endProfiling(): Trace | undefined;
  release(): Promise<void>;
}

/** The output by its name; the tensors of a sequence as `name.0`, `name.1` and so on. */
function outputTensors(name: string, output: unknown): (readonly [string, Tensor])[] {
  // An optional without an element.
  if (output === null) return [];
  if (!Array.isArray(output)) return [[name, denseTensor(output, name)]];
  return output.map((item: unknown, i) => [`${name}.${i}`, denseTensor(item, `${name}.${i}`)]);
}

/** A runner with one session for all runs; the model is compiled once for each size. */
export async function startSessionRunner(model: OpenedModel, settings: Settings): Promise<Runner> {
  const session = await startSession(model, settings, settings.dims);
  return {
    async run(inputs, { onProgress, signal } = {}) {
      let report: RunReport | undefined;
      // Outputs are listed by name, since an output may have the name of an option.
      const outputs = await session.run(inputs, session.outputNames, {
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(signal === undefined ? {} : { signal }),
        onReport: (given) => {
          report = given;
        },
      });
      return {
        outputs: new Map(session.outputNames.flatMap((name) => outputTensors(name, outputs[name]))),
        report: report!,
      };
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}
