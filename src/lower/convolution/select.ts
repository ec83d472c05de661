/** The algorithms that a convolution can take, and the time that each is expected to need. */
import { defaultTile } from '../../wasm/kernels/convolution.js';
import { roundUp } from '../../wasm/kernels/kernel.js';
import { takesRawWeights } from '../../wasm/kernels/winograd/tiling.js';
import type { ConvolutionAlgorithm, LoweringContext } from '../context/context.js';
import { costsOf } from '../context/cost-tables.js';
import { type ProductShape, savedByStrassen } from '../strassen.js';
import { weightTypeOf } from '../weight-type.js';
import { becomesWideIntegers } from '../wide-integers.js';
import { bandCount } from './bands.js';
import { directCost, type ProductSize, partCost, readCost, smallNCost, trafficCost, winogradCost } from './cost.js';
import { type AxisWindow, filterCount, outputCount, sharedWhole, tapCount } from './geometry.js';
import type { ConvolutionLayer } from './layer.js';
import { alikeSubconvolutions, isTransformed, type Subconvolution, tapGroups, tilingOf } from './windows.js';

export type WinogradAlgorithm = Extract<ConvolutionAlgorithm, { readonly outputs: number }>;

export interface EstimatedAlgorithm {
  readonly algorithm: ConvolutionAlgorithm;
  readonly label: string;
  readonly nanoseconds: number;
  /** By default one. */
  readonly kernels?: number;
}

/** Nanoseconds that a further kernel has to save: its code is compiled in each process, and threads meet before it. */
const worthKernel = 700;

/** Tiles that Winograd in blocks takes at a time. */
export const winogradBlock = 24;

const winogradAlgorithms = [
  { name: 'winograd', words: '' },
  { name: 'winograd steps', words: ' in three steps' },
  { name: 'winograd panels', words: ' in panels' },
] as const;

/**
 * Transformed weights are up to six times as large. Above this many floats only an algorithm that transforms them while it runs
 * is left.
 */
const mostTransformedFloats = 1.3 * 2 ** 20;

/** Subconvolutions with steps of their own: of more, steps and meetings of threads take longer than what they save. */
const mostInSteps = 32;

export function isDepthwise({ groups, input, output }: ConvolutionLayer): boolean {
  return groups > 1 && groups === input.channels && groups === output.channels;
}

export function algorithmsOf(context: LoweringContext, layer: ConvolutionLayer): EstimatedAlgorithm[] {
  const isConstant = context.values.constant(layer.weights) !== undefined;
  return applicableAlgorithms(context, layer).filter(
    // Weights that are computed are packed in the run, in the order of direct products.
    ({ algorithm: { name } }) => isConstant || name === 'direct' || name === 'depthwise',
  );
}

/**
 * In `strict` they come in one order for pictures of all sizes and all machines: algorithms sum in different orders, and a tile of a
 * picture has to get the bits that the whole picture gets.
 */
export function cheapestFirst<T extends EstimatedAlgorithm>(
  { options }: LoweringContext,
  algorithms: readonly T[],
): T[] {
  const rank = ({ algorithm: { name } }: T) => (options.precision === 'strict' && name !== 'small-N' ? 1 : 0);
  const weight = ({ nanoseconds, kernels = 1 }: T) => nanoseconds + kernels * worthKernel;
  return [...algorithms].sort((a, b) => rank(a) - rank(b) || weight(a) - weight(b));
}

/** The outputs of tiles that are tried. Of two taps, five are made with points of both signs. */
function outputCounts(subconvolutions: readonly Subconvolution[]): readonly number[] {
  const isShort = subconvolutions.every(({ height, width }) => height.taps.length <= 2 && width.taps.length <= 2);
  return isShort ? [2, 4, 5, 6] : [2, 4, 6];
}

