/** The library as it is published: the bundle that `bundleLibrary` has made. */
import type { Trace, TraceEvent } from '../../src/runtime/trace.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { Case } from '../cases.js';
import type { ProfiledStep } from '../jobs/job.js';
import type { Feed, Opened, Outputs, Peer, Setting } from './peer.js';

type Library = typeof import('../../src/index.js');

export interface Profile {
  /** What the session ran as. */
  readonly tier: Tier;
  /** In their order, with their times. */
  readonly steps: readonly ProfiledStep[];
}

export interface Ours extends Opened {
  /** Of one run. */
  profile(): Promise<Profile>;
}

export interface Own extends Peer {
  open(subject: Case, feeds: readonly Feed[], setting: Setting): Promise<Ours>;
}

/** @param url the library's entry: a file URL, or where it is served */
export function unstride(url: string): Own {
  return {
    async open(subject, feeds, { threads, tier, weights, cache }): Promise<Ours> {
      const { InferenceSession, Tensor } = (await import(url)) as Library;
      const notes = new Set<string>();
      const session = await InferenceSession.create(subject.model, {
        threads,
        ...(weights === undefined ? {} : { weights }),
        ...(cache === undefined ? {} : { cache }),
        ...(tier === undefined ? {} : { tier: tier as 'wide' }),
        onNote: ({ about, text }) => notes.add(`${about}: ${text}`),
      });
      const tensors = Object.fromEntries(
        feeds.map(({ name, type, data, dims }) => [name, new Tensor(type, data, dims)]),
      );
      return {
        // As a loop over frames would: each result is read before the next run.
        run: async () => (await session.run(tensors, { outputsAsViews: true })) as unknown as Outputs,
        profile: async () => {
          const traces: Trace[] = [];
          await session.run(tensors, { outputsAsViews: true, profile: (trace) => traces.push(trace) });
          const [{ traceEvents, otherData }] = traces as [Trace];
          return {
            tier: otherData['tier'] as Tier,
            steps: traceEvents.filter(({ cat }) => cat === 'step').map(profiledStep),
          };
        },
        close: () => session.dispose(),
        get note() {
          return [...notes].join('; ');
        },
      };
    },
  };
}

function profiledStep({ name, dur = 0, args }: TraceEvent): ProfiledStep {
  return {
    operators: name,
    shapes: String(args['shapes']),
    algorithm: String(args['algorithm']),
    microseconds: dur,
    operations: Number(args['operations']),
  };
}
