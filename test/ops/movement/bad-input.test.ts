/** Whatever lists a model holds, a movement operator computes or says what is wrong; nothing else is thrown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError, ProblemError } from '../../../src/diagnostics.js';
import { isInteger } from '../../../src/ir/element-type.js';
import { emptyMetadata, Value } from '../../../src/ir/graph.js';
import { int64, type Tensor, type TensorData } from '../../../src/ir/tensor.js';
import { noGraphs } from '../../../src/ops/operator.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { findOperator } from '../../../src/ops/registry.js';
import { counting } from '../../support/coordinates.js';
import { type AttributeInput, attributeOf, runOperator } from '../../support/run-operator.js';
import { tensor } from '../../support/tensors.js';

const cases: readonly { readonly op: string; readonly lists: number; readonly attributes: readonly string[] }[] = [
  { op: 'Reshape', lists: 1, attributes: ['allowzero'] },
  { op: 'Flatten', lists: 0, attributes: ['axis'] },
  { op: 'Squeeze', lists: 1, attributes: [] },
  { op: 'Unsqueeze', lists: 1, attributes: [] },
  { op: 'Transpose', lists: 0, attributes: ['perm'] },
  { op: 'Expand', lists: 1, attributes: [] },
  { op: 'Tile', lists: 1, attributes: [] },
  { op: 'Slice', lists: 4, attributes: [] },
  { op: 'Split', lists: 1, attributes: ['axis', 'num_outputs'] },
  { op: 'Pad', lists: 1, attributes: ['mode'] },
  { op: 'Shape', lists: 0, attributes: ['start', 'end'] },
  { op: 'DepthToSpace', lists: 0, attributes: ['blocksize'] },
  { op: 'SpaceToDepth', lists: 0, attributes: ['blocksize'] },
  { op: 'CenterCropPad', lists: 1, attributes: ['axes'] },
  { op: 'ReverseSequence', lists: 1, attributes: ['batch_axis'] },
  { op: 'Crop', lists: 0, attributes: ['border', 'scale'] },
];

const integer = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt(-4n, 4n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 40n, -(2n ** 40n), 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n) },
);
const integers = fc.array(integer, { maxLength: 4 });
const dims = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });

const list: fc.Arbitrary<Tensor | undefined> = fc.oneof(
  { weight: 12, arbitrary: integers.map((values) => int64([values.length], values)) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, int64([], [1]), int64([1, 1], [1])) },
  { weight: 1, arbitrary: fc.constantFrom(tensor('float32', [0.5]), tensor('string', ['a']), tensor('int32', [1])) },
);

function attribute(name: string): fc.Arbitrary<AttributeInput> {
  if (name === 'mode') return fc.constantFrom('constant', 'reflect', 'edge', 'wrap');
  const isList = ['perm', 'axes', 'border', 'scale'].includes(name);
  return (isList ? integers : integer).map((value) =>
    typeof value === 'bigint' ? { kind: 'int', value } : { kind: 'ints', value },
  );
}

interface Drawn {
  readonly sizes: readonly number[];
  readonly lists: readonly (Tensor | undefined)[];
  readonly given: readonly (AttributeInput | undefined)[];
  readonly outputs: number;
}

function drawn(test: (typeof cases)[number]): fc.Arbitrary<Drawn> {
  return fc.record({
    sizes: dims,
    lists: fc.tuple(...Array.from({ length: test.lists }, () => list)),
    given: fc.tuple(...test.attributes.map((name) => fc.option(attribute(name), { nil: undefined }))),
    outputs: test.op === 'Split' ? fc.integer({ min: 1, max: 3 }) : fc.constant(1),
  });
}

function attributesOf(names: readonly string[], given: Drawn['given']): Record<string, AttributeInput> {
  return Object.fromEntries(names.flatMap((name, i) => (given[i] === undefined ? [] : [[name, given[i]] as const])));
}

describe('lists of any integers', () => {
  it.each(cases)('$op', (test) => {
    fc.assert(
      fc.property(drawn(test), ({ sizes, lists, given, outputs }) => {
        const attributes = attributesOf(test.attributes, given);
        const opset = test.op === 'Crop' ? 9 : 22;
        try {
          runOperator({ op: test.op, opset, inputs: [counting(sizes), ...lists], attributes, outputs });
        } catch (error) {
          expect(error).toBeInstanceOf(ModelError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(cases)('$op, where inference has seen types and no sizes', (test) => {
    fc.assert(
      fc.property(drawn(test), ({ sizes, lists, given, outputs }) => {
        fc.pre(lists.every((item) => item === undefined || isInteger(item.type)));
        const inputs = [counting(sizes) as Tensor<TensorData>, ...lists];
        const node = {
          name: 'node',
          domain: '',
          opType: test.op,
          opset: test.op === 'Crop' ? 9 : 22,
          inputs: inputs.map((_, i) => new Value(`x${i}`)),
          outputs: Array.from({ length: outputs }, (_, i) => new Value(`y${i}`)),
          attributes: new Map(
            Object.entries(attributesOf(test.attributes, given)).map(([name, value]) => [name, attributeOf(value)]),
          ),
          metadata: emptyMetadata,
          index: 0,
        };
        try {
          const context = { inputs, outputCount: outputs, random: new RandomSource(0), runGraph: noGraphs };
          findOperator(node)!.bind(node).reference(context);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