function applicableAlgorithms(context: LoweringContext, layer: ConvolutionLayer): EstimatedAlgorithm[] {
  const { tier, precision } = context.options;
  const { groups, subconvolutions, input, output } = layer;
  const tile = defaultTile[tier];
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const sizeOf = (subconvolution: Subconvolution): ProductSize => ({
    rows: output.images * outputCount(subconvolution) * groups,
    sum: tapCount(subconvolution) * channels,
    columns,
  });
  const isInterleaved = subconvolutions.some(({ height, width }) => height.copies ?? width.copies);
  const suffix = isInterleaved ? ', interleaved' : several(subconvolutions);
  const costs = costsOf(context.options);
  const outputBytes = bytesOf(output);
  const inputBytes = bytesOf(input);
  const traffic = trafficCost(costs, inputBytes, outputBytes);
  const cost = { costs, tileColumns: tile.columns, products: subconvolutions.map(sizeOf) };
  if (isDepthwise(layer)) {
    if (isInterleaved) return [];
    // Eight channels are in a vector, as columns of a product are.
    const products = subconvolutions.map((one) => ({
      rows: (output.images * outputCount(one) * groups) / 8,
      sum: tapCount(one),
      columns: 8,
    }));
    const nanoseconds = traffic + directCost({ ...cost, products });
    return [{ algorithm: { name: 'depthwise' }, label: nameOf('depthwise', subconvolutions), nanoseconds }];
  }
  const whole = groups === 1 ? sharedWhole(subconvolutions) : undefined;
  // Sums over the taps of an interleaved layer are no other than those of the plain one.
  const algorithms: EstimatedAlgorithm[] = isInterleaved
    ? []
    : [
        {
          algorithm: { name: 'direct' },
          label: nameOf('direct', subconvolutions),
          nanoseconds:
            traffic + directCost({ ...cost, sharedBytes: whole && tapCount(whole) * channels * columns * 4 }),
        },
      ];
  if (!isInterleaved && groups === 1 && columns <= 4 && channels % 8 === 0) {
    algorithms.push({
      algorithm: { name: 'small-N' },
      label: nameOf('small-N', subconvolutions),
      nanoseconds: traffic + smallNCost(cost),
    });
  }
  if (precision === 'strict' || groups > 1) return algorithms;
  if (layer.finishIntegers !== undefined || becomesWideIntegers(context, layer.node.outputs[0]!)) return algorithms;
  if (arePointwise(subconvolutions)) {
    const shape = whole === undefined ? strassenShape(context, layer) : undefined;
    const saved = shape && savedByStrassen(costs, tile, shape);
    const [plain] = algorithms;
    if (saved !== undefined && plain !== undefined) {
      const nanoseconds = plain.nanoseconds - saved;
      algorithms.push({ algorithm: { name: 'strassen' }, label: nameOf('strassen', subconvolutions), nanoseconds });
    }
    return algorithms;
  }
  const alike = alikeSubconvolutions(subconvolutions);
  for (const outputs of outputCounts(subconvolutions)) {
    const parts = alike.flatMap((group) => tapGroups(group, outputs, channels));
    const transformed = parts.filter((part) => isTransformed(part[0], outputs));
    if (transformed.length === 0) continue;
    const directParts = parts.filter((part) => !isTransformed(part[0], outputs));
    // Each part goes over the pixels that it reads by itself.
    const readBytes = parts.flat().reduce((sum, part) => {
      const filters = filterCount(part.height) * filterCount(part.width);
      return sum + output.images * outputCount(part) * filters * roundUp(channels, 8) * 4;
    }, 0);
    const directTime = directParts.reduce(
      (sum, part) => sum + directCost({ ...cost, products: part.map(sizeOf) }),
      traffic +
        readCost(costs, Math.max(0, readBytes - inputBytes), inputBytes) +
        (parts.length - alike.length) * partCost(costs, outputBytes / alike.length),
    );
    const tilings = transformed.map((part) => ({ part, ...tilingOf(part, outputs, output.images) }));
    const floatsOf = (name: WinogradAlgorithm['name']) =>
      tilings.reduce((sum, { points, slices, high, wide }) => {
        const each = name === 'winograd panels' ? high.taps * wide.taps : points;
        return sum + each * slices * channels * columns;
      }, 0);
    const packedFloats = floatsOf('winograd');
    for (const { name, words } of winogradAlgorithms) {
      if (name !== 'winograd panels' && packedFloats > mostTransformedFloats) continue;
      if (name !== 'winograd' && transformed.length > mostInSteps) continue;
      const stepCount = name === 'winograd' || alike.length === 1 ? 0 : 3 * transformed.length;
      const layerBytes = floatsOf(name) * 4;
      let nanoseconds = directTime + stepCount * costs.subconvolutionStep;
      for (const { part, high, wide, slices, points, tiles, rows, pieces } of tilings) {
        const terms = slices * channels;
        const taps = high.taps * wide.taps;
        const bandCosts = {
          tileFloats: points * tiles * (terms + columns),
          rawFloats: name === 'winograd panels' ? taps * terms * columns : 0,
        };
        const bands = name === 'winograd' ? 1 : bandCount(bandCosts, part, high.outputs);
        nanoseconds +=
          bands *
          winogradCost({
            costs,
            tileColumns: tile.columns,
            tileOutputs: outputs,
            points,
            rows: Math.ceil(rows / bands),
            tiles: Math.ceil(tiles / bands),
            pieces,
            terms,
            paddedTerms: slices * roundUp(channels, 8),
            columns,
            layerBytes,
            block: name === 'winograd' ? winogradBlock : undefined,
            ...(name === 'winograd panels'
              ? {
                  rawTaps: taps,
                  areSummed: takesRawWeights({ height: high, width: wide }) && tiles <= bands * tile.pixels,
                }
              : {}),
          });
      }
      const count = parts.length > alike.length ? `, ${parts.length} parts` : suffix;
      const kernels = tilings.reduce(
        (sum, { pieces }) => sum + (name === 'winograd' ? pieces : 2 * pieces + 1),
        directParts.length,
      );
      const label = `winograd F(${outputs})${words}${count}`;
      algorithms.push({ algorithm: { name, outputs }, label, nanoseconds, kernels });
    }
  }
  return algorithms;
}

