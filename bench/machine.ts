/** The machine, as results name it. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

/**
 * How much of native code's 512-bit vectors a core adds up at once: units half as wide (AMD's Zen 4), or as wide; none where there is no
 * AVX-512. Where native code has them as wide, its time by ours is nearly half of what it is elsewhere.
 */
export type VectorUnits = 'full' | 'half' | 'none';

export interface Machine {
  readonly processor: string;
  /** As CPUID tells them: hosts hide names. */
  readonly family?: number | undefined;
  readonly model?: number | undefined;
  readonly vectors: VectorUnits | 'unknown';
  readonly cores: number;
  readonly memoryGiB: number;
}

/** Zen 1 to 4 are families 23 and 25; of these only Zen 4 has AVX-512. */
const halfWidthFamily = 25;

function numberOf(text: string, field: string): number | undefined {
  const found = text.match(new RegExp(`^${field}\\s*: (\\d+)$`, 'm'));
  return found === null ? undefined : Number(found[1]);
}

function vectorUnits(text: string, family: number | undefined): Machine['vectors'] {
  if (text === '') return 'unknown';
  if (!/\bavx512f\b/.test(text)) return 'none';
  return /AuthenticAMD/.test(text) && family === halfWidthFamily ? 'half' : 'full';
}

function systemText(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

export function machineHere(): Machine {
  const text = systemText();
  const family = numberOf(text, 'cpu family');
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    ...(family === undefined ? {} : { family, model: numberOf(text, 'model') }),
    vectors: vectorUnits(text, family),
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  };
}

export function processorText({ processor, family, model }: Machine): string {
  return family === undefined ? processor : `${processor}, family ${family} model ${model}`;
}

const unitTexts: Readonly<Record<Machine['vectors'], string>> = {
  full: ', AVX-512 of full width',
  half: ', AVX-512 of half width',
  none: ', no AVX-512',
  unknown: '',
};

export function machineText(machine: Machine): string {
  const { vectors, cores, memoryGiB } = machine;
  return `${processorText(machine)}${unitTexts[vectors]}, ${cores} cores, ${memoryGiB} GiB`;
}
