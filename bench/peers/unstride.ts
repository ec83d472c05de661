/** The library as it is published: the bundle that `bundleLibrary` has made. */
import type { Opened, Outputs, Peer } from './peer.js';

type Library = typeof import('../../src/index.js');

/** @param url the library's entry: a file URL, or where it is served */
export function unstride(url: string): Peer {
  return {
    async open(subject, feeds, { threads, tier }): Promise<Opened> {
      const { InferenceSession, Tensor } = (await import(url)) as Library;
      const notes = new Set<string>();
      const session = await InferenceSession.create(subject.model, {
        threads,
        ...(tier === undefined ? {} : { tier: tier as 'wide' }),
        onNote: ({ about, text }) => notes.add(`${about}: ${text}`),
      });
      const tensors = Object.fromEntries(
        feeds.map(({ name, type, data, dims }) => [name, new Tensor(type, data, dims)]),
      );
      return {
        // As a loop over frames would: each result is read before the next run.
        run: async () => (await session.run(tensors, { outputsAsViews: true })) as unknown as Outputs,
        close: () => session.dispose(),
        get note() {
          return [...notes].join('; ');
        },
      };
    },
  };
}
