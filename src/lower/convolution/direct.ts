/** The direct forms: sums over channels and taps as they are, one kernel for all phases. */
import type { ConstantRecipe } from '../../plan/execution-plan.js';
import { type ConvolutionParams, narrowTile, packedSize, type TileSize } from '../../wasm/kernels/convolution.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import { narrowLanes, narrowScratch } from '../../wasm/kernels/tile.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { depthwiseParams, directParams, tapCount, windowPlaces } from './geometry.js';
import { biasPointer, type ConvolutionSteps, type Stage, shifted } from './steps.js';
import type { Phase } from './windows.js';

export type DirectForm = 'direct' | 'narrow' | 'depthwise';

/** All phases in turns. */
export function addDirect(
  steps: ConvolutionSteps,
  form: DirectForm,
  tile: TileSize,
  phases: readonly Phase[],
  part: number,
  stage: Stage,
): void {
  const { tier } = steps.context.options;
  const { groups, input, output } = steps.layer;
  steps.growHalo(phases, () => 0);
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const used = form === 'narrow' ? narrowTile(columns) : tile;
  const sources = phases.map((phase) =>
    Array.from({ length: form === 'depthwise' ? 1 : groups }, (_, group) => steps.source(phase, group)),
  );
  const lanes = narrowLanes(tier);
  const sizes = phases.map((phase) => {
    const taps = tapCount(phase);
    if (form === 'depthwise') return packedSize(taps, output.channels, tile);
    if (form === 'narrow') return taps * Math.ceil(channels / lanes) * columns * lanes;
    return groups * packedSize(taps * channels, columns, tile);
  });
  const pieces = sources.flat();
  const recipe: ConstantRecipe =
    form === 'narrow'
      ? { kind: 'narrow', lanes, pieces }
      : form === 'depthwise'
        ? {
            kind: 'depthwise',
            tileColumns: tile.columns,
            pieces: pieces.map((piece) => ({
              ...piece,
              channels: 1,
              columns: output.channels,
              columnStride: steps.layer.strides.group,
            })),
          }
        : { kind: 'panels', tileColumns: tile.columns, pieces };
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const weights = steps.pack(recipe, total);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const build = (placement: TensorPlacement) => {
    const layer = steps.layerParams(placement, stage, form !== 'depthwise');
    const placed = phases.map((phase) => {
      const unit = { rows: 4, panels: unitPanels(phase, columns, used) };
      return form === 'depthwise' ? depthwiseParams(layer, phase, tile, unit) : directParams(layer, phase, used, unit);
    });
    const kernels = placed.map(({ params }): KernelSpec => {
      const whole: ConvolutionParams = form === 'narrow' ? { ...params, form: 'narrow' } : params;
      return { name: 'convolution', params: whole };
    });
    const scratch = form === 'narrow' ? [{ scratch: 0 }] : [];
    const pointersOf = (i: number): Pointer[] => [
      { tensor: steps.input, offset: placed[i]!.inputOffset },
      { constant: weights, offset: starts[i]! },
      biasPointer(stage),
      { tensor: steps.output, offset: placed[i]!.outputOffset },
      ...shifted(stage, placed[i]!.operandOffsets),
      ...scratch,
    ];
    if (kernels.length === 1) return { kernel: kernels[0]!, pointers: pointersOf(0) };
    const spec: KernelSpec = {
      name: 'interleave',
      pieces: kernels.map((kernel, i) => ({
        kernel,
        offsets: [
          placed[i]!.inputOffset,
          starts[i]!,
          0,
          placed[i]!.outputOffset,
          ...placed[i]!.operandOffsets,
          ...scratch.map(() => 0),
        ],
      })),
    };
    const pointers: Pointer[] = [
      { tensor: steps.input },
      { constant: weights },
      biasPointer(stage),
      { tensor: steps.output },
      ...stage.operands.map(({ pointer }) => pointer),
      ...scratch,
    ];
    return { kernel: spec, pointers };
  };
  steps.context.add({
    kind: 'kernel',
    algorithm: nameOf(form, phases),
    nodes: steps.nodes,
    reads: steps.reads(stage),
    writes: [steps.output],
    isPartial: stage === steps.whole,
    scratch: narrowScratch,
    operations: steps.operations * part,
    candidates: steps.candidates,
    build,
  });
}

function nameOf(form: string, phases: readonly Phase[]): string {
  const isPointwise = phases.every((phase) => tapCount(phase) === 1);
  const name = form === 'direct' && isPointwise ? 'matrix product' : form;
  return phases.length > 1 ? `${name}, ${phases.length} phases` : name;
}

/** Panels of a work unit: all, unless there are so few rows that threads would have nothing to share. */
function unitPanels(phase: Phase, columns: number, tile: TileSize): number {
  const panels = Math.ceil(columns / tile.columns);
  const rowUnits = phase.depth.size * Math.ceil(phase.height.size / 4);
  const isDeep = windowPlaces(phase) <= 64;
  return rowUnits >= 8 && !isDeep ? panels : Math.max(1, Math.ceil((panels * rowUnits) / 16));
}
