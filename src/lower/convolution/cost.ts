/**
 * What the algorithms of a convolution are expected to take on one thread. The rates are rough, measured on one kind of
 * processor (bench/); they decide between algorithms, so it is their ratios that matter.
 */
import type { Tier } from '../../wasm/kernels/kernel.js';

interface Rates {
  /** Floating-point operations in a nanosecond: in tiles of 16 columns, of 8 columns, and of the small-N algorithm. */
  readonly wide: number;
  readonly half: number;
  readonly smallN: number;
  /** The same of Winograd's transforms. */
  readonly transform: number;
}

const rates: Readonly<Record<Tier, Rates>> = {
  wide: { wide: 100, half: 70, smallN: 90, transform: 24 },
  fma: { wide: 55, half: 55, smallN: 45, transform: 22 },
  baseline: { wide: 26, half: 26, smallN: 20, transform: 14 },
};

/** Bytes in a nanosecond when so many are read again and again: by what still holds them, a cache or memory. */
function bandwidth(bytes: number): number {
  if (bytes <= 1e6) return 100;
  if (bytes <= 4e6) return 40;
  return bytes <= 16e6 ? 34 : 20;
}

/** The same of the weights that each block of tiles reads anew, beside what lies between its steps. */
function blockRate(bytes: number): number {
  return bytes <= 0.8e6 ? 100 : Math.min(30, bandwidth(bytes));
}

/** The same of what steps leave for the next ones, which is written in many short pieces: outside of the caches that is slow. */
function betweenRate(bytes: number): number {
  if (bytes <= 0.7e6) return 60;
  return bytes <= 2.7e6 ? 30 : 8;
}

/** For a call of a kernel and the beginning of its loops. */
const callNanoseconds = 400;
/** For tiles of a further size, whose transforms are calls of their own. */
const pieceNanoseconds = 3000;
/** For a subconvolution among several, whose writes lie far apart: when it is direct, and for each of its steps by Winograd. */
const subconvolutionNanoseconds = 6000;
export const subconvolutionStepNanoseconds = 3000;

/**
 * Bytes of weights in a nanosecond. A run reads each once: from the last cache where the whole network's fit, else from memory.
 */
export function weightRate(networkBytes: number): number {
  return networkBytes <= 24e6 ? 50 : 24;
}

export interface ProductSize {
  /** Output pixels, the length of the sum, output channels. */
  readonly rows: number;
  readonly sum: number;
  readonly columns: number;
}

/** Nanoseconds of a matrix product, its columns in panels of 8 and 16. */
function panelCost(tier: Tier, { rows, sum, columns }: ProductSize, tileColumns: number): number {
  const { wide, half } = rates[tier];
  const whole = Math.floor(columns / tileColumns) * tileColumns;
  const left = columns - whole;
  const leftColumns = left === 0 ? 0 : left <= 8 ? 8 : tileColumns;
  const time = (count: number) => (2 * rows * sum * count) / (count % 16 === 0 && tileColumns === 16 ? wide : half);
  return time(whole) + (leftColumns === 0 ? 0 : time(leftColumns));
}

export interface DirectCost {
  readonly tier: Tier;
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
  tier,
  tileColumns,
  products,
  outputBytes,
  weightRate: rate,
  sharedBytes,
}: DirectCost): number {
  let time = outputBytes / bandwidth(outputBytes) + callNanoseconds + (sharedBytes ?? 0) / rate;
  for (const product of products) {
    const weightBytes = sharedBytes === undefined ? product.sum * product.columns * 4 : 0;
    // Starting and storing a tile takes about as long as 6 steps of its sum.
    const effective = { ...product, sum: product.sum + 6 };
    time += panelCost(tier, effective, tileColumns) + weightBytes / rate;
  }
  return time + (products.length > 1 ? products.length * subconvolutionNanoseconds : 0);
}

export function smallNCost({ tier, products, outputBytes }: DirectCost): number {
  let time = outputBytes / bandwidth(outputBytes);
  for (const { rows, sum, columns } of products) time += (2 * rows * (sum + 12) * columns) / rates[tier].smallN;
  return time + callNanoseconds;
}

export interface WinogradCost {
  readonly tier: Tier;
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
}

/** Operations of the transforms for a point and a channel, each way. */
const transformOperations = 6;

/** Nanoseconds. */
export function winogradCost(size: WinogradCost): number {
  const {
    tier,
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
    weightRate: rate,
  } = size;
  const used = Math.min(block, tiles);
  // In blocks, tiles of another size are other blocks.
  const rounds = Math.ceil(tiles / used) + (block < tiles ? pieces - 1 : 0);
  const products = panelCost(tier, { rows, sum: terms + 6, columns }, tileColumns);
  const transforms = (rows * transformOperations * (terms + columns) + outputs * columns * 2) / rates[tier].transform;
  const weightBytes = points * terms * columns * 4;
  const weights =
    rawTaps === undefined
      ? weightBytes / rate + ((rounds - 1) * weightBytes) / blockRate(weightBytes)
      : (rawTaps * terms * columns * 4) / rate + (terms * columns * points * 2) / rates[tier].transform;
  const betweenBytes = used * points * (terms + columns) * 4;
  const between = (rounds * 2 * betweenBytes) / betweenRate(betweenBytes);
  return products + transforms + weights + between + callNanoseconds + (pieces - 1) * pieceNanoseconds;
}
