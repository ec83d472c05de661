/**
 * What the algorithms of a convolution are expected to take on one thread, in nanoseconds. They decide between algorithms, so it is
 * their ratios that matter. All times are sums of constants of the processor, each times a number of the layer, so that
 * `npm run fit-costs` can fit them.
 */
import { roundUp } from '../../wasm/kernels/kernel.js';
import { atBytes, type Costs } from '../context/cost-tables.js';

export interface ProductSize {
  /** Output pixels, the length of the sum, output channels. */
  readonly rows: number;
  readonly sum: number;
  readonly columns: number;
}

/** A matrix product, its columns in panels of 8 and 16. */
function panelCost([wide, half]: Costs['direct'], { rows, sum, columns }: ProductSize, tileColumns: number): number {
  const whole = Math.floor(columns / tileColumns) * tileColumns;
  const left = columns - whole;
  const leftColumns = left === 0 ? 0 : left <= 8 ? 8 : tileColumns;
  const time = (count: number) => rows * sum * count * (count % 16 === 0 && tileColumns === 16 ? wide : half);
  return time(whole) + time(leftColumns);
}

/** What all algorithms of a layer do: the pixels that are read and written once. */
export function trafficCost(costs: Costs, inputBytes: number, outputBytes: number): number {
  return readCost(costs, inputBytes) + outputBytes * atBytes(costs, 'writes', outputBytes);
}

/** @param among bytes of the whole input, which decide where they come from */
export function readCost(costs: Costs, bytes: number, among = bytes): number {
  return bytes * atBytes(costs, 'reads', among);
}

/** What sums of several parts do: the outputs are read again and added to. */
export function partCost(costs: Costs, outputBytes: number): number {
  return 2 * outputBytes * atBytes(costs, 'writes', outputBytes);
}

/** Writing pixels several times. */
export function repetitionCost(costs: Costs, elements: number): number {
  const bytes = elements * 4;
  return bytes * Math.max(1 / 12, atBytes(costs, 'writes', bytes)) + costs.call;
}

/** @param among bytes of all of the layer's weights, which decide where they come from */
function weightCost(costs: Costs, bytes: number, among = bytes): number {
  return bytes * atBytes(costs, 'weights', among);
}

export interface DirectCost {
  readonly costs: Costs;
  readonly tileColumns: number;
  /** One for each subconvolution and group. */
  readonly products: readonly ProductSize[];
  /** Bytes of the weights that the products share; by default each has its own. */
  readonly sharedBytes?: number | undefined;
}

export function directCost({ costs, tileColumns, products, sharedBytes = 0 }: DirectCost): number {
  let [time, bytes] = [costs.call, sharedBytes];
  for (const product of products) {
    if (sharedBytes === 0) bytes += product.sum * product.columns * 4;
    time += panelCost(costs.direct, product, tileColumns) + product.rows * product.columns * costs.tile;
  }
  return time + weightCost(costs, bytes) + (products.length > 1 ? products.length * costs.subconvolution : 0);
}

export function smallNCost({ costs, products }: DirectCost): number {
  return products.reduce(
    (time, { rows, sum, columns }) => time + rows * columns * (sum * costs.smallN + costs.smallTile),
    costs.call,
  );
}

export interface WinogradCost {
  readonly costs: Costs;
  readonly tileColumns: number;
  /** Outputs of a tile along an axis. */
  readonly tileOutputs: number;
  /** Points of a tile, and of all tiles. */
  readonly points: number;
  readonly rows: number;
  readonly tiles: number;
  /** How many sizes tiles have. */
  readonly pieces: number;
  /** Length of the sum at each point: slices times input channels. */
  readonly terms: number;
  /** The same with the channels that fill a block of eight. */
  readonly paddedTerms: number;
  readonly columns: number;
  /** Bytes of the weights as they are packed, of all of the layer's subconvolutions. */
  readonly layerBytes: number;
  /** Tiles of a block; undefined in steps, where all tiles are one. */
  readonly block?: number | undefined;
  /** The number of taps, where weights are transformed while running. */
  readonly rawTaps?: number;
  /** Whether their sums are made where they are multiplied. */
  readonly areSummed?: boolean;
}

/** What sums of few weights take of a whole transform, for so few tiles as take turns. */
const sumShares = [0.13, 0.3, 0.3] as const;

export function winogradCost(size: WinogradCost): number {
  const {
    costs,
    tileColumns,
    tileOutputs,
    points,
    rows,
    tiles,
    pieces,
    terms,
    paddedTerms,
    columns,
    layerBytes,
    block,
    rawTaps,
    areSummed = false,
  } = size;
  const used = Math.min(block ?? tiles, tiles);
  // In blocks, tiles of another size are other blocks.
  const rounds = Math.ceil(tiles / used) + (block === undefined ? 0 : pieces - 1);
  const kind = tileOutputs <= 2 ? 0 : tileOutputs <= 4 ? 1 : 2;
  const products = panelCost(costs.transformed, { rows, sum: terms, columns }, tileColumns);
  const transforms = rows * (paddedTerms * costs.inputs[kind] + roundUp(columns, 8) * costs.outputs[kind]);
  const weightBytes = points * terms * columns * 4;
  const share = areSummed ? sumShares[kind] : 1;
  const weights =
    rawTaps === undefined
      ? weightCost(costs, weightBytes, layerBytes) + (rounds - 1) * weightBytes * atBytes(costs, 'again', weightBytes)
      : weightCost(costs, rawTaps * terms * columns * 4, layerBytes) +
        terms * columns * points * costs.transforms[kind] * share;
  const betweenBytes = used * points * (terms + columns) * 4;
  const between = rounds * betweenBytes * atBytes(costs, 'between', betweenBytes);
  const calls = rounds * costs.call + (block === undefined ? costs.step : 0) + (pieces - 1) * costs.piece;
  return products + transforms + weights + between + calls;
}
