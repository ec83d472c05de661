/**
 * A ConvTranspose between DequantizeLinear and QuantizeLinear as one of integers. ONNX has no operator for that, but its parts:
 * what it reads are the integers less their zero points, so its sums are integers, and they are scaled as QLinearConv scales its
 * own, by one product.
 */
import { emptyMetadata, type Node, Value } from '../ir/graph.js';
import { type GraphEditor, intAttribute, nodeInPlace } from '../ir/graph-editor.js';
import { numbersOf } from '../ir/numeric.js';
import { elementCount, float32 } from '../ir/tensor.js';
import { boundAs } from '../ops/bind.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import { requantizationFactor } from '../ops/quantization/quantized-storage.js';
import { type QuantizedConstant, type QuantizedTensor, zeroPointOf } from './quantization.js';

/** From here on QuantizeLinear takes a zero point of any of its types. */
const quantizeSince = 13;

/** Float32 has all integers up to here. */
const mostExact = 2 ** 24;

/** What the layer reads and makes. */
export interface QuantizedLayer {
  readonly layer: Node;
  readonly x: QuantizedTensor;
  /** Scales along its second axis if there are several. */
  readonly w: QuantizedConstant;
  /** In steps of the products. */
  readonly bias: QuantizedConstant | undefined;
  readonly result: QuantizedTensor;
}

/**
 * The nodes that make `sum`, integers, in place of the layer and of the QuantizeLinear after it.
 * @returns undefined where float32 has not all of them
 */
export function integerConvTranspose(
  { layer, x, w, bias, result }: QuantizedLayer,
  sum: Value,
  editor: GraphEditor,
): readonly Node[] | undefined {
  const bound = boundAs(convTranspose.ConvTranspose, layer);
  const { length: count } = w.scales;
  if (bound === undefined || (count > 1 && bound.attributes.group !== 1)) return undefined;
  const biases = bias && numbersOf(bias.content.load());
  if (biases !== undefined && Array.from(biases).some((number) => Math.abs(number) > mostExact)) return undefined;
  const { name } = result.integers;
  const constant = (what: string, dims: readonly number[], numbers: ArrayLike<number>) =>
    editor.addConstant(`${name}/${what}`, float32(dims, Float32Array.from(numbers)));
  const made = (what: string) => new Value(`${name}/${what}`);
  const node = (opType: string, since: number, inputs: readonly (Value | undefined)[], output: Value): Node => ({
    ...nodeInPlace(layer, opType, since, inputs),
    name: '',
    outputs: [output],
    metadata: emptyMetadata,
  });
  const one = constant('one', [], [1]);
  const [integers, weights, sums, scaled] = [made('input'), made('weights'), made('sums'), made('scaled')] as const;
  const zeroDims = w.zeroPoint === undefined ? [] : editor.constant(w.zeroPoint)!.dims;
  const ones = zeroDims.length === 0 ? one : constant('ones', zeroDims, new Array(elementCount(zeroDims)).fill(1));
  const factors = Array.from(w.scales, (scale) => requantizationFactor(x.scaleNumber, scale, result.scaleNumber));
  const trailing = new Array<number>(w.content.dims.length - 2).fill(1);
  return [
    node('DequantizeLinear', quantizeSince, [x.integers, one, x.zeroPoint], integers),
    {
      ...node('DequantizeLinear', quantizeSince, [w.integers, ones, w.zeroPoint], weights),
      attributes: new Map([['axis', intAttribute(1)]]),
    },
    {
      ...layer,
      inputs: [integers, weights, ...(biases === undefined ? [] : [constant('bias', [biases.length], biases)])],
      outputs: [sums],
    },
    node('Mul', 13, [sums, constant('factors', count === 1 ? [] : [count, ...trailing], factors)], scaled),
    node('QuantizeLinear', quantizeSince, [scaled, one, zeroPointOf(result, result.type, editor)], sum),
  ];
}
