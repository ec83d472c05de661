/** Flags of the engine on Node: the only part of the library that sets any. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** What it depends on whether a tier is right and fast: the processor, the engine, and its flags. */
export function engineIdentity(): string {
  const { arch, platform, execArgv, env, versions } = process;
  return JSON.stringify([arch, platform, versions.v8, cpus()[0]?.model, execArgv, env['NODE_OPTIONS']]);
}

/** The first V8 that was seen to have good 256-bit code, and the last; without the flag it would complain on standard error. */
const firstWideVersion = 13;
const lastSeenVersion = 14;

/** Bun and Deno have the function too, but with other engines or versions. */
function majorVersion(): number {
  return Number.parseInt(process.versions.v8 ?? '', 10);
}

/** V8 has the flag where registers of 256 bits are, on x64. */
export function canEnableWideVectors(): boolean {
  return process.arch === 'x64' && majorVersion() >= firstWideVersion;
}

/** Whether there was a look at what V8 of this version makes of wide code. */
export function isKnownToPair(): boolean {
  return majorVersion() <= lastSeenVersion;
}

/** Has V8 pair vectors to 256 bits from now on, in the whole process. */
export function enableWideVectors(): void {
  setFlagsFromString('--experimental-wasm-revectorize');
}

/** The V8 of Node 20: it has relaxed SIMD, by a flag only. Newer ones know it without, and have no such flag. */
const relaxedSimdVersion = 11;

export function canEnableRelaxedSimd(): boolean {
  const { bun, deno } = process.versions;
  return bun === undefined && deno === undefined && majorVersion() === relaxedSimdVersion;
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
