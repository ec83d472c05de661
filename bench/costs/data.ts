/** Measured layers, as a file: a line each. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { ProcessorClass } from '../../src/wasm/processor.js';
import type { Layer } from '../cases.js';

export interface MeasuredLayer {
  readonly layer: Layer;
  /** How often it was measured. */
  readonly rounds: number;
  /** Microseconds by algorithm, the least of all rounds. */
  readonly times: Readonly<Record<string, number>>;
}

export interface Measurements {
  readonly processor: string;
  readonly node: string;
  readonly layers: readonly MeasuredLayer[];
}

function fileOf(processor: ProcessorClass, tier: Tier): string {
  return path.join(import.meta.dirname, `${processor}-${tier}.json`);
}

export function readMeasurements(processor: ProcessorClass, tier: Tier): Measurements | undefined {
  const file = fileOf(processor, tier);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Measurements) : undefined;
}

export function writeMeasurements(processor: ProcessorClass, tier: Tier, { layers, ...about }: Measurements): void {
  const lines = layers.map((layer) => `    ${JSON.stringify(layer)}`).join(',\n');
  const head = JSON.stringify(about, undefined, 2).slice(0, -2);
  writeFileSync(fileOf(processor, tier), `${head},\n  "layers": [\n${lines}\n  ]\n}\n`);
}
