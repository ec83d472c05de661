/**
 * Winograd's minimal filtering (Lavin and Gray, 2016): in blocks, in three steps, or in steps that transform weights as they
 * run.
 */
import type { TileSize } from '../../wasm/kernels/convolution.js';
import { cost } from '../../wasm/kernels/elementwise-expression.js';
import { canEndPartialSums } from '../../wasm/kernels/epilogue.js';
import type { Pointer, UnplacedKernel } from '../context/unplaced-step.js';
import { addDirect } from './direct.js';
import { outputCount, placeWindows, tapCount } from './geometry.js';
import type { WinogradAlgorithm } from './select.js';
import { type ConvolutionSteps, shifted } from './steps.js';
import { bandCount, cutBands, isTransformed, type Subconvolution, tapGroups, tilingOf } from './windows.js';
import { winogradSubconvolution } from './winograd-steps.js';

/** Each subconvolution by Winograd, in one piece or as partial sums; direct where no piece of it can be transformed. */
export function addWinograd(steps: ConvolutionSteps, { name, outputs }: WinogradAlgorithm, tile: TileSize): void {
  const { subconvolutions } = steps.layer;
  const rest: Subconvolution[] = [];
  const share = 1 / subconvolutions.length;
  const inParts: Subconvolution[] = [];
  const sideBySide: UnplacedKernel[][][] = [];
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
        else for (const kernel of kernels.flat()) steps.context.add(kernel);
      }
    }
    if (groups.length > 1) inParts.push(subconvolution);
  }
  for (const group of sideBySideGroups(sideBySide)) {
    for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
      for (const kernel of group.flatMap((kernels) => kernels[i] ?? [])) steps.context.add(kernel);
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
  const { outputs: rows } = high.filter;
  const count = bandCount(points * tiles * (slices * from.channels + to.channels), subconvolution, rows);
  return cutBands(subconvolution, count, rows);
}

/** Floats that a group's steps may leave for the next ones, so that they stay in the caches. */
const mostGroupFloats = 2 ** 20;

/**
 * Groups of subconvolutions whose first steps run side by side, then their second ones: threads meet once a step of the group.
 */
function sideBySideGroups(
  subconvolutions: readonly (readonly UnplacedKernel[][])[],
): (readonly UnplacedKernel[][])[][] {
  const groups: (readonly UnplacedKernel[][])[][] = [];
  let left = 0;
  for (const kernels of subconvolutions) {
    const between = new Set(
      kernels
        .slice(0, -1)
        .flat()
        .flatMap(({ writes }) => writes),
    );
    const floats = [...between].reduce((sum, tensor) => sum + (tensor.layout === 'row-major' ? tensor.floats : 0), 0);
    if (groups.length === 0 || floats > left) {
      groups.push([]);
      left = mostGroupFloats;
    }
    groups.at(-1)!.push(kernels);
    left -= floats;
  }
  return groups;
}
