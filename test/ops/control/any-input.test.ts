/** Whatever goes into operators of creation, indexing and control: there are types, results or problems, never a crash. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/diagnostics.js';
import { infer } from '../../../src/infer/infer.js';
import { type Dim, symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { type Attribute, constantFromTensor, emptyMetadata, type Graph, Value } from '../../../src/ir/graph.js';
import { elementCount, type Tensor } from '../../../src/ir/tensor.js';
import { branching } from '../../../src/ops/control/if.js';
import { loops } from '../../../src/ops/control/loop.js';
import { scans } from '../../../src/ops/control/scan.js';
import { constants } from '../../../src/ops/creation/constant.js';
import { constantOfShape } from '../../../src/ops/creation/constant-of-shape.js';
import { dropout } from '../../../src/ops/creation/dropout.js';
import { eyeLike } from '../../../src/ops/creation/eye-like.js';
import { randomTensors } from '../../../src/ops/creation/random.js';
import { range } from '../../../src/ops/creation/range.js';
import { sampling } from '../../../src/ops/creation/sampling.js';
import { col2ims } from '../../../src/ops/indexing/col2im.js';
import { compressing } from '../../../src/ops/indexing/compress.js';
import { elementIndexing } from '../../../src/ops/indexing/elements.js';
import { gathering } from '../../../src/ops/indexing/gather.js';
import { nonZero } from '../../../src/ops/indexing/non-zero.js';
import { oneHot } from '../../../src/ops/indexing/one-hot.js';
import { topKs } from '../../../src/ops/indexing/top-k.js';
import { triangles } from '../../../src/ops/indexing/trilu.js';
import { tupleIndexing } from '../../../src/ops/indexing/tuples.js';
import { uniques } from '../../../src/ops/indexing/unique.js';
import type { Operator } from '../../../src/ops/operator.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../../support/graph.js';
import { tensor } from '../../support/tensors.js';

const operators: readonly Operator[] = [
  branching,
  col2ims,
  compressing,
  constantOfShape,
  constants,
  dropout,
  elementIndexing,
  eyeLike,
  gathering,
  loops,
  nonZero,
  oneHot,
  randomTensors,
  range,
  sampling,
  scans,
  topKs,
  triangles,
  tupleIndexing,
  uniques,
].flat();

/** A body of any use: hands on its inputs. */
function identityGraph(count: number): Graph {
  const builder = new GraphBuilder();
  const inputs = Array.from({ length: count }, (_, i) => builder.input(`in${i}`, undefined));
  return builder.graph(...inputs.map((input) => builder.add('Identity', [input])));
}

const elementTypes: readonly ElementType[] = ['float32', 'int64', 'int32', 'bool', 'string', 'float16', 'uint8'];
const elementType = fc.constantFrom(...elementTypes);
const size = fc.constantFrom<Dim>(0, 1, 2, 3, symbol('N'), symbol('H'), 2 ** 40);
const shape = fc.option(fc.array(size, { maxLength: 4 }), { nil: undefined });
const smallDims = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });

/** Mostly small, at times more than anything can have or count. */
const element = fc.oneof(
  { weight: 9, arbitrary: fc.bigInt({ min: -2n, max: 4n }) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 40n, 2n ** 63n - 1n, -(2n ** 63n)) },
);

const constant: fc.Arbitrary<Tensor> = fc
  .record({
    type: elementType,
    dims: smallDims,
    values: fc.array(element, { minLength: 27, maxLength: 27 }),
  })
  .map(({ type, dims, values }) => tensor(type, values.slice(0, elementCount(dims)), dims));

const declared = fc.record({ type: fc.option(elementType, { nil: undefined }), dims: shape });

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.bigInt({ min: -3n, max: 12n }).map((value): Attribute => ({ kind: 'int', value })),
  fc.array(fc.bigInt({ min: -2n, max: 3n }), { maxLength: 4 }).map((value): Attribute => ({ kind: 'ints', value })),
  fc.float().map((value): Attribute => ({ kind: 'float', value })),
  fc
    .constantFrom('none', 'add', 'mul', 'max')
    .map((text): Attribute => ({ kind: 'string', value: new TextEncoder().encode(text) })),
  constant.map((value): Attribute => ({ kind: 'tensor', value: constantFromTensor(value) })),
  fc.integer({ min: 0, max: 5 }).map((count): Attribute => ({ kind: 'graph', value: identityGraph(count) })),
);

/** Mostly attributes of the kind that the operator reads. */
function attributesOf(operator: Operator): fc.Arbitrary<Map<string, Attribute>> {
  const entries = Object.entries(operator.attributes).map(([name, spec]) =>
    attribute.filter(({ kind }) => kind === spec.kind).map((value) => [name, value] as const),
  );
  const known = ['int', 'ints', 'float', 'string', 'tensor', 'graph'];
  const drawn = Object.values(operator.attributes).map((spec, i) =>
    known.includes(spec.kind) ? fc.option(entries[i]!, { nil: undefined, freq: 4 }) : fc.constant(undefined),
  );
  return fc.tuple(...drawn).map((list) => new Map(list.filter((entry) => entry !== undefined)));
}

const input = fc.oneof(
  fc.constant(undefined),
  declared.map(({ type, dims }) => ({ kind: 'declared' as const, type, dims })),
  constant.map((value) => ({ kind: 'constant' as const, value })),
  constant.map((value) => ({ kind: 'fed' as const, value })),
);

type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

function graphOf(
  operator: Operator,
  opset: number,
  attributes: Map<string, Attribute>,
  inputs: readonly Input[],
  outputs: number,
) {
  const constants = new Map();
  const feeds: (Tensor | undefined)[] = [];
  const graphInputs: Value[] = [];
  const values = inputs.map((item, i) => {
    if (item === undefined) return undefined;
    const type =
      item.kind === 'declared'
        ? { elementType: item.type, shape: item.dims }
        : { elementType: item.value.type, shape: undefined };
    const value = new Value(`x${i}`, { kind: 'tensor', ...type });
    if (item.kind === 'constant') {
      constants.set(value, constantFromTensor(item.value));
    } else {
      graphInputs.push(value);
      feeds.push(item.kind === 'fed' ? item.value : undefined);
    }
    return value;
  });
  const results = Array.from({ length: outputs }, (_, i) => new Value(`y${i}`));
  const node = {
    name: 'node',
    domain: '',
    opType: operator.name,
    opset,
    inputs: values,
    outputs: results,
    attributes,
    metadata: emptyMetadata,
    index: 0,
  };
  const graph: Graph = { name: '', inputs: graphInputs, outputs: results, nodes: [node], constants };
  return { graph, feeds };
}

describe('any input', () => {
  it.each(operators.map((operator) => ({ name: operator.name, operator })))('$name', ({ operator }) => {
    const version = fc.constantFrom(...operator.versions);
    const inputs = fc.array(input, { maxLength: 5 });
    fc.assert(
      fc.property(
        version,
        attributesOf(operator),
        inputs,
        fc.integer({ min: 1, max: 4 }),
        (opset, attributes, drawn, outputs) => {
          const { graph, feeds } = graphOf(operator, opset, attributes, drawn, outputs);
          const { types } = infer(graph);
          for (const output of graph.outputs) expect(types.has(output)).toBe(true);
          if (feeds.includes(undefined)) return;
          try {
            execute(scheduleReferences(graph), feeds as Tensor[], { maxSubgraphRuns: 20 });
          } catch (error) {
            expect(error).toBeInstanceOf(ModelError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
