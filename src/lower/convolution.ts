/**
 * Conv and ConvTranspose: windows over the input for each output phase, then the form that is expected to be fastest
 * (convolution-cost.ts). A convolution has one phase; a transposed one has one for each remainder of output positions by
 * the strides, each a stride-1 convolution with the taps that reach it.
 */
import type { Node, Value } from '../ir/graph.js';
import type { Candidate, ConstantRecipe, WeightSource } from '../plan/execution-plan.js';
import {
  type ConvolutionParams,
  defaultTile,
  narrowTile,
  packedBiasSize,
  packedSize,
  type TileSize,
} from '../wasm/kernels/convolution.js';
import { cost } from '../wasm/kernels/elementwise-expression.js';
import { product } from '../wasm/kernels/kernel.js';
import type { KernelSpec } from '../wasm/kernels/spec.js';
import { narrowLanes, narrowScratch } from '../wasm/kernels/tile.js';
import {
  type AxisWindow,
  depthwiseParams,
  directParams,
  type LayerParams,
  placeWindows,
  reach,
  type View,
} from '../wasm/kernels/views.js';
import { panelProductsScratch } from '../wasm/kernels/winograd/panel-products.js';
import { type WinogradParams, winogradSizes, winogradWeightsSize } from '../wasm/kernels/winograd/winograd.js';
import { type Chain, epilogueOf } from './chain.js';
import type { ConvolutionForm, LoweringContext } from './context.js';
import { directCost, narrowCost, type ProductSize, winogradCost } from './convolution-cost.js';
import type { Places, Pointer } from './draft.js';
import { type InnerOperand, innerOperand, isInnerOperand } from './operands.js';
import { FlatTensor, type InnerTensor, type Size } from './tensor.js';

/** A layer, whatever the operator was. */
export interface ConvolutionLayer {
  readonly node: Node;
  readonly x: Value;
  readonly weights: Value;
  readonly bias: Value | undefined;
  readonly groups: number;
  /** Height and width windows of each phase. */
  readonly phases: readonly Phase[];
  readonly input: Size;
  readonly output: Size;
  /** Distances in the weights: of taps along the kernel's axes, of input and output channels, of groups. */
  readonly strides: WeightStrides;
  /** One spatial axis: it is taken as the height, so that threads share it. */
  readonly isLine: boolean;
}

export type Phase = readonly [height: AxisWindow, width: AxisWindow];

export interface WeightStrides {
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  readonly output: number;
  readonly group: number;
}

const winogradBlock = 24;
/** Operands of an epilogue: more pointers than that spill. */
const maxOperands = 3;

type WinogradForm = Extract<ConvolutionForm, { readonly outputs: number }>;

interface Choice {
  readonly form: ConvolutionForm;
  readonly algorithm: string;
  readonly nanoseconds: number;
}

export function lowerConvolution(context: LoweringContext, layer: ConvolutionLayer): void {
  const { tier, prefer } = context.options;
  const choices = formsOf(context, layer).sort((a, b) => a.nanoseconds - b.nanoseconds);
  const isPreferred = ({ form }: Choice) => JSON.stringify(form) === JSON.stringify(prefer);
  const { form } = choices.find(isPreferred) ?? choices[0]!;
  const candidates: Candidate[] = choices.map(({ algorithm, nanoseconds }) => ({
    algorithm,
    microseconds: Math.round(nanoseconds / 10) / 100,
  }));
  const sum = layer.node.outputs[0]!;
  const onto = context.dims(sum)!;
  const chain = epilogueOf(context, sum, {
    accepts: (_value, dims) => isInnerOperand(dims, onto, false) && layer.groups === 1,
    maxInputs: maxOperands + 1,
  });
  const epilogue = chain !== undefined && isCheaperFlat(context, chain, layer) ? undefined : chain;
  const output = epilogue?.output ?? sum;
  const operands = (epilogue?.inputs ?? []).flatMap((value) =>
    value === undefined ? [] : [innerOperand(context, value, onto)],
  );
  const input = context.inner(layer.x);
  const emitter = new Emitter(context, layer, epilogue, operands, input, context.makeInner(output), candidates);
  const tile = defaultTile[tier];
  switch (form.name) {
    case 'winograd':
    case 'winograd steps':
    case 'winograd panels':
      emitter.winograd(form, tile);
      break;
    default:
      emitter.direct(form.name, tile);
  }
}

