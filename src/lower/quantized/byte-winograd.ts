/** When convolutions of bytes are computed by Winograd's filtering, in integers, and with which parameters. */
import { Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import type { ByteProducts } from '../../wasm/kernels/byte-tile.js';
import { byteWinogradScratch, mostWinogradSum } from '../../wasm/kernels/byte-winograd.js';
import { type ByteWinogradParams, winogradPairs } from '../../wasm/kernels/byte-winograd-tiles.js';
import { type ConvolutionParams, defaultTile, packedSize } from '../../wasm/kernels/convolution.js';
import { readableAfter } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { type AxisWindow, outputCount } from '../convolution/geometry.js';
import type { ByteLayer } from './byte-operands.js';

const outputs = 4;
const points = 36;
/** Words of inputs at all points that a unit has at most, so that they stay in the second-level cache. */
const mostInputs = 200_000;
/** Tiles of a unit at least where weights are larger than that, and at most. */
const leastTiles = 24;
const mostTiles = 48;

export interface ByteWinograd {
  /** Outputs beyond those of an axis, which the last tile computes. */
  readonly overhang: (window: AxisWindow) => number;
  readonly weights: number;
  readonly scratch: number;
  readonly params: (direct: ConvolutionParams) => ByteWinogradParams;
}

/**
 * @param sum the largest that a sum can be
 * @returns undefined where products take less time, or sums are too large
 */
export function byteWinogradOf(
  context: LoweringContext,
  layer: ByteLayer,
  sum: number,
  products: ByteProducts,
): ByteWinograd | undefined {
  const { dims } = context.values.constant(layer.weights)!;
  const [window, ...others] = layer.subconvolutions;
  if (window === undefined || others.length > 0 || layer.isTransposed || dims.length !== 4) return undefined;
  const axes = [window.height, window.width];
  if (!axes.every(isPlain) || sum >= mostWinogradSum) return undefined;
  const [columns, channels] = dims as [number, number];
  const overhang = ({ size }: AxisWindow) => Math.ceil(size / outputs) * outputs - size;
  const computed = axes.reduce((count, axis) => count * (axis.size + overhang(axis)), 1);
  if (!isFaster(channels, columns, products, computed / outputCount(window))) return undefined;

  const pairs = winogradPairs(channels);
  const tiles = computed / (outputs * outputs);
  const isSmall = points * pairs * columns < mostInputs;
  const most = Math.min(isSmall ? leastTiles : mostTiles, Math.max(8, Math.floor(mostInputs / (points * pairs))));
  const blocks = Math.ceil(tiles / most);
  const block = Math.ceil(Math.ceil(tiles / blocks) / 4) * 4;
  const tile = defaultTile[context.options.tier];
  const piece = { base: 0, taps: Array.from({ length: points }, (_, point) => point), channels: pairs };
  const strides = { channelStride: points, columns, columnStride: pairs * points };
  const { name } = weightsAtPoints(context, layer, [columns, pairs, points]);
  const weights = context.constants.add(packedSize(points * pairs, columns, tile) + readableAfter, {
    kind: 'panels',
    tileColumns: tile.columns,
    pieces: [{ value: name, ...piece, ...strides }],
  });
  return {
    overhang,
    weights,
    scratch: byteWinogradScratch(channels, tile.columns, block),
    params: ({ outer, height, width, writable, epilogue, bytes }) => ({
      ...{ outer, height, width, columns, writable, tile, block, bytes: { ...bytes!, weightOffset: 0 } },
      ...(epilogue === undefined ? {} : { epilogue }),
    }),
  };
}

function isPlain({ taps, inputStep, tapStep, copies, among }: AxisWindow): boolean {
  return taps.length === 3 && inputStep === 1 && tapStep === 1 && copies === undefined && among === undefined;
}

/** In cycles of a tile, about, as measured: of products with their loads, and of what is done for each channel on either side. */
function isFaster(channels: number, columns: number, products: ByteProducts, overhang: number): boolean {
  const [c, k] = [Math.ceil(channels / 16) * 16, Math.ceil(columns / 8) * 8];
  const direct = (products === 'relaxed' ? 2.35 : 6) * Math.ceil(channels / 4) * 4 * k;
  return (1.86 * c * k + 15 * (c + k)) * overhang < direct;
}

function weightsAtPoints(context: LoweringContext, layer: ByteLayer, dims: readonly number[]): Value {
  const { weights, weightZeroPoint } = layer;
  const name = `${weights.name} less ${weightZeroPoint?.name ?? 0} at points`;
  const value = new Value(name);
  context.values.deriveConstant(value, {
    ...{ name, dims, value: weights.name, zeroPoint: weightZeroPoint?.name, scale: undefined, isAtPoints: true },
    run: elementCount(context.values.constant(weights)!.dims.slice(1)),
  });
  return value;
}
