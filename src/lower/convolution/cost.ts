/**
 * What the algorithms of a convolution are expected to take on one thread, in nanoseconds. They decide between algorithms, so it is
 * their ratios that matter.
 */
import { type Costs, rateFor } from '../context/cost-tables.js';

/** Bytes in a nanosecond when so many are read again and again. */
function bandwidth(costs: Costs, bytes: number): number {
  return rateFor(costs.again, bytes);
}

/** Bytes of weights in a nanosecond. A run reads each once: from the last cache where the whole network's fit, else from memory. */
export function weightRate(costs: Costs, networkBytes: number): number {
  return rateFor(costs.weights, networkBytes);
}

export interface ProductSize {
  /** Output pixels, the length of the sum, output channels. */
  readonly rows: number;
  readonly sum: number;
  readonly columns: number;
}

/** Nanoseconds of a matrix product, its columns in panels of 8 and 16. */
function panelCost({ wide, half }: Costs, { rows, sum, columns }: ProductSize, tileColumns: number): number {
  const whole = Math.floor(columns / tileColumns) * tileColumns;
  const left = columns - whole;
  const leftColumns = left === 0 ? 0 : left <= 8 ? 8 : tileColumns;
  const time = (count: number) => (2 * rows * sum * count) / (count % 16 === 0 && tileColumns === 16 ? wide : half);
  return time(whole) + (leftColumns === 0 ? 0 : time(leftColumns));
}

export interface DirectCost {
  readonly costs: Costs;
  readonly tileColumns: number;
  /** One for each subconvolution and group. */
  readonly products: readonly ProductSize[];
  readonly outputBytes: number;
  readonly weightRate: number;
  /** Bytes of the weights that the products share; by default each has its own. */
  readonly sharedBytes?: number | undefined;
}

/** Nanoseconds. */
export function directCost({
  costs,
  tileColumns,
  products,
  outputBytes,
  weightRate: rate,
  sharedBytes,
}: DirectCost): number {
  let time = outputBytes / bandwidth(costs, outputBytes) + costs.call + (sharedBytes ?? 0) / rate;
  for (const product of products) {
    const weightBytes = sharedBytes === undefined ? product.sum * product.columns * 4 : 0;
    // Starting and storing a tile takes about as long as 6 steps of its sum.
    const effective = { ...product, sum: product.sum + 6 };
    time += panelCost(costs, effective, tileColumns) + weightBytes / rate;
  }
  return time + (products.length > 1 ? products.length * costs.subconvolution : 0);
}

export function smallNCost({ costs, products, outputBytes }: DirectCost): number {
  let time = outputBytes / bandwidth(costs, outputBytes);
  for (const { rows, sum, columns } of products) time += (2 * rows * (sum + 12) * columns) / costs.smallN;
  return time + costs.call;
}

/** Nanoseconds of writing pixels several times. */
export function repetitionCost(costs: Costs, elements: number): number {
  return (elements * 4) / Math.min(12, bandwidth(costs, elements * 4)) + costs.call;
}

export interface WinogradCost {
  readonly costs: Costs;
  readonly tileColumns: number;
  /** Points of a tile, of all tiles, and the outputs that these make. */
  readonly points: number;
  readonly rows: number;
  readonly outputs: number;
  readonly tiles: number;
  /** How many sizes tiles have. */
  readonly pieces: number;
  /** Length of the sum at each point: slices times input channels. */
  readonly terms: number;
  readonly columns: number;
  /** Tiles of a block; in steps, all tiles are one. */
  readonly block: number;
  readonly weightRate: number;
  /** The number of taps, where weights are transformed while running. */
  readonly rawTaps?: number;
  /** Whether their sums are made where they are multiplied. */
  readonly areSummed?: boolean;
}

/** Operations of the transforms for a point and a channel, each way. */
const transformOperations = 6;

/** Tiles that are multiplied at once. */
const rowsAtOnce = 6;

/** Nanoseconds. */
export function winogradCost(size: WinogradCost): number {
  const {
    costs,
    tileColumns,
    points,
    rows,
    outputs,
    tiles,
    pieces,
    terms,
    columns,
    block,
    rawTaps,
    areSummed = false,
    weightRate: rate,
  } = size;
  const used = Math.min(block, tiles);
  // In blocks, tiles of another size are other blocks.
  const rounds = Math.ceil(tiles / used) + (block < tiles ? pieces - 1 : 0);
  const products = panelCost(costs, { rows, sum: terms + 6, columns }, tileColumns);
  const transforms = (rows * transformOperations * (terms + columns) + outputs * columns * 2) / costs.transform;
  const weightBytes = points * terms * columns * 4;
  // Sums in registers, or weights that are stored.
  const operations = areSummed && tiles <= rowsAtOnce ? 1 : 2;
  const weights =
    rawTaps === undefined
      ? weightBytes / rate + ((rounds - 1) * weightBytes) / rateFor(costs.blockWeights, weightBytes)
      : (rawTaps * terms * columns * 4) / rate + (terms * columns * points * operations) / costs.transform;
  const betweenBytes = used * points * (terms + columns) * 4;
  const between = (rounds * 2 * betweenBytes) / rateFor(costs.between, betweenBytes);
  return products + transforms + weights + between + costs.call + (pieces - 1) * costs.piece;
}
