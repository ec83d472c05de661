import type { Tensor } from '../ir/tensor.js';

/** Counts the bytes of storage that live values share. */
export class LiveMemory {
  peakBytes = 0;
  private bytes = 0;
  private readonly holders = new Map<object, number>();

  hold(tensor: Tensor): void {
    const storage = storageOf(tensor);
    const count = this.holders.get(storage) ?? 0;
    this.holders.set(storage, count + 1);
    if (count === 0) this.bytes += byteLength(tensor);
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  release(tensor: Tensor | undefined): void {
    if (tensor === undefined) return;
    const storage = storageOf(tensor);
    const count = this.holders.get(storage) ?? 0;
    if (count > 1) this.holders.set(storage, count - 1);
    else if (this.holders.delete(storage)) this.bytes -= byteLength(tensor);
  }
}

function storageOf({ data }: Tensor): object {
  return 'buffer' in data ? data.buffer : data;
}

function byteLength(tensor: Tensor): number {
  return 'byteLength' in tensor.data ? tensor.data.byteLength : tensor.data.reduce((sum, text) => sum + text.length, 0);
}