/** A costly epilogue of few channels wastes lanes on their padding: in ONNX order, which the caller wants anyway, none. */
function isCheaperFlat(context: LoweringContext, { tree, inputs, output }: Chain, layer: ConvolutionLayer): boolean {
  return inputs.length === 1 && context.isReturned(output) && layer.output.channels <= 4 && cost(tree) >= 20;
}

function isDepthwise({ groups, input, output }: ConvolutionLayer): boolean {
  return groups > 1 && groups === input.channels && groups === output.channels;
}

/** Taps of a window that Winograd can take with these outputs: F(m, r) with m + r - 1 points, up to 6. */
function filterTaps(window: AxisWindow): number | undefined {
  const count = window.taps.length;
  if (window.inputStep !== 1 || count === 0 || count > 3) return undefined;
  return count === 1 || window.tapStep === 1 ? count : undefined;
}

function filterSize(taps: number, outputs: number): { readonly outputs: number; readonly taps: number } {
  return taps === 1 ? { outputs: 1, taps: 1 } : { outputs, taps };
}

function formsOf(context: LoweringContext, layer: ConvolutionLayer): Choice[] {
  const { tier, precision } = context.options;
  const { groups, phases, input, output } = layer;
  const tile = defaultTile[tier];
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const products = phases.map(
    ([height, width]): ProductSize => ({
      rows: output.images * height.size * width.size * groups,
      sum: height.taps.length * width.taps.length * channels,
      columns,
    }),
  );
  const outputBytes = output.images * output.height * output.width * output.channels * 4;
  const suffix = phases.length > 1 ? `, ${phases.length} phases` : '';
  const cost = { tier, tileColumns: tile.columns, products, outputBytes };
  if (isDepthwise(layer)) {
    return [{ form: { name: 'depthwise' }, algorithm: `depthwise${suffix}`, nanoseconds: directCost(cost) }];
  }
  const isPointwise = phases.every(([height, width]) => height.taps.length * width.taps.length === 1);
  const direct = isPointwise ? 'matrix product' : 'direct';
  const choices: Choice[] = [
    { form: { name: 'direct' }, algorithm: `${direct}${suffix}`, nanoseconds: directCost(cost) },
  ];
  if (groups === 1 && columns <= 4 && channels % 8 === 0) {
    choices.push({ form: { name: 'narrow' }, algorithm: `narrow${suffix}`, nanoseconds: narrowCost(cost) });
  }
  if (precision === 'strict' || groups > 1 || isPointwise) return choices;
  for (const outputs of [2, 4]) {
    if (!phases.some(([height, width]) => isTransformed(height, width, outputs))) continue;
    for (const { name, words } of winogradForms) {
      let nanoseconds = 0;
      let packedFloats = 0;
      for (const [i, [height, width]] of phases.entries()) {
        if (!isTransformed(height, width, outputs)) {
          nanoseconds += directCost({ ...cost, products: [products[i]!], outputBytes: outputBytes / phases.length });
          continue;
        }
        const taps = height.taps.length * width.taps.length;
        const [high, wide] = [filterSize(height.taps.length, outputs), filterSize(width.taps.length, outputs)];
        const tiles = output.images * Math.ceil(height.size / high.outputs) * Math.ceil(width.size / wide.outputs);
        const points = (high.outputs + high.taps - 1) * (wide.outputs + wide.taps - 1);
        packedFloats += points * channels * columns;
        const bands = name === 'winograd' ? 1 : bandsOf(points * tiles * (channels + columns), height, high.outputs);
        nanoseconds +=
          bands *
          winogradCost({
            tier,
            tileColumns: tile.columns,
            points,
            outputs: high.outputs * wide.outputs,
            tiles: Math.ceil(tiles / bands),
            channels,
            columns,
            block: name === 'winograd' ? winogradBlock : tiles,
            ...(name === 'winograd panels' ? { rawTaps: taps } : {}),
          });
      }
      if (name !== 'winograd panels' && packedFloats > mostTransformedFloats) continue;
      choices.push({ form: { name, outputs }, algorithm: `winograd F(${outputs})${words}${suffix}`, nanoseconds });
    }
  }
  return choices;
}

const winogradForms = [
  { name: 'winograd', words: '' },
  { name: 'winograd steps', words: ' in three steps' },
  { name: 'winograd panels', words: ' in panels' },
] as const;

/** Transformed weights are up to six times as large: above this many floats a layer's stay as they are. */
const mostTransformedFloats = 1.3 * 2 ** 20;

/** Floats of transformed tiles that are in memory at a time: what the last cache holds. */
const mostTileFloats = 3 * 2 ** 20;

