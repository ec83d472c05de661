/** The steps of a convolution in the form that was chosen. */

import type { Node } from '../ir/graph.js';
import type { Candidate, ConstantRecipe, WeightSource } from '../plan/execution-plan.js';
import {
  type ConvolutionParams,
  defaultTile,
  narrowTile,
  packedBiasSize,
  packedSize,
  type TileSize,
} from '../wasm/kernels/convolution.js';
import { binary, cost, type Elementwise, input, replaceInputs } from '../wasm/kernels/elementwise-expression.js';
import type { KernelSpec } from '../wasm/kernels/spec.js';
import { narrowLanes, narrowScratch } from '../wasm/kernels/tile.js';
import {
  type AxisWindow,
  depthwiseParams,
  directParams,
  type LayerParams,
  placeWindows,
  reach,
  tapCount,
  type View,
  windowPlaces,
} from '../wasm/kernels/views.js';
import { panelProductsScratch } from '../wasm/kernels/winograd/panel-products.js';
import { type WinogradParams, winogradSizes, winogradWeightsSize } from '../wasm/kernels/winograd/winograd.js';
import type { Chain } from './chain.js';
import type { LoweringContext } from './context/context.js';
import type { KernelDraft, Places, Pointer } from './context/draft.js';
import { FlatTensor, type InnerTensor, type Size } from './context/tensor.js';
import type { ConvolutionLayer } from './convolution.js';
import { isDepthwise, type WinogradForm, winogradBlock } from './convolution-forms.js';
import type { InnerOperand } from './operands.js';
import { bandCount, cutBands, filterSize, isTransformed, type Phase, tapGroups, tilingOf } from './windows.js';

type DirectForm = 'direct' | 'narrow' | 'depthwise';

/** What a step adds to the sums of its windows, and where it ends: an output, or a part of its sum. */
interface Stage {
  /** The plan's constant. */
  readonly bias: number | undefined;
  readonly tree: Elementwise | undefined;
  readonly operands: readonly InnerOperand[];
}

/** Adds the steps of a layer. */
export class ConvolutionEmitter {
  private readonly nodes: readonly Node[];
  private readonly operations: number;
  private readonly whole: Stage;

  constructor(
    private readonly context: LoweringContext,
    private readonly layer: ConvolutionLayer,
    epilogue: Chain | undefined,
    operands: readonly InnerOperand[],
    private readonly input: InnerTensor,
    private readonly output: InnerTensor,
    private readonly candidates: readonly Candidate[],
  ) {
    this.nodes = [layer.node, ...(epilogue?.nodes ?? [])];
    const { phases, groups } = layer;
    const taps = phases.reduce((sum, phase) => sum + tapCount(phase) * windowPlaces(phase), 0);
    this.whole = { bias: this.packBias(), tree: epilogue?.tree, operands };
    this.operations = 2 * layer.output.images * taps * (layer.input.channels / groups) * layer.output.channels;
  }

  private packBias(): number | undefined {
    const { bias, groups, output } = this.layer;
    if (bias === undefined) return undefined;
    const columns = output.channels / groups;
    const isOne = groups === 1 || isDepthwise(this.layer);
    const rowColumns = isOne ? output.channels : columns;
    const stride = packedBiasSize(rowColumns, defaultTile[this.context.options.tier]);
    return this.context.constants.rows(bias, rowColumns, stride, isOne ? 1 : groups);
  }

  /** One of several parts of a sum: the bias comes first, the epilogue last, what there is so far is read in between. */
  private stage(isFirst: boolean, isLast: boolean): Stage {
    if (isFirst && isLast) return this.whole;
    if (isFirst) return { bias: this.whole.bias, tree: undefined, operands: [] };
    const soFar: InnerOperand = {
      reads: [this.output],
      pointer: { tensor: this.output },
      view: (places) => places.view(this.output),
      isSpread: false,
    };
    const sum = binary('add', input(0), input(1));
    const { tree, operands } = this.whole;
    if (!isLast || !isInline(tree)) return { bias: undefined, tree: sum, operands: [soFar] };
    return {
      bias: undefined,
      tree: tree === undefined ? sum : replaceInputs(tree, (index) => (index === 0 ? sum : input(index + 1))),
      operands: [soFar, ...operands],
    };
  }

