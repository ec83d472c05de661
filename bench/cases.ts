/** What is measured: a model in files, what goes in, and how near two engines' results have to be. */

export type Group = 'layers' | 'architectures' | 'models';

export const groups: readonly Group[] = ['layers', 'architectures', 'models'];

export interface FeedSource {
  readonly name: string;
  readonly dims: readonly number[];
  /** Uniform noise in [-1, 1) of a seed, or a NumPy file. */
  readonly from: { readonly seed: number } | { readonly npy: string };
}

export interface Closeness {
  /** Largest difference, relative to the largest magnitude of the peer's output. */
  readonly tolerance: number;
  /** Share of the elements that may be off, where results jump: pooling's choice between equals, rounding to integers. */
  readonly jumps?: number;
  /** Why it is not 1e-4 everywhere. */
  readonly reason?: string;
}

export interface Layer {
  readonly op: 'Conv' | 'ConvTranspose';
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
  readonly outputPadding?: number;
  readonly size: number;
}

export interface Case {
  readonly name: string;
  readonly group: Group;
  /** A path, or in a browser a URL. */
  readonly model: string;
  /** Files of weights beside the model, by the location that the model names. */
  readonly external: readonly { readonly location: string; readonly path: string }[];
  readonly feeds: readonly FeedSource[];
  readonly closeness: Closeness;
  /** Multiplications and additions that the definition needs, of a layer. */
  readonly operations?: number;
  readonly layer?: Layer;
}
