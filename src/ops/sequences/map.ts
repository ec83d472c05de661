/** SequenceMap: runs a subgraph on each tensor of a sequence, and collects what it returns. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Graph } from '../../ir/graph.js';
import { TensorSequence } from '../../ir/sequence.js';
import { sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import type { PacedRun } from '../../limits/steps.js';
import { tensorAt } from '../arguments.js';
import { graph } from '../attributes.js';
import { checkCounts, declaredElement } from '../control/subgraph.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family, type ReferenceContext } from '../operator.js';
import { sequence, variadic } from '../signature.js';
import { classicTypes } from '../type-set.js';
import { oneOf, sequenceAt, sequenceTypeAt } from './types.js';

interface MapAttributes {
  readonly body: Graph;
}

const lengthsDiffer = defineProblem(
  'US1211',
  { input: 'integer', length: 'integer', expected: 'integer' },
  ({ input, length, expected }) => ({
    message: `the sequences have different lengths: input ${input} has another one than the first`,
    expected: `${expected} tensors, as the first`,
    actual: String(length),
  }),
);

function inferMap(context: InferContext<MapAttributes>): readonly TensorType[] {
  const { body } = context.attributes;
  checkCounts(body, 'the body', context.inputs.length, context.outputCount);
  const { length } = sequenceTypeAt(context, 0);
  for (const [input, type] of context.inputs.entries()) {
    const own = type?.sequence?.length;
    if (typeof own === 'number' && typeof length === 'number' && own !== length)
      fail(lengthsDiffer({ input, length: own, expected: length }));
  }
  const given = context.inputs.map((type, i) => ({
    type: i === 0 || type?.sequence !== undefined ? oneOf(context, sequenceTypeAt(context, i)) : type,
  }));
  const results = context.inferGraph(body, given, { mayNotRun: length === 0 });
  return results.map(({ type = tensorType(undefined, undefined) }) => sequenceOf({ element: type, length }));
}

function* runMap(context: ReferenceContext<MapAttributes>): PacedRun<readonly Tensor[]> {
  const { body } = context.attributes;
  checkCounts(body, 'the body', context.inputs.length, context.outputCount);
  const inputs = context.inputs.map((_, i) => (i === 0 ? sequenceAt(context, i) : tensorAt(context, i)));
  const { length } = sequenceAt(context, 0).tensors;
  for (const [input, value] of inputs.entries()) {
    if (value instanceof TensorSequence && value.tensors.length !== length)
      fail(lengthsDiffer({ input, length: value.tensors.length, expected: length }));
  }
  const collected = body.outputs.map((): Tensor[] => []);
  for (let i = 0; i < length; i++) {
    const given = inputs.map((value) => (value instanceof TensorSequence ? value.tensors[i] : value));
    const outputs = yield* context.runGraph(body, given as Tensor[]);
    context.live?.requireAll(outputs);
    for (const [place, output] of outputs.entries()) {
      collected[place]?.push(output);
      context.live?.hold(output);
    }
  }
  for (const output of collected.flat()) context.live?.release(output);
  return collected.map((tensors, place) => {
    const output = body.outputs[place];
    const type = tensors[0]?.type ?? (output && declaredElement(output).type) ?? 'float32';
    return new TensorSequence(type, tensors);
  });
}

export const sequenceMaps = family(
  defineOperator({
    name: 'SequenceMap',
    versions: [17],
    inputs: [
      sequence('input_sequence', 'S'),
      variadic('additional_inputs', 'V', { least: 0, isMixed: true }).orSequence(17),
    ],
    outputs: [variadic('out_sequence', 'S', { isMixed: true }).ofSequences()],
    types: { S: classicTypes, V: classicTypes },
    attributes: { body: graph().required() },
    infer: inferMap,
    reference: runMap,
  }),
);