/** Bands of rows that a layer is cut into, so that what lies between the steps stays near. */
function bandsOf(tileFloats: number, height: AxisWindow, outputs: number): number {
  return Math.min(Math.ceil(height.size / outputs), Math.ceil(tileFloats / mostTileFloats));
}

function cutBands([height, width]: Phase, count: number, outputs: number): Phase[] {
  const rows = Math.ceil(height.size / outputs);
  return Array.from({ length: count }, (_, i): Phase => {
    const [first, end] = [i, i + 1].map((band) => Math.min(height.size, Math.round((rows * band) / count) * outputs));
    const band: AxisWindow = {
      ...height,
      size: end! - first!,
      outputStart: height.outputStart + first! * height.outputStep,
      inputStart: height.inputStart + first! * height.inputStep,
    };
    return [band, width];
  });
}

/** Whether a phase is worth transforming: an axis with several taps, and some outputs. */
function isTransformed(height: AxisWindow, width: AxisWindow, outputs: number): boolean {
  const taps = [filterTaps(height), filterTaps(width)];
  if (taps[0] === undefined || taps[1] === undefined || taps[0] * taps[1] === 1) return false;
  return height.size * width.size >= outputs;
}

class Emitter {
  private readonly bias: number | undefined;
  private readonly nodes: readonly Node[];
  private readonly operations: number;

  constructor(
    private readonly context: LoweringContext,
    private readonly layer: ConvolutionLayer,
    private readonly epilogue: Chain | undefined,
    private readonly operands: readonly InnerOperand[],
    private readonly input: InnerTensor,
    private readonly output: InnerTensor,
    private readonly candidates: readonly Candidate[],
  ) {
    this.nodes = [layer.node, ...(epilogue?.nodes ?? [])];
    this.bias = this.packBias();
    const { phases, groups } = layer;
    const taps = phases.reduce(
      (sum, [height, width]) => sum + height.taps.length * width.taps.length * height.size * width.size,
      0,
    );
    this.operations = 2 * layer.output.images * taps * (layer.input.channels / groups) * layer.output.channels;
  }

  private packBias(): number | undefined {
    const { bias, groups, output } = this.layer;
    if (bias === undefined) return undefined;
    const columns = output.channels / groups;
    const isOne = groups === 1 || isDepthwise(this.layer);
    const rowColumns = isOne ? output.channels : columns;
    const stride = packedBiasSize(rowColumns, defaultTile[this.context.options.tier]);
    const floats = (isOne ? 1 : groups) * stride + 16;
    return this.context.planConstant(`rows ${bias.name} ${rowColumns} ${stride}`, floats, {
      kind: 'rows',
      value: bias.name,
      columns: rowColumns,
      stride,
    });
  }

  private layerParams(places: Places, isGrouped = true): LayerParams {
    return {
      input: this.turned(places.view(this.input)),
      output: this.turned(places.view(this.output)),
      groups: isGrouped ? this.layer.groups : 1,
      bias: this.bias !== undefined,
      ...(this.epilogue === undefined ? {} : { epilogue: this.epilogue.tree }),
      ...(this.operands.length === 0
        ? {}
        : { operands: this.operands.map((operand) => this.turned(operand.view(places))) }),
    };
  }

  /** A line upright. */
  private turned(view: View): View {
    if (!this.layer.isLine) return view;
    return { ...view, height: view.width, width: 1, rowStride: view.pixelStride };
  }

  private get biasPointer(): Pointer {
    return this.bias === undefined ? { scratch: 0 } : { constant: this.bias };
  }

  private shifted(offsets: readonly number[]): Pointer[] {
    return this.operands.map(({ pointer }, i) => shift(pointer, offsets[i]!));
  }

  private get reads() {
    return [this.input, ...this.operands.flatMap(({ reads }) => reads)];
  }

  /** The zeros that the windows reach into, and so many more behind for tiles that hang over. */
  private growHalo(phases: readonly Phase[], overhang: (window: AxisWindow) => number): void {
    const { input, isLine } = this.layer;
    const extended = (axis: 0 | 1, size: number) =>
      reach(
        phases.map((phase) => ({ ...phase[axis], size: phase[axis].size + overhang(phase[axis]) })),
        size,
      );
    if (isLine) {
      const { before, after } = extended(0, input.width);
      this.input.growHalo({ top: 0, bottom: 0, left: before, right: after });
      return;
    }
    const [high, wide] = [extended(0, input.height), extended(1, input.width)];
    this.input.growHalo({ top: high.before, bottom: high.after, left: wide.before, right: wide.after });
  }

