/** The WebAssembly Binary Toolkit: an independent reader and validator of what the assembler writes. */
import loadWabt from 'wabt';

const wabt = await loadWabt();

const features = { simd: true, relaxed_simd: true, threads: true, bulk_memory: true, sat_float_to_int: true };

/** Validates the module (throws on an error) and returns its text form. */
export function readModule(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { ...features, readDebugNames: true });
  // The types of the package do not know that features can be given.
  (module as unknown as { validate(features: object): void }).validate(features);
  module.applyNames();
  return module.toText({ foldExprs: false, inlineExport: false });
}
