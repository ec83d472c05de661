/** What every algorithm of a convolution needs to make its steps: partial sums, parameters, halos, weights. */
import type { Node } from '../../ir/graph.js';
import type { AlgorithmCost, ConstantRecipe, WeightSource } from '../../plan/execution-plan.js';
import { defaultTile, packedBiasSize } from '../../wasm/kernels/convolution.js';
import { binary, type Elementwise, input, replaceInputs } from '../../wasm/kernels/elementwise-expression.js';
import { readableAfter, type View } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import type { Nhwc8Tensor, RowMajorTensor } from '../context/tensor.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import type { Chain } from '../elementwise/chain.js';
import type { Nhwc8Operand } from '../elementwise/operands.js';
import { computedWeights } from './computed-part.js';
import { type AxisWindow, haloOf, type LayerParams, termCount } from './geometry.js';
import { type ConvolutionLayer, tapOffsets } from './layer.js';
import { isDepthwise } from './select.js';
import type { Subconvolution } from './windows.js';

/**
 * What a step does to the sums of its windows. Where a layer is summed in several steps, each leaves a part of the sum in the
 * output.
 */
export interface PartialSum {
  /** What sums begin with: a constant of the plan, or a row that is packed in the run. */
  readonly bias: number | RowMajorTensor | undefined;
  readonly tree: Elementwise | undefined;
  readonly operands: readonly Nhwc8Operand[];
}

/** One layer on its way to steps, whatever the algorithm. */
export class ConvolutionSteps {
  readonly nodes: readonly Node[];
  readonly operations: number;
  readonly whole: PartialSum;

  constructor(
    readonly context: LoweringContext,
    readonly layer: ConvolutionLayer,
    epilogue: Chain | undefined,
    operands: readonly Nhwc8Operand[],
    readonly input: Nhwc8Tensor,
    readonly output: Nhwc8Tensor,
    readonly algorithmCosts: readonly AlgorithmCost[],
    /** The output in ONNX order, where units bring it there; it is nowhere else then. */
    readonly ordered?: RowMajorTensor,
  ) {
    this.nodes = [...(layer.absorbed ?? []), layer.node, ...(epilogue?.nodes ?? [])];
    const { subconvolutions, groups } = layer;
    this.whole = { bias: this.packBias(), tree: epilogue?.tree, operands };
    this.operations =
      2 * layer.output.images * termCount(subconvolutions) * (layer.input.channels / groups) * layer.output.channels;
  }

  private packBias(): number | RowMajorTensor | undefined {
    const { bias, groups, output } = this.layer;
    if (bias === undefined) return undefined;
    const columns = output.channels / groups;
    const isOne = groups === 1 || isDepthwise(this.layer);
    const rowColumns = isOne ? output.channels : columns;
    if (this.context.values.constant(bias) === undefined) {
      return computedWeights.value.packComputedBias(
        this,
        rowColumns,
        isOne ? 1 : groups,
        defaultTile[this.context.options.tier],
      );
    }
    const stride = packedBiasSize(rowColumns, defaultTile[this.context.options.tier]);
    return this.context.constants.rows(bias, rowColumns, stride, isOne ? (this.layer.biasRows ?? 1) : groups);
  }

  /** The share of some subconvolutions, or of parts of them, in the multiplications of the layer. */
  shareOf(subconvolutions: readonly Subconvolution[]): number {
    return termCount(subconvolutions) / Math.max(1, termCount(this.layer.subconvolutions));
  }

  /** The first part of a sum begins with the bias, the last one ends with the epilogue; all but the first add to the output. */
  partialSum(isFirst: boolean, isLast: boolean): PartialSum {
    if (isFirst && isLast) return this.whole;
    if (isFirst) return { bias: this.whole.bias, tree: undefined, operands: [] };
    const soFar: Nhwc8Operand = {
      reads: [this.output],
      pointer: { tensor: this.output },
      view: (placement) => placement.view(this.output),
      isBroadcast: false,
    };
    const sum = binary('add', input(0), input(1));
    const { tree, operands } = this.whole;
    if (!isLast) return { bias: undefined, tree: sum, operands: [soFar] };
    return {
      bias: undefined,
      tree: tree === undefined ? sum : replaceInputs(tree, (index) => (index === 0 ? sum : input(index + 1))),
      operands: [soFar, ...operands],
    };
  }

  layerParams(placement: TensorPlacement, { bias, tree, operands }: PartialSum, isGrouped = true): LayerParams {
    return {
      input: this.turned(placement.view(this.input)),
      output: this.turned(placement.view(this.output)),
      groups: isGrouped ? this.layer.groups : 1,
      bias: bias !== undefined,
      ...(tree === undefined ? {} : { epilogue: tree }),
      ...(operands.length === 0 ? {} : { operands: operands.map((operand) => this.turned(operand.view(placement))) }),
    };
  }

  /** A view of a line, its width taken as the height. */
  private turned(view: View): View {
    if (!this.layer.isLine) return view;
    return { ...view, height: view.width, width: 1, rowStride: view.pixelStride };
  }

  reads({ operands, bias }: PartialSum) {
    return [this.input, ...(typeof bias === 'object' ? [bias] : []), ...operands.flatMap(({ reads }) => reads)];
  }

  /**
   * Gives the input the halo that the windows read.
   * @param overhang further outputs along an axis of the plane, which the last tile computes and drops
   */
  growHalo(subconvolutions: readonly Subconvolution[], overhang: (window: AxisWindow) => number): void {
    const { input, isLine } = this.layer;
    const extended = (axis: 'height' | 'width', size: number) =>
      haloOf(
        subconvolutions.map((subconvolution) => ({
          ...subconvolution[axis],
          size: subconvolution[axis].size + overhang(subconvolution[axis]),
        })),
        size,
      );
    if (isLine) {
      const { before, after } = extended('height', input.width);
      this.input.growHalo({ top: 0, bottom: 0, left: before, right: after });
      return;
    }
    const [high, wide] = [extended('height', input.height), extended('width', input.width)];
    const deep = haloOf(
      subconvolutions.map(({ depth }) => depth),
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

  /** The weights of a subconvolution and group. */
  source(subconvolution: Subconvolution, group: number): WeightSource {
    const { strides, weights, input, output, groups } = this.layer;
    return {
      value: weights.name,
      base: group * strides.group,
      taps: tapOffsets(subconvolution, strides),
      channels: input.channels / groups,
      channelStride: strides.channel,
      columns: output.channels / groups,
      columnStride: strides.output,
    };
  }

  /** Floats before the biases of a subconvolution. */
  biasOffset({ height, width }: Subconvolution): number {
    const row = (height.biasRow ?? 0) + (width.biasRow ?? 0);
    return row * packedBiasSize(this.layer.output.channels, defaultTile[this.context.options.tier]);
  }

  pack(recipe: ConstantRecipe, floats: number): number {
    return this.context.constants.add(floats + readableAfter, recipe);
  }
}

export function biasPointer({ bias }: PartialSum, offset = 0): Pointer {
  if (bias === undefined) return { scratch: 0 };
  return shift(typeof bias === 'number' ? { constant: bias } : { tensor: bias }, offset);
}

export function shifted({ operands }: PartialSum, offsets: readonly number[]): Pointer[] {
  return operands.map(({ pointer }, i) => shift(pointer, offsets[i]!));
}

function shift(pointer: Pointer, offset: number): Pointer {
  if (offset === 0 || 'scratch' in pointer) return pointer;
  return { ...pointer, offset: (pointer.offset ?? 0) + offset };
}
