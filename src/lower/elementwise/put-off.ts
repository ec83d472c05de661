/** DequantizeLinear nodes that are computed only where their readers do not take what they read. */
import type { Node } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { dequantizeLinearSchema } from '../../ops/quantization/schemas.js';
import { input } from '../../wasm/kernels/elementwise-expression.js';
import { isByteTensor } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { isChained } from './chain.js';
import { addElementwise } from './loops.js';
import { quantizationTree } from './quantize.js';

/** Has the node computed only where its readers do not take what it reads. */
export function putOff(context: LoweringContext, node: Node): undefined {
  context.done.add(node);
  context.tensors.makeLater(node.outputs[0]!, () => {
    const inputs = node.inputs.slice(0, 1).map((value) => value!);
    const tree = quantizationTree(context, node, context.values.dims(inputs[0])!.length, () => input(0));
    addElementwise(context, { nodes: [node], tree: tree!, inputs, output: node.outputs[0]! });
  });
}

/** Puts off a DequantizeLinear of bytes that all of its readers, which are elementwise, do: bytes are a quarter of floats. @returns whether it has */
export function isLeftToReaders(context: LoweringContext, node: Node): boolean {
  const { x, x_scale: scale, x_zero_point: zero } = boundAs(dequantizeLinearSchema, node)?.inputs ?? {};
  const [output] = node.outputs;
  if (x === undefined || output === undefined || !isByteTensor(context, x) || context.uses.isReturned(output))
    return false;
  if ([scale, zero].some((value) => value !== undefined && context.values.vector(value)?.length !== 1)) return false;
  const readers = context.uses.readers(output);
  const isLeft = context.tensors.isOnlyBytes(x) && readers.length > 0 && readers.every(isChained);
  if (isLeft) putOff(context, node);
  return isLeft;
}
