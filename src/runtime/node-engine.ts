/** Flags of the engine on Node: the only part of the library that sets any. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** What it depends on whether a tier is right and fast: the processor, the engine, and its flags. */
export function engineIdentity(): string {
  const { arch, platform, execArgv, env, versions } = process;
  return JSON.stringify([arch, platform, versions.v8, cpus()[0]?.model, execArgv, env['NODE_OPTIONS']]);
}

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

/** The V8 of Node 20: it has relaxed SIMD, by a flag only. Newer ones know it without, and have no such flag. */
const relaxedSimdVersion = 11;

export function canEnableRelaxedSimd(): boolean {
  const { v8, bun, deno } = process.versions;
  return bun === undefined && deno === undefined && Number.parseInt(v8 ?? '', 10) === relaxedSimdVersion;
}

/** Has V8 know relaxed SIMD from now on, in the whole process. */
export function enableRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** Bytes of a core's second-level cache, where Linux tells; undefined elsewhere. */
export function secondLevelCache(): number | undefined {
  try {
    const text = readFileSync('/sys/devices/system/cpu/cpu0/cache/index2/size', 'utf8');
    const [, number, unit] = text.match(/^(\d+)([KM])$/m) ?? [];
    return number === undefined ? undefined : Number(number) * (unit === 'K' ? 2 ** 10 : 2 ** 20);
  } catch {
    return undefined;
  }
}