  private layerParams(places: Places, { bias, tree, operands }: Stage, isGrouped = true): LayerParams {
    return {
      input: this.turned(places.view(this.input)),
      output: this.turned(places.view(this.output)),
      groups: isGrouped ? this.layer.groups : 1,
      bias: bias !== undefined,
      ...(tree === undefined ? {} : { epilogue: tree }),
      ...(operands.length === 0 ? {} : { operands: operands.map((operand) => this.turned(operand.view(places))) }),
    };
  }

  /** A line upright. */
  private turned(view: View): View {
    if (!this.layer.isLine) return view;
    return { ...view, height: view.width, width: 1, rowStride: view.pixelStride };
  }

  private reads({ operands }: Stage) {
    return [this.input, ...operands.flatMap(({ reads }) => reads)];
  }

  /** The zeros that the windows reach into, and so many more behind for tiles that hang over in the plane. */
  private growHalo(phases: readonly Phase[], overhang: (window: AxisWindow) => number): void {
    const { input, isLine } = this.layer;
    const extended = (axis: 'height' | 'width', size: number) =>
      reach(
        phases.map((phase) => ({ ...phase[axis], size: phase[axis].size + overhang(phase[axis]) })),
        size,
      );
    if (isLine) {
      const { before, after } = extended('height', input.width);
      this.input.growHalo({ top: 0, bottom: 0, left: before, right: after });
      return;
    }
    const [high, wide] = [extended('height', input.height), extended('width', input.width)];
    const deep = reach(
      phases.map(({ depth }) => depth),
      input.depth,
    );
    this.input.growHalo({
      front: deep.before,
      back: deep.after,
      top: high.before,
      bottom: high.after,
      left: wide.before,
      right: wide.after,
    });
  }

  /** The weights of a phase and group. */
  private source({ depth, height, width }: Phase, group: number): WeightSource {
    const { strides, weights, input, output, groups } = this.layer;
    return {
      value: weights.name,
      base: group * strides.group,
      taps: depth.taps.flatMap((z) =>
        height.taps.flatMap((y) => width.taps.map((x) => z * strides.slice + y * strides.row + x * strides.column)),
      ),
      channels: input.channels / groups,
      channelStride: strides.channel,
      columns: output.channels / groups,
      columnStride: strides.output,
    };
  }

  private pack(recipe: ConstantRecipe, floats: number): number {
    return this.context.constants.add(floats + 16, recipe);
  }

  /** Direct forms: all phases in turns. */
  direct(form: DirectForm, tile: TileSize): void {
    this.addDirect(form, tile, this.layer.phases, 1, this.whole);
  }