  /** The weights of a phase and group. */
  private source([height, width]: Phase, group: number): WeightSource {
    const { strides, weights, input, output, groups } = this.layer;
    return {
      value: weights.name,
      base: group * strides.group,
      taps: height.taps.flatMap((y) => width.taps.map((x) => y * strides.row + x * strides.column)),
      channels: input.channels / groups,
      channelStride: strides.channel,
      columns: output.channels / groups,
      columnStride: strides.output,
    };
  }

  private pack(recipe: ConstantRecipe, floats: number): number {
    const { weights } = this.layer;
    return this.context.planConstant(`${weights.name} ${recipeKey(recipe)}`, floats + 16, recipe);
  }

  /** Direct forms: the phases in turns. */
  direct(form: 'direct' | 'narrow' | 'depthwise', tile: TileSize, phases = this.layer.phases, part = 1): void {
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
    const sizes = phases.map(([height, width]) => {
      const taps = height.taps.length * width.taps.length;
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
      const layer = this.layerParams(places, form !== 'depthwise');
      const placed = phases.map(([height, width]) => {
        const unit = { rows: 4, panels: unitPanels(height, width, columns, used) };
        return form === 'depthwise'
          ? depthwiseParams(layer, height, width, tile, unit)
          : directParams(layer, height, width, used, unit);
      });
      const kernels = placed.map(({ params }): KernelSpec => {
        const whole: ConvolutionParams = form === 'narrow' ? { ...params, form: 'narrow' } : params;
        return { name: 'convolution', params: whole };
      });
      const scratch = form === 'narrow' ? [{ scratch: 0 }] : [];
      const pointersOf = (i: number): Pointer[] => [
        { tensor: this.input, offset: placed[i]!.inputOffset },
        { constant: weights, offset: starts[i]! },
        this.biasPointer,
        { tensor: this.output, offset: placed[i]!.outputOffset },
        ...this.shifted(placed[i]!.operandOffsets),
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
        this.biasPointer,
        { tensor: this.output },
        ...this.shifted(this.operands.map(() => 0)),
        ...scratch,
      ];
      return { kernel: spec, pointers };
    };
    this.context.add({
      kind: 'kernel',
      algorithm: this.name(form, phases),
      nodes: this.nodes,
      reads: this.reads,
      writes: [this.output],
      isPartial: true,
      scratch: narrowScratch,
      operations: this.operations * part,
      candidates: this.candidates,
      build,
    });
  }

  private name(form: string, phases: readonly Phase[]): string {
    const isPointwise = phases.every(([height, width]) => height.taps.length * width.taps.length === 1);
    const name = form === 'direct' && isPointwise ? 'matrix product' : form;
    return phases.length > 1 ? `${name}, ${phases.length} phases` : name;
  }

  /** Each phase that has the taps by Winograd, the others together and direct. */
  winograd({ name, outputs }: WinogradForm, tile: TileSize): void {
    const isFit = ([height, width]: Phase) => isTransformed(height, width, outputs);
    const transformed = this.layer.phases.filter(isFit);
    const rest = this.layer.phases.filter((phase) => !isFit(phase));
    const share = 1 / this.layer.phases.length;
    for (const phase of transformed) {
      const bands = name === 'winograd' ? [phase] : this.bands(phase, outputs);
      for (const band of bands) this.winogradPhase(band, outputs, name, tile, (share * band[0].size) / phase[0].size);
    }
    if (rest.length > 0) this.direct('direct', tile, rest, rest.length * share);
  }

  private bands(phase: Phase, outputs: number): Phase[] {
    const { input, output } = this.layer;
    const [high, wide] = phase.map((window) => filterSize(window.taps.length, outputs));
    const tiles = output.images * Math.ceil(phase[0].size / high!.outputs) * Math.ceil(phase[1].size / wide!.outputs);
    const points = (high!.outputs + high!.taps - 1) * (wide!.outputs + wide!.taps - 1);
    const count = bandsOf(points * tiles * (input.channels + output.channels), phase[0], high!.outputs);
    return cutBands(phase, count, high!.outputs);
  }

  private winogradPhase(phase: Phase, outputs: number, form: WinogradForm['name'], tile: TileSize, part: number): void {
    const [height, width] = phase;
    const filter = {
      height: filterSize(height.taps.length, outputs),
      width: filterSize(width.taps.length, outputs),
    };
    const step = (window: AxisWindow) => (window.taps.length === 1 ? 1 : outputs);
    this.growHalo([phase], (window) => Math.ceil(window.size / step(window)) * step(window) - window.size);
    const { input, output } = this.layer;
    const paramsOf = (layer: LayerParams): { params: WinogradParams; placed: ReturnType<typeof placeWindows> } => {
      const placed = placeWindows(layer, height, width);
      return {
        placed,
        params: {
          ...placed.params,
          filter,
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
    const sketch = paramsOf(this.layerParams({ view: (tensor) => sketchView((tensor as InnerTensor).size) })).params;
    const pieces = [this.source(phase, 0)];
    const isRaw = form === 'winograd panels';
    const taps = filter.height.taps * filter.width.taps;
    const weights = isRaw
      ? this.pack(
          { kind: 'panels', tileColumns: tile.columns, pieces },
          packedSize(taps * input.channels, output.channels, tile),
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
    const name = `winograd F(${filter.height.outputs}x${filter.width.outputs}, ${filter.height.taps}x${filter.width.taps})`;
    const common = { kind: 'kernel', nodes: this.nodes, candidates: this.candidates } as const;
    const built = (places: Places) => paramsOf(this.layerParams(places));
    if (form === 'winograd') {
      this.context.add({
        ...common,
        algorithm: name,
        reads: this.reads,
        writes: [this.output],
        isPartial: true,
        scratch: winogradSizes(sketch).scratch,
        operations: this.operations * part,
        build: (places) => {
          const { params, placed } = built(places);
          return {
            kernel: { name: 'winograd', params },
            pointers: [
              { tensor: this.input, offset: placed.inputOffset },
              { constant: weights },
              this.biasPointer,
              { tensor: this.output, offset: placed.outputOffset },
              ...this.shifted(placed.operandOffsets),
              { scratch: 0 },
            ],
          };
        },
      });
      return;
    }
    const sizes = winogradSizes(sketch);
    const transformed = new FlatTensor(`${this.layer.node.name} transformed`, sizes.transformed);
    const sums = new FlatTensor(`${this.layer.node.name} sums`, sizes.sums);
    const tiles = sizes.transformed + sizes.sums;
    this.context.add({
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
    });
    this.context.add({
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
    });
    this.context.add({
      ...common,
      algorithm: `${name}, outputs`,
      reads: [sums, ...this.operands.flatMap(({ reads }) => reads)],
      writes: [this.output],
      isPartial: true,
      scratch: sizes.edge,
      operations: 0,
      work: tiles * transformWork,
      build: (places) => {
        const { params, placed } = built(places);
        return {
          kernel: { name: 'winograd step', step: 'transformOutputs', params },
          pointers: [
            { tensor: sums },
            this.biasPointer,
            { tensor: this.output, offset: placed.outputOffset },
            ...this.shifted(placed.operandOffsets),
            { scratch: 0 },
          ],
        };
      },
    });
  }
}

/** Operations for a float that a transform moves. */
const transformWork = 8;

/** Panels of a work unit: all, unless there are so few rows that threads would have nothing to share. */
function unitPanels(height: AxisWindow, width: AxisWindow, columns: number, tile: TileSize): number {
  const panels = Math.ceil(columns / tile.columns);
  const rowUnits = Math.ceil(height.size / 4);
  const isDeep = height.size * width.size <= 64;
  return rowUnits >= 8 && !isDeep ? panels : Math.max(1, Math.ceil((panels * rowUnits) / 16));
}

function shift(pointer: Pointer, offset: number): Pointer {
  if (offset === 0 || 'scratch' in pointer) return pointer;
  return { ...pointer, offset: (pointer.offset ?? 0) + offset };
}

function sketchView(size: Size): View {
  const pixelStride = Math.ceil(size.channels / 8) * 8;
  const rowStride = pixelStride * size.width;
  return { ...size, pixelStride, rowStride, imageStride: rowStride * size.height, writable: pixelStride };
}

/** Short words for what makes packed weights differ. */
function recipeKey(recipe: ConstantRecipe): string {
  return JSON.stringify(recipe);
}

export function phasesOf(high: readonly AxisWindow[], wide: readonly AxisWindow[]): Phase[] {
  return high.flatMap((height) => wide.map((width): Phase => [height, width]));
}

export function weightStrides(w: readonly number[], groups: number, isTransposed: boolean): WeightStrides {
  const [first, second, ...kernel] = w as [number, number, ...number[]];
  const size = product(kernel);
  const inner = second * size;
  return {
    row: kernel.length === 1 ? 1 : kernel.at(-1)!,
    column: 1,
    channel: isTransposed ? inner : size,
    output: isTransposed ? size : inner,
    group: (first / groups) * inner,
  };
}
