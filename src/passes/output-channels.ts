/** Scaling and shifting what a linear operator makes, channel by channel, inside its weights. */
import type { Inference } from '../infer/infer.js';
import { isFloat } from '../ir/element-type.js';
import type { Constant, Node, ScaledConstant, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { attributesOf, boundAs, boundTo } from '../ops/bind.js';
import { conv } from '../ops/convolution/conv.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import type { gemm } from '../ops/linear/gemm.js';

/** y' = scale·y + shift for every output channel, in float64. */
export interface ChannelAffine {
  readonly scale: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
}

/** The node's output channels, when its weights and bias are constants that can be rewritten. */
export interface LinearNode {
  readonly node: Node;
  readonly weights: Constant;
  readonly bias: Constant | undefined;
  readonly channels: number;
  readonly layout: WeightLayout;
}

/** Weights as blocks of rows, a row of output channels, a channel of elements that belong together. */
interface WeightLayout {
  readonly blocks: number;
  readonly rows: number;
  /** Output channels of a block. */
  readonly channels: number;
  readonly elements: number;
}

/**
 * Conv: weights [M, C/group, …], channel = first axis. ConvTranspose: weights [C, M/group, …]; the block of input channels
 * says the group. Gemm: B [K, N] or, transposed, [N, K]; alpha and beta must be 1. The bias must have a value a channel.
 */
export function linearNode(node: Node, editor: GraphEditor): LinearNode | string {
  const parameters = parametersOf(node);
  if (parameters === undefined) return 'it is not linear';
  const weights = editor.constant(parameters.weights);
  const bias = editor.constant(parameters.bias);
  if (weights === undefined || (bias === undefined && parameters.bias !== undefined))
    return 'its weights are not constant';
  if (!isFloat(weights.type)) return `its weights are ${weights.type}`;
  const layout = weightLayout(node, weights.dims);
  if (layout === undefined) return 'alpha and beta are not 1';
  if (bias !== undefined && elementCount(bias.dims) !== layout.blocks * layout.channels) return 'its bias is broadcast';
  return { node, weights, bias, channels: layout.blocks * layout.channels, layout };
}

function parametersOf(node: Node): { readonly weights: Value; readonly bias: Value | undefined } | undefined {
  const convolution = boundAs(conv.Conv, node) ?? boundAs(convTranspose.ConvTranspose, node);
  if (convolution !== undefined) return { weights: convolution.inputs.W, bias: convolution.inputs.B };
  const product = boundTo<typeof gemm.Gemm>('Gemm', node);
  return product && { weights: product.inputs.B, bias: product.inputs.C };
}

function weightLayout(node: Node, dims: readonly number[]): WeightLayout | undefined {
  const [first = 1, second = 1, ...kernel] = dims;
  const taps = elementCount(kernel);
  const transposed = attributesOf(convTranspose.ConvTranspose, node);
  if (transposed !== undefined) {
    const { group } = transposed;
    return { blocks: group, rows: first / group, channels: second, elements: taps };
  }
  const product = boundTo<typeof gemm.Gemm>('Gemm', node)?.attributes;
  if (product === undefined) return { blocks: 1, rows: 1, channels: first, elements: second * taps };
  if (product.alpha !== 1 || product.beta !== 1) return undefined;
  return product.transB
    ? { blocks: 1, rows: 1, channels: first, elements: second }
    : { blocks: 1, rows: first, channels: second, elements: 1 };
}

function partOf({ rows, channels, elements }: WeightLayout): Pick<ScaledConstant, 'rows' | 'channels' | 'elements'> {
  return { rows, channels, elements };
}

function scaleWeights(weights: Constant, layout: WeightLayout, scale: ArrayLike<number>): Tensor {
  const { type, dims } = weights;
  const source = numbersOf(weights.load());
  const scaled = type === 'float32' ? new Float32Array(source.length) : new Float64Array(source.length);
  const { blocks, rows, channels, elements } = layout;
  let i = 0;
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < channels; channel++) {
        const factor = scale[block * channels + channel]!;
        for (const end = i + elements; i < end; i++) scaled[i] = source[i]! * factor;
      }
    }
  }
  return tensorFromNumbers(type, dims, scaled);
}

/** The node with the affine map inside its weights and bias, making `output`. */
export function scaledNode(
  linear: LinearNode,
  { scale, shift }: ChannelAffine,
  output: Value,
  editor: GraphEditor,
): Node {
  const { node, weights, bias, channels, layout } = linear;
  const offsets = bias === undefined ? new Float64Array(channels) : numbersOf(bias.load());
  const shifted = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++)
    shifted[channel] = offsets[channel]! * scale[channel]! + shift[channel]!;
  const { type, dims, byteLength } = weights;
  const name = output.name;
  // Weights may be large: they are scaled when somebody asks for them.
  const scaled: Constant = {
    type,
    dims,
    byteLength,
    storage: 'inline',
    load: () => scaleWeights(weights, layout, scale),
    ...(weights.readInto === undefined
      ? {}
      : { scaled: { source: weights, factors: new Float64Array(scale), ...partOf(layout) } }),
  };
  return {
    ...node,
    inputs: [
      node.inputs[0],
      editor.addConstant(`${name}/weights`, scaled),
      editor.addConstant(`${name}/bias`, tensorFromNumbers(type, [channels], shifted)),
    ],
    outputs: [output],
  };
}

/**
 * A constant that gives one number to each channel (axis 1) of a tensor of `rank`: scalars, [C, 1, 1], [1, C, 1, 1].
 * @param dims of the constant as it is broadcast along the last axes (default: its own)
 */
export function perChannel(
  constant: Constant,
  channels: number,
  rank: number,
  dims = constant.dims,
): ArrayLike<number> | undefined {
  if (!isFloat(constant.type) || dims.length > rank) return undefined;
  const aligned = [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const fits = aligned.every((size, axis) => size === 1 || (axis === 1 && size === channels));
  if (!fits) return undefined;
  const values = numbersOf(constant.load());
  return values.length === 1 ? new Float64Array(channels).fill(values[0]!) : values;
}

/** The values of a constant as numbers. */
export function constantNumbers(constant: Constant | undefined): ArrayLike<number> | undefined {
  return constant === undefined ? undefined : numbersOf(constant.load() as Tensor);
}

/** The rank of a value, where inference knows it. */
export function rankOf(value: Value | undefined, inference: Inference): number | undefined {
  return value && inference.types.get(value)?.shape?.length;
}
