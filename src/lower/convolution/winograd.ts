/**
 * Winograd's minimal filtering (Lavin and Gray, 2016): in blocks, in three steps, or in steps that transform weights as they
 * run.
 */
import { packedSize, type TileSize } from '../../wasm/kernels/convolution.js';
import { cost } from '../../wasm/kernels/elementwise-expression.js';
import { canEndPartialSums } from '../../wasm/kernels/epilogue.js';
import { ownView } from '../../wasm/kernels/views.js';
import { panelProductsScratch } from '../../wasm/kernels/winograd/panel-products.js';
import { type WinogradParams, winogradSizes, winogradWeightsSize } from '../../wasm/kernels/winograd/winograd.js';
import { type Nhwc8Tensor, RowMajorTensor } from '../context/tensor.js';
import type { Pointer, TensorPlacement, UnplacedKernel } from '../context/unplaced-step.js';
import { addDirect } from './direct.js';
import { type AxisWindow, type LayerParams, outputCount, placeWindows, tapCount } from './geometry.js';
import { type WinogradAlgorithm, winogradBlock } from './select.js';
import { biasPointer, type ConvolutionSteps, type PartialSum, shifted } from './steps.js';
import { bandCount, cutBands, filterSize, isTransformed, type Subconvolution, tapGroups, tilingOf } from './windows.js';

/** Each subconvolution by Winograd, in one piece or as partial sums; direct where no piece of it can be transformed. */
export function addWinograd(steps: ConvolutionSteps, { name, outputs }: WinogradAlgorithm, tile: TileSize): void {
  const { subconvolutions } = steps.layer;
  const rest: Subconvolution[] = [];
  const share = 1 / subconvolutions.length;
  const inParts: Subconvolution[] = [];
  const sideBySide: UnplacedKernel[][] = [];
  for (const subconvolution of subconvolutions) {
    const groups = tapGroups(subconvolution, outputs);
    if (groups.length === 1 && !isTransformed(subconvolution, outputs)) {
      rest.push(subconvolution);
      continue;
    }
    for (const [i, group] of groups.entries()) {
      const sum = steps.partialSum(i === 0, i === groups.length - 1);
      const part = (share * tapCount(group)) / tapCount(subconvolution);
      if (!isTransformed(group, outputs)) {
        addDirect(steps, 'direct', tile, [group], part, sum);
        continue;
      }
      const bands = name === 'winograd' ? [group] : bandsOf(steps, group, outputs);
      for (const band of bands) {
        const share = (part * outputCount(band)) / outputCount(group);
        const kernels = winogradSubconvolution(steps, band, outputs, name, tile, share, sum);
        if (sum === steps.whole && bands.length === 1) sideBySide.push(kernels);
        else for (const kernel of kernels) steps.context.add(kernel);
      }
    }
    if (groups.length > 1) inParts.push(subconvolution);
  }
  for (const group of sideBySideGroups(sideBySide)) {
    for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
      for (const kernel of group.map((kernels) => kernels[i])) if (kernel !== undefined) steps.context.add(kernel);
    }
  }
  if (!canEndPartialSums(steps.whole.tree)) finish(steps, inParts);
  if (rest.length > 0) addDirect(steps, 'direct', tile, rest, rest.length * share, steps.whole);
}

/** A step of its own for the epilogue, over the outputs of some subconvolutions. */
function finish(steps: ConvolutionSteps, subconvolutions: readonly Subconvolution[]): void {
  const { tree, operands } = steps.whole;
  for (const subconvolution of subconvolutions) {
    steps.context.add({
      kind: 'kernel',
      algorithm: 'elementwise',
      nodes: steps.nodes,
      reads: [steps.output, ...operands.flatMap(({ reads }) => reads)],
      writes: [steps.output],
      operations: 0,
      work: steps.output.size.images * outputCount(subconvolution) * steps.output.size.channels * cost(tree!),
      build: (placement) => {
        const layer = steps.layerParams(placement, steps.whole);
        const placed = placeWindows(layer, subconvolution);
        const { outer, height, width } = placed.params;
        const axes = [...outer, height, width].map((axis) => ({
          size: axis.size,
          strides: [axis.output, ...(axis.operands ?? []), axis.output],
        }));
        const target: Pointer = { tensor: steps.output, offset: placed.outputOffset };
        return {
          kernel: {
            name: 'elementwise',
            params: {
              tree: tree!,
              axes,
              channels: steps.output.size.channels,
              writable: layer.output.writable,
              isBroadcast: [false, ...operands.map(() => false)],
            },
          },
          pointers: [target, ...shifted(steps.whole, placed.operandOffsets), target],
        };
      },
    });
  }
}

function bandsOf(steps: ConvolutionSteps, subconvolution: Subconvolution, outputs: number): Subconvolution[] {
  const { input: from, output: to } = steps.layer;
  const { high, slices, points, tiles } = tilingOf(subconvolution, outputs, to.images);
  const count = bandCount(points * tiles * (slices * from.channels + to.channels), subconvolution, high.outputs);
  return cutBands(subconvolution, count, high.outputs);
}

