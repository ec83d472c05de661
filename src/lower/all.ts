/** All lowerings with their kernels at once: for whoever cannot wait, and for what is told of them. */
import type { OperatorSchema } from '../ops/operator.js';
import { registerAllKernels } from '../wasm/kernels/groups/all.js';
import { computedWeights } from './convolution/computed-part.js';
import * as computed from './convolution/computed-weights.js';
import { phaseRows } from './convolution/phase-part.js';
import * as phases from './convolution/phase-rows.js';
import { integerNodes } from './elementwise/integer-nodes.js';
import { lowerIntegers } from './elementwise/integers.js';
import * as quantizing from './elementwise/quantized.js';
import { quantizedNodes } from './elementwise/quantized-part.js';
import { lowerings as channels } from './groups/channels.js';
import { lowerings as counting } from './groups/counting.js';
import { lowerings as functions, register as registerFunctions } from './groups/functions.js';
import { lowerings as indexing } from './groups/indexing.js';
import { lowerings as integers } from './groups/integers.js';
import { lowerings as pooling } from './groups/pooling.js';
import { lowerings as products } from './groups/products.js';
import { lowerings as quantized } from './groups/quantized.js';
import { lowerings as recurrent } from './groups/recurrent.js';
import { lowerings as regions } from './groups/regions.js';
import { lowerings as resampling } from './groups/resampling.js';
import { lowerings as statistics } from './groups/statistics.js';
import type { Kernels } from './lowering.js';
import { byOperator, commonLowerings, loweringGroups, smallFloats } from './registry.js';

const groups = {
  channels,
  counting,
  functions,
  indexing,
  integers,
  pooling,
  products,
  quantized,
  recurrent,
  regions,
  resampling,
  statistics,
};

/** Those of groups replace common ones. */
const lowerings = byOperator([...commonLowerings, ...Object.values(groups).flat()]);

/** The operators that kernels compute, in some cases at least. */
export const loweredOperators: readonly OperatorSchema[] = [...lowerings.values()].map(({ schema }) => schema);

/** In which cases, by the operator's name. */
export const kernelsByOperator: ReadonlyMap<string, Kernels> = new Map(
  [...lowerings].map(([name, { kernels }]) => [name, kernels]),
);

export function registerAllLowerings(): void {
  registerFunctions();
  for (const { name, part } of loweringGroups) part.provide(byOperator(groups[name]));
  computedWeights.provide(computed);
  phaseRows.provide(phases);
  integerNodes.provide(lowerIntegers);
  quantizedNodes.provide(quantizing);
  registerAllKernels();
  smallFloats.provide(true);
}
