/** What a chain of nodes makes of each byte, by the operators' references: a table for whatever is between two quantized tensors. */
import type { Node, Value } from '../../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';
import { elementCount } from '../../ir/tensor.js';
import { bind } from '../../ops/bind.js';
import { noGraphs } from '../../ops/operator.js';
import { RandomSource } from '../../ops/random-source.js';
import type { LoweringContext } from '../context/context.js';

/**
 * @param input integers of 8 bits: the only value of the chain that is no number
 * @returns 256 bytes, or 256 float32 of an output that is floats, those of negative integers first; undefined where the nodes read
 *     anything else
 */
export function byteTable(
  context: LoweringContext,
  nodes: readonly Node[],
  input: Value,
  output: Value,
): Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | undefined {
  const lowest = (value: Value) => (context.values.elementType(value) === 'int8' ? -128 : 0);
  const all = Array.from({ length: 256 }, (_, byte) => byte + lowest(input));
  const tensors = new Map([[input, tensorFromNumbers(context.values.elementType(input)!, [1, 1, 256], all)]]);
  for (const node of nodes) {
    const inputs = node.inputs.map((value) => value && (tensors.get(value) ?? numberOf(context, value)));
    const bound = bind(node);
    if (bound === undefined || inputs.some((tensor, i) => tensor === undefined && node.inputs[i] !== undefined))
      return undefined;
    const made = bound.reference({
      inputs,
      outputCount: node.outputs.length,
      random: new RandomSource(0),
      runGraph: noGraphs,
    });
    for (const [i, value] of node.outputs.entries()) {
      const tensor = made[i];
      if (value !== undefined && tensor !== undefined) tensors.set(value, tensor);
    }
  }
  const result = tensors.get(output);
  if (result === undefined || elementCount(result.dims) !== 256) return undefined;
  if (result.type === 'float32') return Float32Array.from(numbersOf(result));
  return Uint8Array.from(numbersOf(result), (number) => number - lowest(output));
}

function numberOf(context: LoweringContext, value: Value): Tensor | undefined {
  const constant = context.values.constant(value);
  return constant !== undefined && elementCount(constant.dims) === 1 ? constant.load() : undefined;
}
