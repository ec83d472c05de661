/** What every engine is to the benchmarks, ours included. */
import { readNpy } from '../../src/files/npy.js';
import type { WeightType } from '../../src/wasm/kernels/half-weights.js';
import type { Case } from '../cases.js';
import { noise } from '../noise.js';

export type Numbers = Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

export interface Feed {
  readonly name: string;
  readonly type: 'float32' | 'int64';
  readonly dims: readonly number[];
  readonly data: Numbers;
}

export interface Output {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

/** By the output's name; an engine that does not know names gives one, under ''. */
export type Outputs = Readonly<Record<string, Output>>;

/** A model that has been loaded, with the feeds it is run on. */
export interface Opened {
  run(): Promise<Outputs>;
  close(): Promise<void>;
  /** What the engine says about how it runs. */
  readonly note?: string;
}

export interface Setting {
  readonly threads: number;
  /** Ours only. */
  readonly tier?: string | undefined;
  readonly weights?: WeightType | undefined;
  /** A folder to keep programs in. */
  readonly cache?: string | undefined;
  /** In a browser: where an engine's own files are served. */
  readonly assets?: string | undefined;
  /** The file's bytes; in a browser, of a URL. */
  read(file: string): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Peer {
  open(subject: Case, feeds: readonly Feed[], setting: Setting): Promise<Opened>;
}

/** Why a peer does not run a case; a benchmark says it and goes on. */
export class Skip extends Error {}

export async function makeFeeds(subject: Case, read: Setting['read']): Promise<Feed[]> {
  return await Promise.all(
    subject.feeds.map(async ({ name, dims, from }) => {
      if ('npy' in from) return { name, ...fromNpy(await read(from.npy)) };
      const count = dims.reduce((product, dim) => product * dim, 1);
      return { name, type: 'float32', dims, data: noise(count, from.seed) };
    }),
  );
}

function fromNpy(bytes: Uint8Array): Omit<Feed, 'name'> {
  const { type, dims, data } = readNpy(bytes);
  if (type !== 'float32' && type !== 'int64') throw new Error(`an input of type ${type}`);
  return { type, dims, data: data as Numbers };
}