  private addDirect(form: DirectForm, tile: TileSize, phases: readonly Phase[], part: number, stage: Stage): void {
    const { tier } = this.context.options;
    const { groups, input, output } = this.layer;
    this.growHalo(phases, () => 0);
    const channels = input.channels / groups;
    const columns = output.channels / groups;
    const used = form === 'narrow' ? narrowTile(columns) : tile;
    const sources = phases.map((phase) =>
      Array.from({ length: form === 'depthwise' ? 1 : groups }, (_, group) => this.source(phase, group)),
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
                columnStride: this.layer.strides.group,
              })),
            }
          : { kind: 'panels', tileColumns: tile.columns, pieces };
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const weights = this.pack(recipe, total);
    const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
    const build = (places: Places) => {
      const layer = this.layerParams(places, stage, form !== 'depthwise');
      const placed = phases.map((phase) => {
        const unit = { rows: 4, panels: unitPanels(phase, columns, used) };
        return form === 'depthwise'
          ? depthwiseParams(layer, phase, tile, unit)
          : directParams(layer, phase, used, unit);
      });
      const kernels = placed.map(({ params }): KernelSpec => {
        const whole: ConvolutionParams = form === 'narrow' ? { ...params, form: 'narrow' } : params;
        return { name: 'convolution', params: whole };
      });
      const scratch = form === 'narrow' ? [{ scratch: 0 }] : [];
      const pointersOf = (i: number): Pointer[] => [
        { tensor: this.input, offset: placed[i]!.inputOffset },
        { constant: weights, offset: starts[i]! },
        biasPointer(stage),
        { tensor: this.output, offset: placed[i]!.outputOffset },
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
        { tensor: this.input },
        { constant: weights },
        biasPointer(stage),
        { tensor: this.output },
        ...stage.operands.map(({ pointer }) => pointer),
        ...scratch,
      ];
      return { kernel: spec, pointers };
    };
    this.context.add({
      kind: 'kernel',
      algorithm: this.name(form, phases),
      nodes: this.nodes,
      reads: this.reads(stage),
      writes: [this.output],
      isPartial: stage === this.whole,
      scratch: narrowScratch,
      operations: this.operations * part,
      candidates: this.candidates,
      build,
    });
  }

  private name(form: string, phases: readonly Phase[]): string {
    const isPointwise = phases.every((phase) => tapCount(phase) === 1);
    const name = form === 'direct' && isPointwise ? 'matrix product' : form;
    return phases.length > 1 ? `${name}, ${phases.length} phases` : name;
  }

  /** Phases that have the taps by Winograd; of others the sums of parts that have them, or all that are left direct. */
  winograd({ name, outputs }: WinogradForm, tile: TileSize): void {
    const { phases } = this.layer;
    const rest: Phase[] = [];
    const share = 1 / phases.length;
    const inParts: Phase[] = [];
    const steps: KernelDraft[][] = [];
    for (const phase of phases) {
      const groups = tapGroups(phase, outputs);
      if (groups.length === 1 && !isTransformed(phase, outputs)) {
        rest.push(phase);
        continue;
      }
      for (const [i, group] of groups.entries()) {
        const stage = this.stage(i === 0, i === groups.length - 1);
        const part = (share * tapCount(group)) / tapCount(phase);
        if (!isTransformed(group, outputs)) {
          this.addDirect('direct', tile, [group], part, stage);
          continue;
        }
        const bands = name === 'winograd' ? [group] : this.bands(group, outputs);
        for (const band of bands) {
          const share = (part * windowPlaces(band)) / windowPlaces(group);
          const drafts = this.winogradPhase(band, outputs, name, tile, share, stage);
          if (stage === this.whole && bands.length === 1) steps.push(drafts);
          else for (const draft of drafts) this.context.add(draft);
        }
      }
      if (groups.length > 1) inParts.push(phase);
    }
    for (const group of phaseGroups(steps)) {
      for (let i = 0; i < Math.max(0, ...group.map(({ length }) => length)); i++) {
        for (const draft of group.map((drafts) => drafts[i])) if (draft !== undefined) this.context.add(draft);
      }
    }
    if (!isInline(this.whole.tree)) this.finish(inParts);
    if (rest.length > 0) this.addDirect('direct', tile, rest, rest.length * share, this.whole);
  }

  /** The epilogue by itself, over the outputs of some phases. */
  private finish(phases: readonly Phase[]): void {
    const { tree, operands } = this.whole;
    for (const phase of phases) {
      this.context.add({
        kind: 'kernel',
        algorithm: 'elementwise',
        nodes: this.nodes,
        reads: [this.output, ...operands.flatMap(({ reads }) => reads)],
        writes: [this.output],
        operations: 0,
        work: this.output.size.images * windowPlaces(phase) * this.output.size.channels * cost(tree!),
        build: (places) => {
          const layer = this.layerParams(places, this.whole);
          const placed = placeWindows(layer, phase);
          const { outer, height, width } = placed.params;
          const axes = [...outer, height, width].map((axis) => ({
            size: axis.size,
            strides: [axis.output, ...(axis.operands ?? []), axis.output],
          }));
          const target: Pointer = { tensor: this.output, offset: placed.outputOffset };
          return {
            kernel: {
              name: 'elementwise',
              params: {
                tree: tree!,
                axes,
                channels: this.output.size.channels,
                writable: layer.output.writable,
                isSpread: [false, ...operands.map(() => false)],
              },
            },
            pointers: [target, ...shifted(this.whole, placed.operandOffsets), target],
          };
        },
      });
    }
  }

  private bands(phase: Phase, outputs: number): Phase[] {
    const { input: from, output: to } = this.layer;
    const { high, slices, points, tiles } = tilingOf(phase, outputs, to.images);
    const count = bandCount(points * tiles * (slices * from.channels + to.channels), phase, high.outputs);
    return cutBands(phase, count, high.outputs);
  }

  private winogradPhase(
    phase: Phase,
    outputs: number,
    form: WinogradForm['name'],
    tile: TileSize,
    part: number,
    stage: Stage,
  ): KernelDraft[] {
    const { depth, height, width } = phase;
    const filter = {
      height: filterSize(height.taps.length, outputs),
      width: filterSize(width.taps.length, outputs),
    };
    const step = (window: AxisWindow) => (window.taps.length === 1 ? 1 : outputs);
    this.growHalo([phase], (window) => Math.ceil(window.size / step(window)) * step(window) - window.size);
    const { input, output } = this.layer;
    const slices = depth.taps.length;
    const paramsOf = (layer: LayerParams): { params: WinogradParams; placed: ReturnType<typeof placeWindows> } => {
      const placed = placeWindows(layer, phase);
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
      this.layerParams({ view: (tensor) => sketchView((tensor as InnerTensor).size) }, stage),
    ).params;
    const pieces = [this.source(phase, 0)];
    const isRaw = form === 'winograd panels';
    const weights = isRaw
      ? this.pack(
          { kind: 'panels', tileColumns: tile.columns, pieces },
          packedSize(tapCount(phase) * input.channels, output.channels, tile),
        )
      : this.pack(
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
    const common = { kind: 'kernel', nodes: this.nodes, candidates: this.candidates } as const;
    const built = (places: Places) => paramsOf(this.layerParams(places, stage));
    if (form === 'winograd') {
      return [
        {
          ...common,
          algorithm: name,
          reads: this.reads(stage),
          writes: [this.output],
          isPartial: stage === this.whole,
          scratch: winogradSizes(sketch).scratch,
          operations: this.operations * part,
          build: (places) => {
            const { params, placed } = built(places);
            return {
              kernel: { name: 'winograd', params },
              pointers: [
                { tensor: this.input, offset: placed.inputOffset },
                { constant: weights },
                biasPointer(stage),
                { tensor: this.output, offset: placed.outputOffset },
                ...shifted(stage, placed.operandOffsets),
                { scratch: 0 },
              ],
            };
          },
        },
      ];
    }
    const sizes = winogradSizes(sketch);
    const transformed = new FlatTensor(`${this.layer.node.name} transformed`, sizes.transformed);
    const sums = new FlatTensor(`${this.layer.node.name} sums`, sizes.sums);
    const tiles = sizes.transformed + sizes.sums;
    return [
      {
        ...common,
        algorithm: `${name}, inputs`,
        reads: [this.input],
        writes: [transformed],
        operations: 0,
        work: tiles * transformWork,
        build: (places) => {
          const { params, placed } = built(places);
          return {
            kernel: { name: 'winograd step', step: 'transformInputs', params },
            pointers: [{ tensor: this.input, offset: placed.inputOffset }, { tensor: transformed }],
          };
        },
      },
      {
        ...common,
        algorithm: isRaw ? `${name}, products in panels` : `${name}, products`,
        reads: [transformed],
        writes: [sums],
        scratch: isRaw ? panelProductsScratch(sketch) : 0,
        operations: this.operations * part,
        build: (places) => {
          const { params } = built(places);
          const pointers: Pointer[] = [{ tensor: transformed }, { constant: weights }, { tensor: sums }];
          return isRaw
            ? { kernel: { name: 'winograd panels', params }, pointers: [...pointers, { scratch: 0 }] }
            : { kernel: { name: 'winograd step', step: 'products', params }, pointers };
        },
      },
      {
        ...common,
        algorithm: `${name}, outputs`,
        reads: [sums, ...stage.operands.flatMap(({ reads }) => reads)],
        writes: [this.output],
        isPartial: stage === this.whole,
        scratch: sizes.edge,
        operations: 0,
        work: tiles * transformWork,
        build: (places) => {
          const { params, placed } = built(places);
          return {
            kernel: { name: 'winograd step', step: 'transformOutputs', params },
            pointers: [
              { tensor: sums },
              biasPointer(stage),
              { tensor: this.output, offset: placed.outputOffset },
              ...shifted(stage, placed.operandOffsets),
              { scratch: 0 },
            ],
          };
        },
      },
    ];
  }
}

