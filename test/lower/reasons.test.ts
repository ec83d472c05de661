/** The plan says of each node that its reference runs one cause, and the one that is there. */
import { expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { lower } from '../../src/lower/lower.js';
import type { NodeProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes, nodeProto, tensorTypeProto, type Values } from '../support/model.js';

function reasonOf(node: NodeProtoLike, inputs: Values): string | undefined {
  const { graph } = readModel(modelBytes({ inputs, nodes: [node], outputs: { y: undefined } })).model;
  const { steps } = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
  return steps.find((step) => step.kind === 'reference')?.reason;
}

const int64 = (...dims: number[]) => tensorTypeProto(dims, 'int64');

it.each<readonly [reason: string | undefined, node: NodeProtoLike, inputs: Values]>([
  ['shapes that only running shows', nodeProto('Relu', 'x', 'y'), { x: [1, null] }],
  ['a value without elements', nodeProto('Relu', 'x', 'y'), { x: [1, 0] }],
  [undefined, nodeProto('Abs', 'x', 'y'), { x: int64(2, 2) }],
  [undefined, nodeProto('Transpose', 'x', 'y'), { x: int64(2, 3) }],
  ['values of int64', nodeProto('ReduceL2', 'x', 'y'), { x: int64(2, 2) }],
  [undefined, nodeProto('Pow', 'x x', 'y'), { x: int64(2, 2) }],
  [undefined, nodeProto('ReduceMax', 'x', 'y'), { x: tensorTypeProto([2, 3], 'uint8') }],
  ['values of float64', nodeProto('Relu', 'x', 'y'), { x: tensorTypeProto([2], 'float64') }],
  [undefined, nodeProto('Gather', 'x i', 'y'), { x: [2, 3], i: int64(1) }],
  [undefined, nodeProto('ReduceSum', 'x', 'y', { noop_with_empty_axes: 1 }), { x: [2, 3] }],
  [undefined, nodeProto('Clip', 'x low', 'y'), { x: [2], low: [] }],
  [
    'inputs that no loop takes',
    nodeProto('DequantizeLinear', 'x s', 'y'),
    { x: tensorTypeProto([2, 3], 'uint8'), s: [3] },
  ],
  [undefined, nodeProto('Mod', 'x x', 'y', { fmod: 1 }), { x: [2] }],
  ['training', nodeProto('Dropout', 'x _ t', 'y'), { x: [2], t: tensorTypeProto([], 'bool') }],
  [undefined, nodeProto('Conv', 'x w', 'y'), { x: [1, 1, 4, 4], w: [1, 1, 3, 3] }],
  ['a C that is a column', nodeProto('Gemm', 'a b c', 'y'), { a: [2, 3], b: [3, 4], c: [2, 1] }],
  ['random numbers', nodeProto('Bernoulli', 'x', 'y'), { x: [2, 2] }],
  ['sequences or optional values', nodeProto('SequenceConstruct', 'x x', 'y'), { x: [2, 2] }],
  ['an operator without a kernel', nodeProto('NonMaxSuppression', 'b s', 'y'), { b: [1, 2, 4], s: [1, 1, 2] }],
  [undefined, nodeProto('Relu', 'x', 'y'), { x: [2, 2] }],
])('%s', (reason, node, inputs) => {
  const found = reasonOf(node, inputs);
  // Float64 has a sentence of its own, as there is an option for it.
  if (reason === 'values of float64') expect(found).toContain("the precision 'fast'");
  else expect(found).toBe(reason);
});
