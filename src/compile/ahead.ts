/**
 * What a browser fetches beside the engine, by what the model's first bytes name: a way to the server and back for each stage that
 * finds out what it takes would be most of the time to a first result. Nothing depends on it: who needs a part asks for it.
 */

import { threadCode } from '../codegen/threads-part.js';
import { namesAfter, placesAfter } from '../ir/places-after.js';
import { families, loweredIn, namesIn, others } from '../ops/operator-names.js';

type Load = () => Promise<unknown>;

const frequentOperators: Load = () => import('../ops/frequent.js');

/** By the operators that they are loaded for; of passes and kernels those that many models take. */
export const ahead: Readonly<Record<string, { readonly names: string; readonly load: Load }>> = {
  // Kernels of the same groups are in the same files.
  counting: { names: loweredIn.counting, load: () => import('../lower/groups/counting.js') },
  functions: { names: loweredIn.functions, load: () => import('../lower/groups/functions.js') },
  indexing: { names: loweredIn.indexing, load: () => import('../lower/groups/indexing.js') },
  integers: { names: loweredIn.integers, load: () => import('../lower/groups/integers.js') },
  pooling: { names: loweredIn.pooling, load: () => import('../lower/groups/pooling.js') },
  quantized: {
    names: loweredIn.quantized,
    load: () => Promise.all([import('../lower/groups/quantized.js'), import('../wasm/byte-products.js')]),
  },
  recurrent: { names: loweredIn.recurrent, load: () => import('../lower/groups/recurrent.js') },
  regions: { names: loweredIn.regions, load: () => import('../lower/groups/regions.js') },
  resampling: { names: loweredIn.resampling, load: () => import('../lower/groups/resampling.js') },
  statistics: { names: loweredIn.statistics, load: () => import('../lower/groups/statistics.js') },
  winograd: { names: 'Conv ConvTranspose', load: () => import('../wasm/kernels/groups/winograd.js') },
  // Their phases have few taps.
  'raw weights': { names: 'ConvTranspose', load: () => import('../wasm/kernels/groups/raw-weights.js') },
  'common functions': { names: families.functions, load: () => import('../ops/functions.js') },
  'lowered products': { names: loweredIn.products, load: () => import('../lower/groups/products.js') },
  products: { names: families.products, load: () => import('../ops/products.js') },
  resampled: { names: families.resampled, load: () => import('../ops/resampled.js') },
  frequent: { names: others.frequent, load: frequentOperators },
  rare: { names: others.rare, load: () => Promise.all([frequentOperators(), import('../ops/rare.js')]) },
  fusions: {
    names: 'Clip Erf Expand HardSigmoid InstanceNormalization Max Min ReduceMean ScatterND Tile Where',
    load: () => Promise.all([frequentOperators(), import('../passes/groups/fusions.js')]),
  },
  movement: {
    names: 'Flatten Gather Pad Reshape Squeeze Transpose Unsqueeze',
    load: () => import('../passes/groups/movement.js'),
  },
  types: { names: 'QuantizeLinear', load: () => import('../passes/groups/types.js') },
  // Of convolutions with groups.
  depthwise: { names: 'group', load: () => import('../wasm/kernels/groups/depthwise.js') },
};

/** Parts that frequent operators have in them. */
const inFrequent: ReadonlySet<string> = new Set(['common functions', 'products', 'resampled']);
const withFrequent: ReadonlySet<string> = new Set(['frequent', 'rare', 'fusions']);

/** Names of what to load for a model of these bytes. */
export function partsAhead(bytes: Uint8Array): readonly string[] {
  // Field 4 of a node.
  const named = namesAfter(bytes, '"');
  for (const at of placesAfter(bytes, '\n\u0005group\u0018')) if (bytes[at] !== 1) named.add('group');
  const parts = Object.keys(ahead).filter((part) => namesIn(ahead[part]!.names).some((name) => named.has(name)));
  return parts.some((part) => withFrequent.has(part)) ? parts.filter((part) => !inFrequent.has(part)) : parts;
}

export function fetchAhead(bytes: Uint8Array, threads: number | undefined): void {
  // Only such pages have threads.
  if (globalThis.crossOriginIsolated && threads !== 1) threadCode.fetch().catch(() => {});
  for (const part of partsAhead(bytes)) ahead[part]!.load().catch(() => {});
}
