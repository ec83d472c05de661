/** Flags of the engine on Node: the only part of the library that sets any. */
import { setFlagsFromString } from 'node:v8';

/** The first V8 that was seen to have good 256-bit code; without the flag it would complain on standard error. */
const firstWideVersion = 13;

/** Bun and Deno have the function too, but with other engines or versions. */
export function canEnableWideVectors(): boolean {
  return Number.parseInt(process.versions.v8 ?? '', 10) >= firstWideVersion;
}

/** Has V8 pair vectors to 256 bits from now on, in the whole process. */
export function enableWideVectors(): void {
  setFlagsFromString('--experimental-wasm-revectorize');
}
