/** The code that packs constants, as a script calls it. */
import { type FilterTaps, type Packing, type Transform, transformName } from '../wasm/packing/packing-module.js';

export interface PackingCode extends Packing {
  /** For a filter that the code was made for. */
  transform(taps: FilterTaps): Transform;
}

/** @param instance of a module of `emitPacking` (wasm/packing/), on the memory that constants are packed into */
export function packingCode({ exports }: WebAssembly.Instance): PackingCode {
  const { gather, scale, scatter } = exports as unknown as Packing;
  return { gather, scale, scatter, transform: (taps) => exports[transformName(taps)] as Transform };
}
