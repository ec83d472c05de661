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
  inFilters,
  isTransformed,
  type Subconvolution,
  tilingOf,
} from './windows.js';
import { winogradSteps } from './winograd-steps.js';

/** Each subconvolution by Winograd; direct where it gains nothing. */
export function addWinograd(steps: ConvolutionSteps, { name, outputs }: WinogradAlgorithm, tile: TileSize): void {
  const rest: Subconvolution[] = [];
  const sideBySide: UnplacedKernel[][][] = [];
  for (const alike of alikeSubconvolutions(steps.layer.subconvolutions)) {
    const filtered = alike.map(inFilters) as [Subconvolution, ...Subconvolution[]];
    if (!isTransformed(filtered[0], outputs)) {
      rest.push(...alike);
      continue;
    }
    const bands = name === 'winograd' ? [filtered] : layerBands(steps, name, filtered, outputs);
    for (const band of bands) {
      const kernels = winogradSteps(steps, band, outputs, name, tile);
      if (bands.length === 1) sideBySide.push(kernels);
      else for (const kernel of kernels.flat()) steps.context.add(kernel);
    }
  }
  for (const group of sideBySideGroups(sideBySide)) {
    for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
      for (const kernel of group.flatMap((kernels) => kernels[i] ?? [])) steps.context.add(kernel);
    }
  }
  if (rest.length > 0) addDirect(steps, 'direct', tile, rest);
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