function winogradSubconvolution(
  steps: ConvolutionSteps,
  subconvolution: Subconvolution,
  outputs: number,
  algorithm: WinogradAlgorithm['name'],
  tile: TileSize,
  part: number,
  sum: PartialSum,
): UnplacedKernel[] {
  const { depth, height, width } = subconvolution;
  const filter = {
    height: filterSize(height.taps.length, outputs),
    width: filterSize(width.taps.length, outputs),
  };
  const step = (window: AxisWindow) => (window.taps.length === 1 ? 1 : outputs);
  steps.growHalo([subconvolution], (window) => Math.ceil(window.size / step(window)) * step(window) - window.size);
  const { input, output } = steps.layer;
  const slices = depth.taps.length;
  const paramsOf = (layer: LayerParams): { params: WinogradParams; placed: ReturnType<typeof placeWindows> } => {
    const placed = placeWindows(layer, subconvolution);
    return {
      placed,
      params: {
        ...placed.params,
        filter,
        ...(slices === 1 ? {} : { slices: { size: slices, stride: depth.tapStep * layer.input.sliceStride } }),
        channels: input.channels,
        columns: output.channels,
        writable: layer.output.writable,
        bias: layer.bias,
        tile,
        block: winogradBlock,
        ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      },
    };
  };
  // Sizes do not depend on strides.
  const sketch = paramsOf(
    steps.layerParams({ view: (tensor) => ownView((tensor as Nhwc8Tensor).size).view }, sum),
  ).params;
  const pieces = [steps.source(subconvolution, 0)];
  const isRaw = algorithm === 'winograd panels';
  const weights = isRaw
    ? steps.pack(
        { kind: 'panels', tileColumns: tile.columns, pieces },
        packedSize(tapCount(subconvolution) * input.channels, output.channels, tile),
      )
    : steps.pack(
        {
          kind: 'winograd',
          tileColumns: tile.columns,
          outputs: [filter.height.outputs, filter.width.outputs],
          taps: [filter.height.taps, filter.width.taps],
          pieces,
        },
        winogradWeightsSize(sketch),
      );
  const filtering = `${filter.height.outputs}x${filter.width.outputs}, ${filter.height.taps}x${filter.width.taps}`;
  const name = `winograd F(${filtering})${slices === 1 ? '' : ` of ${slices} slices`}`;
  const common = { kind: 'kernel', nodes: steps.nodes, algorithmCosts: steps.algorithmCosts } as const;
  const built = (placement: TensorPlacement) => paramsOf(steps.layerParams(placement, sum));
  if (algorithm === 'winograd') {
    return [
      {
        ...common,
        algorithm: name,
        reads: steps.reads(sum),
        writes: [steps.output],
        isDisjoint: sum === steps.whole,
        scratch: winogradSizes(sketch).scratch,
        operations: steps.operations * part,
        build: (placement) => {
          const { params, placed } = built(placement);
          return {
            kernel: { name: 'winograd', params },
            pointers: [
              { tensor: steps.input, offset: placed.inputOffset },
              { constant: weights },
              biasPointer(sum),
              { tensor: steps.output, offset: placed.outputOffset },
              ...shifted(sum, placed.operandOffsets),
              { scratch: 0 },
            ],
          };
        },
      },
    ];
  }
  const sizes = winogradSizes(sketch);
  const transformed = new RowMajorTensor(`${steps.layer.node.name} transformed`, sizes.transformed);
  const sums = new RowMajorTensor(`${steps.layer.node.name} sums`, sizes.sums);
  const tiles = sizes.transformed + sizes.sums;
  return [
    {
      ...common,
      algorithm: `${name}, inputs`,
      reads: [steps.input],
      writes: [transformed],
      operations: 0,
      work: tiles * transformWork,
      build: (placement) => {
        const { params, placed } = built(placement);
        return {
          kernel: { name: 'winograd inputs', params },
          pointers: [{ tensor: steps.input, offset: placed.inputOffset }, { tensor: transformed }],
        };
      },
    },
    {
      ...common,
      algorithm: isRaw ? `${name}, products in panels` : `${name}, products`,
      reads: [transformed],
      writes: [sums],
      scratch: isRaw ? panelProductsScratch(sketch) : 0,
      operations: steps.operations * part,
      build: (placement) => {
        const { params } = built(placement);
        const pointers: Pointer[] = [{ tensor: transformed }, { constant: weights }, { tensor: sums }];
        return isRaw
          ? { kernel: { name: 'winograd panels', params }, pointers: [...pointers, { scratch: 0 }] }
          : { kernel: { name: 'winograd products', params }, pointers };
      },
    },
    {
      ...common,
      algorithm: `${name}, outputs`,
      reads: [sums, ...sum.operands.flatMap(({ reads }) => reads)],
      writes: [steps.output],
      isDisjoint: sum === steps.whole,
      scratch: sizes.edge,
      operations: 0,
      work: tiles * transformWork,
      build: (placement) => {
        const { params, placed } = built(placement);
        return {
          kernel: { name: 'winograd outputs', params },
          pointers: [
            { tensor: sums },
            biasPointer(sum),
            { tensor: steps.output, offset: placed.outputOffset },
            ...shifted(sum, placed.operandOffsets),
            { scratch: 0 },
          ],
        };
      },
    },
  ];
}

/** What a float that a transform moves counts as, in operations. */
const transformWork = 8;

/** Floats that a group's steps may leave for the next ones, so that they stay in the caches. */
const mostGroupFloats = 2 ** 20;

/**
 * Groups of subconvolutions whose first steps run side by side, then their second ones: threads meet once a step of the group.
 */
function sideBySideGroups(subconvolutions: readonly (readonly UnplacedKernel[])[]): (readonly UnplacedKernel[])[][] {
  const groups: (readonly UnplacedKernel[])[][] = [];
  let left = 0;
  for (const kernels of subconvolutions) {
    const between = kernels.slice(0, -1).flatMap(({ writes }) => writes);
    const floats = between.reduce((sum, tensor) => sum + (tensor.layout === 'row-major' ? tensor.floats : 0), 0);
    if (groups.length === 0 || floats > left) {
      groups.push([]);
      left = mostGroupFloats;
    }
    groups.at(-1)!.push(kernels);
    left -= floats;
  }
  return groups;
}
