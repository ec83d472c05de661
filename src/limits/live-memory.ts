/** Counts the bytes of storage that live values share, and refuses what would exceed a limit. */
import { fail } from '../diagnostics.js';
import { TensorSequence } from '../ir/sequence.js';
import type { Tensor } from '../ir/tensor.js';
import { elementBytes } from './bytes.js';
import { engineBytes, valuesTooLarge } from './memory.js';

export interface LiveMemoryOptions {
  /** The most bytes that live values may take. Default: what the engine's memory can hold. */
  readonly limit?: number | undefined;
  /** Bytes that others have of the limit. */
  readonly taken?: number | undefined;
}

export class LiveMemory {
  peakBytes = 0;
  private bytes = 0;
  private readonly limit: number;
  private readonly taken: number;
  private readonly holders = new Map<object, number>();

  constructor({ limit = engineBytes, taken = 0 }: LiveMemoryOptions = {}) {
    this.limit = limit;
    this.taken = taken;
  }

  /**
   * Counts memory that is no tensor's.
   * @throws ProblemError US2011 if that is more than the limit
   */
  take(bytes: number): void {
    this.require(bytes);
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  giveBack(bytes: number): void {
    this.bytes -= bytes;
  }

  hold(tensor: Tensor): void {
    if (tensor instanceof TensorSequence) for (const item of tensor.tensors) this.hold(item);
    const storage = storageOf(tensor);
    const count = this.holders.get(storage) ?? 0;
    this.holders.set(storage, count + 1);
    if (count === 0) this.bytes += bytesOf(tensor);
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  release(tensor: Tensor | undefined): void {
    if (tensor === undefined) return;
    if (tensor instanceof TensorSequence) for (const item of tensor.tensors) this.release(item);
    const storage = storageOf(tensor);
    const count = this.holders.get(storage) ?? 0;
    if (count > 1) this.holders.set(storage, count - 1);
    else if (this.holders.delete(storage)) this.bytes -= bytesOf(tensor);
  }

  /**
   * Asked before something of `bytes` is made beside what is held.
   *
   * @throws ProblemError US2011 if that is more than the limit
   */
  require(bytes: number): void {
    const live = this.taken + this.bytes;
    if (live + bytes > this.limit) fail(valuesTooLarge({ bytes, live, limit: this.limit }));
  }

  /**
   * Asked of what was made and is not held yet. Storage that is held already counts once.
   *
   * @throws ProblemError US2011 if that is more than the limit
   */
  requireAll(tensors: readonly (Tensor | undefined)[]): void {
    const seen = new Set<object>();
    let bytes = 0;
    for (const tensor of tensors) {
      if (tensor === undefined) continue;
      const storage = storageOf(tensor);
      if (seen.has(storage) || this.holders.has(storage)) continue;
      seen.add(storage);
      bytes += bytesOf(tensor);
    }
    this.require(bytes);
  }
}

function storageOf({ data }: Tensor): object {
  return 'buffer' in data ? data.buffer : data;
}

/** Bytes of a tensor's elements, or of the view that they are. */
export function bytesOf({ data }: Tensor): number {
  return 'byteLength' in data
    ? data.byteLength
    : data.reduce((sum, text) => sum + text.length, data.length * elementBytes('string'));
}
