/**
 * The cost model's constants: measures the layers of a grid with every algorithm, and fits the constants to what was measured.
 *
 *     cd bench && npm ci --ignore-scripts && npm run fit-costs -- [--tier wide|fma|baseline] [--processor CLASS] [--measure] [--rounds 1] [--write]
 *
 * `--measure` adds to `costs/CLASS-TIER.json` the layers that were measured less often than `--rounds`, for at most `--seconds`
 * (50), and is called again until none is left; the lesser times are kept. Otherwise the fit is printed: how well constants tell the times, and the choices, before and after;
 * `--write` puts them into src/lower/context/cost-constants.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import { constants } from '../src/lower/context/cost-constants.js';
import type { CostConstants } from '../src/lower/context/cost-tables.js';
import type { Tier } from '../src/wasm/kernels/kernel.js';
import { cacheBytes, type ProcessorClass, usualProcessor } from '../src/wasm/processor.js';
import { readMeasurements } from './costs/data.js';
import { Fit, type Quality } from './costs/fit.js';
import { measureGrid } from './costs/measure.js';

const constantsFile = path.join(import.meta.dirname, '..', 'src', 'lower', 'context', 'cost-constants.ts');

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'wide' },
    processor: { type: 'string', default: 'cache-2m' },
    measure: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const tier = options.tier as Tier;
const processor = options.processor as ProcessorClass;
if (!(tier in constants[usualProcessor]))
  throw new RangeError(`--tier is ${tier}, and has to be wide, fma or baseline`);
if (!(processor in cacheBytes)) {
  throw new RangeError(`--processor is ${processor}, and has to be one of ${Object.keys(cacheBytes).join(', ')}`);
}

function print(title: string, { median, worst, near, regret, wrong }: Quality): void {
  console.log(`${title}: predicted by measured ${median.toFixed(2)} in the median, ${worst.toFixed(2)} at worst`);
  console.log(
    `  choices within 5 % of the best: ${(100 * near).toFixed(0)} %; on the mean ${regret.toFixed(3)} times its time`,
  );
  for (const line of wrong) console.log(`    ${line}`);
}

function write(fitted: CostConstants): void {
  const source = readFileSync(constantsFile, 'utf8');
  const head = source.slice(0, source.indexOf('{\n') + 2);
  const tables = { ...constants, [processor]: { ...constants[processor], [tier]: fitted } };
  writeFileSync(constantsFile, `${head}${written(tables, '  ')}};\n`);
}

function written(tables: object, indent: string): string {
  return Object.entries(tables)
    .map(([key, value]: [string, object | number]) => {
      const name = key.includes('-') ? `'${key}'` : key;
      const isTable = typeof value === 'object' && !Array.isArray(value);
      const text = isTable
        ? `{\n${written(value, `${indent}  `)}${indent}}`
        : JSON.stringify(value).replaceAll(',', ', ');
      return `${indent}${name}: ${text},\n`;
    })
    .join('');
}

if (options.measure) {
  if (tier === 'wide') v8.setFlagsFromString('--experimental-wasm-revectorize');
  const left = measureGrid(processor, tier, Number(options.seconds), Number(options.rounds));
  console.log(`${left} layers are left to be measured`);
} else {
  const measured = readMeasurements(processor, tier);
  if (measured === undefined)
    throw new Error(`nothing is measured for ${processor} and ${tier}: --measure comes first`);
  const fit = new Fit(measured.layers, tier, processor);
  print('constants as they are', fit.quality());
  const fitted = fit.run();
  print('fitted', fit.quality(fitted));
  if (options.write) write(fitted);
}
