/** The code that packs constants, as a script calls it. */
import type { HalfPacking } from '../wasm/packing/half-packing.js';
import { type FilterTaps, type Packing, type Transform, transformName } from '../wasm/packing/packing-module.js';

export interface PackingCode extends Packing {
  /** Of a module that was made for such weights. */
  readonly halves: HalfPacking;
  /** For a filter that the code was made for. */
  transform(taps: FilterTaps): Transform;
}

/** @param instance of a module of `emitPacking` (wasm/packing/), on the memory that constants are packed into */
export function packingCode({ exports }: WebAssembly.Instance): PackingCode {
  const { gather, scale, scatter } = exports as unknown as Packing;
  return {
    ...{ gather, scale, scatter, halves: exports as unknown as HalfPacking },
    transform: (taps) => exports[transformName(taps)] as Transform,
  };
}
