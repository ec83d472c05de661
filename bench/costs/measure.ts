/** Measures layers with every algorithm that they can take. */
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { ProcessorClass } from '../../src/wasm/processor.js';
import { layerName } from '../layers.js';
import { machineHere, processorText } from '../machine.js';
import { quantile } from '../statistics.js';
import { type MeasuredLayer, readMeasurements, writeMeasurements } from './data.js';
import { gridLayers } from './grid.js';
import { algorithmOfKey, keyOfLabel, layerModel } from './layer-model.js';
import { timer } from './time-plan.js';

/** Algorithms that are expected to take so many times as long as the fastest tell little, and take long. */
const hopeless = 5;
/** Of each algorithm. */
const turns = 7;

/**
 * The layers of the grid that have not been measured so often, for so many seconds; what has been measured is written.
 * @returns how many are left
 */
export function measureGrid(processor: ProcessorClass, tier: Tier, seconds: number, rounds: number): number {
  const started = performance.now();
  const layers = new Map<string, MeasuredLayer>();
  for (const one of readMeasurements(processor, tier)?.layers ?? []) layers.set(layerName(one.layer), one);
  const wanted = gridLayers().filter((layer) => (layers.get(layerName(layer))?.rounds ?? 0) < rounds);
  let measured = 0;
  for (const layer of wanted) {
    if (performance.now() - started > seconds * 1000) break;
    const model = layerModel(layer, tier);
    const expected = model.expected();
    const shortest = Math.min(...expected.values());
    const timers = new Map<string, (times: number[]) => void>();
    for (const [label, time] of expected) {
      const key = keyOfLabel(label);
      if (key !== undefined && !timers.has(key) && time < hopeless * shortest)
        timers.set(key, timer(model.plan(algorithmOfKey(key)), tier));
    }
    const times = new Map([...timers.keys()].map((key): [string, number[]] => [key, []]));
    for (let turn = 0; turn < turns; turn++) for (const [key, time] of timers) time(times.get(key)!);
    const before = layers.get(layerName(layer)) ?? { rounds: 0, times: {} };
    const least: Record<string, number> = { ...before.times };
    for (const [key, all] of times) {
      const microseconds = Number((quantile(all, 0.25) * 1000).toPrecision(4));
      least[key] = Math.min(microseconds, least[key] ?? microseconds);
    }
    layers.set(layerName(layer), { layer, rounds: before.rounds + 1, times: least });
    measured++;
  }
  writeMeasurements(processor, tier, {
    processor: processorText(machineHere()),
    node: process.version,
    layers: [...layers.values()],
  });
  return wanted.length - measured;
}
