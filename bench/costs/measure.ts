/** Measures layers with every algorithm that they can take. */
import os from 'node:os';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { ProcessorClass } from '../../src/wasm/processor.js';
import { layerName } from '../layers.js';
import { quantile } from '../statistics.js';
import { type MeasuredLayer, readMeasurements, writeMeasurements } from './data.js';
import { gridLayers } from './grid.js';
import { algorithmOfKey, keyOfLabel, layerModel } from './layer-model.js';
import { timer } from './time-plan.js';

/** The processor as the system names it: where it hides the name, family and model say more. */
function processorName(): string {
  return os.cpus()[0]?.model.trim() ?? 'unknown';
}

/** Algorithms that are expected to take so many times as long as the fastest tell little, and take long. */
const hopeless = 5;
/** Of each algorithm. */
const turns = 7;

/**
 * The layers of the grid that have not been measured, for so many seconds; what has been measured is written.
 * @returns how many are left
 */
export function measureGrid(processor: ProcessorClass, tier: Tier, seconds: number): number {
  const started = performance.now();
  const layers: MeasuredLayer[] = [...(readMeasurements(processor, tier)?.layers ?? [])];
  const known = new Set(layers.map(({ layer }) => layerName(layer)));
  const wanted = gridLayers().filter((layer) => !known.has(layerName(layer)));
  let measured = 0;
  for (const layer of wanted) {
    if (performance.now() - started > seconds * 1000) break;
    const model = layerModel(layer, tier);
    const expected = model.expected();
    const least = Math.min(...expected.values());
    const timers = new Map<string, (times: number[]) => void>();
    for (const [label, time] of expected) {
      const key = keyOfLabel(label);
      if (key !== undefined && !timers.has(key) && time < hopeless * least)
        timers.set(key, timer(model.plan(algorithmOfKey(key)), tier));
    }
    const times = new Map([...timers.keys()].map((key): [string, number[]] => [key, []]));
    for (let turn = 0; turn < turns; turn++) for (const [key, time] of timers) time(times.get(key)!);
    const microseconds = [...times].map(([key, all]) => [key, Number((quantile(all, 0.25) * 1000).toPrecision(4))]);
    layers.push({ layer, times: Object.fromEntries(microseconds) });
    measured++;
  }
  writeMeasurements(processor, tier, { processor: processorName(), node: process.version, layers });
  return wanted.length - measured;
}
