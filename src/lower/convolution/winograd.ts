/**
 * Winograd's minimal filtering (Lavin and Gray, 2016): in blocks, in three steps, or in steps that transform weights as they
 * run.
 */
import type { TileSize } from '../../wasm/kernels/convolution.js';
import type { UnplacedKernel } from '../context/unplaced-step.js';
import { type BandCosts, bandsOf } from './bands.js';
import { addDirect } from './direct.js';
import { tapCount } from './geometry.js';
import type { WinogradAlgorithm } from './select.js';
import type { ConvolutionSteps } from './steps.js';
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
  const sideBySide: UnplacedKernel[][][] = [];
  for (const alike of alikeSubconvolutions(steps.layer.subconvolutions)) {
    const isDirect = ([group]: Alike) => !isTransformed(group, outputs);
    const all = tapGroups(alike, outputs, steps.layer.input.channels);
    // A transform of outputs can end sums with any epilogue, a direct kernel not.
    const groups = [...all.filter(isDirect), ...all.filter((group) => !isDirect(group))];
    if (groups.every(isDirect)) {
      rest.push(...alike);
      continue;
    }
    for (const [i, group] of groups.entries()) {
      const sum = steps.partialSum(i === 0, i === groups.length - 1);
      if (isDirect(group)) {
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
  }
  for (const group of sideBySideGroups(sideBySide)) {
    for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
      for (const kernel of group.flatMap((kernels) => kernels[i] ?? [])) steps.context.add(kernel);
    }
  }
  if (rest.length > 0) addDirect(steps, 'direct', tile, rest, steps.whole);
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
