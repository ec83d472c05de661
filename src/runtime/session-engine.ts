/** What a session computes with: on the thread that calls it, or in a worker. */
import type { Tensor } from '../ir/tensor.js';
import type { ValueMetadata } from './metadata.js';
import type { SessionNote, SessionRunOptions } from './session-options.js';
import type { Trace } from './trace.js';

/** Hears what turned out other than asked. */
export type Tell = (note: SessionNote) => void;

export interface SessionEngine {
  /** The model's name in messages. */
  readonly file: string | undefined;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /**
   * @param wanted names of outputs
   * @returns the outputs wanted, in their order
   * @throws ModelError
   */
  run(
    feeds: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
    options: SessionRunOptions,
  ): Promise<readonly Tensor[]>;
  startProfiling(): void;
  endProfiling(): Trace | undefined;
  /** Waits for the runs that were called, and frees memory and threads. */
  release(): Promise<void>;
}
