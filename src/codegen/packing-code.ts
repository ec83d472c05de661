/** The code that packs constants, compiled for a memory. */
import {
  emitPacking,
  type FilterTaps,
  type Packing,
  type Transform,
  transformName,
} from '../wasm/packing/packing-module.js';

export interface PackingCode extends Packing {
  /** For a filter that the code was made for. */
  transform(taps: FilterTaps): Transform;
}

/**
 * @param maximumPages of the memory, where it has a maximum
 * @param filters those that weights are transformed for
 */
export async function compilePacking(
  memory: WebAssembly.Memory,
  limits: { readonly maximumPages?: number; readonly isShared: boolean },
  filters: readonly FilterTaps[],
): Promise<PackingCode> {
  const { maximumPages, isShared } = limits;
  const maximum = maximumPages === undefined ? {} : { maximum: maximumPages };
  const bytes = emitPacking({ initial: 1, ...maximum, shared: isShared }, filters);
  const { instance } = await WebAssembly.instantiate(bytes, { host: { memory } });
  const { gather, scale, spread } = instance.exports as unknown as Packing;
  return { gather, scale, spread, transform: (taps) => instance.exports[transformName(taps)] as Transform };
}
