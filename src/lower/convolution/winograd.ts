/**
 * Winograd's minimal filtering (Lavin and Gray, 2016): in blocks, in three steps, or in steps that transform weights as they
 * run.
 */
import type { TileSize } from '../../wasm/kernels/convolution.js';
import { cost } from '../../wasm/kernels/elementwise-expression.js';
import { canEndPartialSums } from '../../wasm/kernels/epilogue.js';
import type { Pointer, UnplacedKernel } from '../context/unplaced-step.js';
import { type BandCosts, bandsOf } from './bands.js';
import { addDirect } from './direct.js';
import { outputCount, placeWindows, tapCount } from './geometry.js';
import type { WinogradAlgorithm } from './select.js';
import { type ConvolutionSteps, shifted } from './steps.js';
import {
  type Alike,
  alikeSubconvolutions,
  isTransformed,
  type Subconvolution,
  tapGroups,
  tilingOf,
} from './windows.js';
import { winogradSteps } from './winograd-steps.js';

/** Each subconvolution by Winograd, in one piece or as partial sums; direct where no piece of it can be transformed. */
export function addWinograd(steps: ConvolutionSteps, { name, outputs }: WinogradAlgorithm, tile: TileSize): void {
  const rest: Subconvolution[] = [];
  const inParts: Subconvolution[] = [];
  const sideBySide: UnplacedKernel[][][] = [];
  for (const alike of alikeSubconvolutions(steps.layer.subconvolutions)) {
    const groups = tapGroups(alike, outputs);
    if (!groups.some(([group]) => isTransformed(group, outputs))) {
      rest.push(...alike);
      continue;
    }
    for (const [i, group] of groups.entries()) {
      const sum = steps.partialSum(i === 0, i === groups.length - 1);
      if (!isTransformed(group[0], outputs)) {
        addDirect(steps, 'direct', tile, group, sum);
        continue;
      }
      const bands = name === 'winograd' ? [group] : layerBands(steps, name, group, outputs);
      for (const band of bands) {
        const kernels = winogradSteps(steps, band, outputs, name, tile, sum);
        if (sum === steps.whole && bands.length === 1) sideBySide.push(kernels);
        else for (const kernel of kernels.flat()) steps.context.add(kernel);
      }
    }
    if (groups.length > 1) inParts.push(...alike);
  }
  for (const group of sideBySideGroups(sideBySide)) {
    for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
      for (const kernel of group.flatMap((kernels) => kernels[i] ?? [])) steps.context.add(kernel);
    }
  }
  if (!canEndPartialSums(steps.whole.tree)) finish(steps, inParts);
  if (rest.length > 0) addDirect(steps, 'direct', tile, rest, steps.whole);
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

function layerBands(steps: ConvolutionSteps, name: WinogradAlgorithm['name'], alike: Alike, outputs: number): Alike[] {
  const { input, output } = steps.layer;
  const { high, slices, points, tiles } = tilingOf(alike, outputs, output.images);
  const costs: BandCosts = {
    tileFloats: points * tiles * (slices * input.channels + output.channels),
    rawFloats: name === 'winograd panels' ? tapCount(alike[0]) * input.channels * output.channels : 0,
  };
  return bandsOf(costs, alike, high.outputs);
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