/** Operations for a float that a transform moves. */
const transformWork = 8;

/** Floats that the steps of a group of phases leave for one another: what stays in the caches. */
const mostGroupFloats = 2 ** 20;

/** Phases whose steps go side by side, so that threads meet once a step and not once a step and phase. */
function phaseGroups(phases: readonly (readonly KernelDraft[])[]): (readonly KernelDraft[])[][] {
  const groups: (readonly KernelDraft[])[][] = [];
  let left = 0;
  for (const drafts of phases) {
    const between = drafts.slice(0, -1).flatMap(({ writes }) => writes);
    const floats = between.reduce((sum, tensor) => sum + (tensor.layout === 'flat' ? tensor.floats : 0), 0);
    if (groups.length === 0 || floats > left) {
      groups.push([]);
      left = mostGroupFloats;
    }
    groups.at(-1)!.push(drafts);
    left -= floats;
  }
  return groups;
}

/** Panels of a work unit: all, unless there are so few rows that threads would have nothing to share. */
function unitPanels(phase: Phase, columns: number, tile: TileSize): number {
  const panels = Math.ceil(columns / tile.columns);
  const rowUnits = phase.depth.size * Math.ceil(phase.height.size / 4);
  const isDeep = windowPlaces(phase) <= 64;
  return rowUnits >= 8 && !isDeep ? panels : Math.max(1, Math.ceil((panels * rowUnits) / 16));
}

/**
 * Whether kernels compute an epilogue while the sums are in registers. Costlier ones they read back from the output, where
 * what there was of the sum is gone by then.
 */
function isInline(tree: Elementwise | undefined): boolean {
  return tree === undefined || cost(tree) <= 3;
}

function biasPointer({ bias }: Stage): Pointer {
  return bias === undefined ? { scratch: 0 } : { constant: bias };
}

function shifted({ operands }: Stage, offsets: readonly number[]): Pointer[] {
  return operands.map(({ pointer }, i) => shift(pointer, offsets[i]!));
}

function shift(pointer: Pointer, offset: number): Pointer {
  if (offset === 0 || 'scratch' in pointer) return pointer;
  return { ...pointer, offset: (pointer.offset ?? 0) + offset };
}

function sketchView(size: Size): View {
  const pixelStride = Math.ceil(size.channels / 8) * 8;
  const rowStride = pixelStride * size.width;
  const sliceStride = rowStride * size.height;
  return { ...size, pixelStride, rowStride, sliceStride, imageStride: sliceStride * size.depth, writable: pixelStride };
}
