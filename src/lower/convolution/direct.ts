/** The direct algorithms: sums over channels and taps as they are, one kernel for all subconvolutions. */
import type { ConstantRecipe } from '../../plan/execution-plan.js';
import {
  type ConvolutionParams,
  depthwiseColumns,
  packedSize,
  smallNTile,
  type TileSize,
} from '../../wasm/kernels/convolution.js';
import { cost } from '../../wasm/kernels/elementwise-expression.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import { smallNLanes, smallNScratch } from '../../wasm/kernels/tile.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { mostOrdered, mostScratch } from '../strassen.js';
import { fittingRows, tileOf, type UnitSize, unitWithOperand, wholeUnit } from '../units.js';
import { weightTypeOf, weightWords } from '../weight-type.js';
import { computedWeights } from './computed-part.js';
import {
  byThemselves,
  copyCount,
  depthwiseParams,
  directParams,
  outputCount,
  sharedWhole,
  tapCount,
} from './geometry.js';
import { nameOf } from './select.js';
import { biasPointer, type ConvolutionSteps, type PartialSum, shifted } from './steps.js';
import type { Subconvolution } from './windows.js';

export type DirectAlgorithm = 'direct' | 'strassen' | 'small-N' | 'depthwise';

/** Adds one step: a kernel, or one that takes turns among the subconvolutions, which read the same rows. */
export function addDirect(
  steps: ConvolutionSteps,
  algorithm: DirectAlgorithm,
  tile: TileSize,
  given: readonly Subconvolution[],
  sum: PartialSum,
): void {
  const { tier } = steps.context.options;
  const { groups, input, output } = steps.layer;
  steps.growHalo(given, () => 0);
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  // Pieces of one window share its weights: each is read from memory once, and again from a cache.
  const whole = algorithm === 'direct' && groups === 1 ? sharedWhole(given) : undefined;
  const subconvolutions = whole === undefined ? given.map(byThemselves) : given;
  const packedWindows = whole === undefined ? subconvolutions : [whole];
  const sources = packedWindows.map((windows) =>
    Array.from({ length: algorithm === 'depthwise' ? 1 : groups }, (_, group) => steps.source(windows, group)),
  );
  const rows = output.images * Math.max(...subconvolutions.map(outputCount));
  const isPlain = algorithm === 'direct' && steps.layer.finishIntegers === undefined;
  const weightType = isPlain ? weightTypeOf(steps.context, steps.layer.weights, rows) : 'float32';
  const weights = Math.max(0, ...packedWindows.map((windows) => tapCount(windows) * channels * columns));
  const used =
    algorithm === 'depthwise'
      ? { ...tile, columns: depthwiseColumns }
      : algorithm === 'small-N'
        ? smallNTile(columns)
        : weightType === 'float32'
          ? tileOf(tile, rows, weights)
          : tile;
  const lanes = smallNLanes(tier);
  const sizes = packedWindows.map((windows) => {
    const taps = tapCount(windows);
    if (algorithm === 'depthwise') return packedSize(taps, output.channels, used);
    if (algorithm === 'small-N') return taps * Math.ceil(channels / lanes) * columns * lanes;
    return groups * packedSize(taps * channels, columns, tile, weightType);
  });
  const pieces = sources.flat();
  const recipe: ConstantRecipe =
    algorithm === 'small-N'
      ? { kind: 'small-N', lanes, pieces }
      : algorithm === 'depthwise'
        ? {
            kind: 'depthwise',
            tileColumns: used.columns,
            pieces: pieces.map((piece) => ({
              ...piece,
              channels: 1,
              columns: output.channels,
              columnStride: steps.layer.strides.group,
            })),
          }
        : {
            kind: 'panels',
            tileColumns: tile.columns,
            ...(weightType === 'float32' ? {} : { type: weightType }),
            pieces,
          };
  let total = 0;
  const places = sizes.map((size) => {
    total += size;
    return total - size;
  });
  const starts = subconvolutions.map((_, i) => places[i] ?? 0);
  const isConstant = steps.context.values.constant(steps.layer.weights) !== undefined;
  const computed = isConstant
    ? undefined
    : computedWeights.value.packComputedWeights(
        steps,
        packedWindows,
        { tile: used, isDepthwise: algorithm === 'depthwise' },
        { starts, floats: total },
      );
  const packed: Pointer = computed === undefined ? { constant: steps.pack(recipe, total) } : { tensor: computed };
  const { ordered } = steps;
  const target = ordered ?? steps.output;
  const build = (placement: TensorPlacement) => {
    const layer = steps.layerParams(placement, sum, algorithm !== 'depthwise');
    const hasOperand =
      layer.operands?.some(({ rowStride, pixelStride }) => rowStride !== 0 || pixelStride !== 0) === true;
    const placed = subconvolutions.map((subconvolution) => {
      const unit = unitOfSubconvolution(subconvolution, channels, columns, used, algorithm === 'direct' && hasOperand);
      return algorithm === 'depthwise'
        ? depthwiseParams(layer, subconvolution, used, unit)
        : directParams(layer, subconvolution, used, unit, weightType);
    });
    const kernels = placed.map(({ params }): KernelSpec => {
      if (algorithm === 'depthwise') return { name: 'depthwise', params };
      return { name: 'convolution', params: algorithm === 'small-N' ? { ...params, algorithm } : params };
    });
    const scratch = algorithm === 'small-N' ? [{ scratch: 0 }] : [];
    const pointersOf = (i: number): Pointer[] => [
      { tensor: steps.input, offset: placed[i]!.inputOffset },
      { ...packed, offset: starts[i]! },
      biasPointer(sum, steps.biasOffset(subconvolutions[i]!)),
      { tensor: steps.output, offset: placed[i]!.outputOffset },
      ...shifted(sum, placed[i]!.operandOffsets),
      ...scratch,
    ];
    if (kernels.length === 1 && algorithm !== 'strassen') return { kernel: kernels[0]!, pointers: pointersOf(0) };
    const spec: KernelSpec = {
      name: 'interleave',
      pieces: kernels.map((kernel, i) => ({
        kernel,
        offsets: [
          placed[i]!.inputOffset,
          starts[i]!,
          sum.bias === undefined ? 0 : steps.biasOffset(subconvolutions[i]!),
          placed[i]!.outputOffset,
          ...placed[i]!.operandOffsets,
          ...scratch.map(() => 0),
        ],
      })),
    };
    const pointers: Pointer[] = [
      { tensor: steps.input },
      packed,
      biasPointer(sum),
      { tensor: target },
      ...sum.operands.map(({ pointer }) => pointer),
      ...scratch,
    ];
    if (algorithm !== 'strassen') return { kernel: spec, pointers };
    const [, ...others] = pointers;
    const kernel: KernelSpec = {
      name: 'strassen',
      params: {
        product: placed[0]!.params as ConvolutionParams,
        offsets: spec.pieces.map(({ offsets }) => offsets),
        ...(ordered && { ordered: placement.view(steps.output) }),
      },
    };
    return {
      kernel,
      pointers: [{ tensor: steps.input, offset: placed[0]!.inputOffset }, ...others, { scratch: 0 }],
    };
  };
  const outputs = subconvolutions.reduce((count, one) => count + outputCount(one), 0);
  // Functions take about twice as long as they count.
  const epilogueWork = sum.tree === undefined ? 0 : 2 * cost(sum.tree) * output.images * outputs * output.channels;
  steps.context.add({
    kind: 'kernel',
    algorithm: nameOf(algorithm, subconvolutions) + weightWords(weightType),
    nodes: steps.nodes,
    reads: [...steps.reads(sum), ...(computed === undefined ? [] : [computed])],
    writes: [target],
    isDisjoint: sum === steps.whole,
    scratch:
      algorithm === 'strassen'
        ? mostScratch({ sum: channels, width: Math.max(...given.map(({ width }) => width.size)) }, tile) +
          (ordered ? mostOrdered : 0)
        : smallNScratch,
    operations: steps.operations * steps.shareOf(subconvolutions),
    work: steps.operations * steps.shareOf(subconvolutions) + epilogueWork,
    algorithmCosts: steps.algorithmCosts,
    build,
  });
}

/** Rows of pixels that a unit usually has. */
const unitRows = 4;

function unitOfSubconvolution(
  subconvolution: Subconvolution,
  channels: number,
  columns: number,
  tile: TileSize,
  hasOperand: boolean,
): UnitSize {
  const { depth, height, width } = subconvolution;
  const weights = tapCount(subconvolution) * channels * columns;
  const panels = Math.ceil(columns / tile.columns);
  const whole = depth.size === 1 ? wholeUnit(height.size, width.size * channels, weights, panels) : undefined;
  if (whole !== undefined) return whole;
  // Each panel reads all rows of its unit: those of many channels have to stay in the cache, where rows do not overlap.
  const isPointwise = tapCount(subconvolution) === 1;
  const rows = isPointwise ? fittingRows(width.size * channels, unitRows) : unitRows;
  const units = depth.size * copyCount(height) * copyCount(width) * Math.ceil(height.size / rows);
  const isDeep = outputCount(subconvolution) <= 64;
  const few = units < 8 || isDeep;
  const unit = { rows, panels: few ? Math.max(1, Math.ceil((panels * units) / 16)) : panels };
  return hasOperand ? unitWithOperand(unit, weights / panels) : unit;
}