/** Products of the same pixels, by float32 weights. */
function strassenShape(context: LoweringContext, layer: ConvolutionLayer): ProductShape | undefined {
  const { subconvolutions, input, output } = layer;
  const [first] = subconvolutions;
  if (first === undefined) return undefined;
  const { depth, height, width } = first;
  const isSame = (one: AxisWindow, other: AxisWindow) => one.size === other.size && one.inputStart === other.inputStart;
  const areAlike = subconvolutions.every(
    (other) => isSame(other.depth, depth) && isSame(other.height, height) && isSame(other.width, width),
  );
  if (!areAlike || weightTypeOf(context, layer.weights, output.images * outputCount(first)) !== 'float32')
    return undefined;
  return {
    images: output.images * depth.size,
    height: height.size,
    width: width.size,
    sum: input.channels,
    columns: output.channels,
    count: subconvolutions.length,
  };
}

function several({ length }: readonly unknown[]): string {
  return length > 1 ? `, ${length} subconvolutions` : '';
}

function arePointwise(subconvolutions: readonly Subconvolution[]): boolean {
  return subconvolutions.every((subconvolution) => tapCount(subconvolution) === 1);
}

/** What plans call a direct algorithm. */
export function nameOf(algorithm: string, subconvolutions: readonly Subconvolution[]): string {
  const name = algorithm === 'direct' && arePointwise(subconvolutions) ? 'matrix product' : algorithm;
  return name + several(subconvolutions);
}

function bytesOf({ images, depth, height, width, channels }: ConvolutionLayer['input']): number {
  return images * depth * height * width * roundUp(channels, 8) * 4;
}
