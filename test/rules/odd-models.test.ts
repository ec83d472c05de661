/** Rules see models of any kind: whatever attributes, shapes and edges there are, they answer and do not throw. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../src/ir/dim.js';
import { type Attribute, constantFromTensor, emptyMetadata, type Graph, type Node, Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { fixableCodes, fixes } from '../../src/rules/fixes/index.js';
import { runRules } from '../../src/rules/index.js';
import { contextOf, modelOf } from './support.js';

const utf8 = new TextEncoder();

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc
    .array(fc.integer({ min: -3, max: 9 }), { maxLength: 5 })
    .map((values): Attribute => ({ kind: 'ints', value: values.map(BigInt) })),
  fc.integer({ min: -2, max: 3 }).map((value): Attribute => ({ kind: 'int', value: BigInt(value) })),
  fc
    .constantFrom('SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET', 'odd')
    .map((text): Attribute => ({ kind: 'string', value: utf8.encode(text) })),
  fc.constant<Attribute>({ kind: 'float', value: 0.5 }),
);

const names = ['auto_pad', 'kernel_shape', 'strides', 'dilations', 'pads', 'output_padding', 'output_shape', 'group'];

const nodeCase = fc.record({
  opType: fc.constantFrom(
    'ConvTranspose',
    'Conv',
    'MaxPool',
    'MaxUnpool',
    'BatchNormalization',
    'Sub',
    'Add',
    'Slice',
    'Identity',
    'Constant',
    'Unknown',
  ),
  domain: fc.constantFrom('', '', '', 'my.ops'),
  name: fc.constantFrom('', 'a', 'b'),
  inputs: fc.array(fc.option(fc.nat(40), { nil: undefined }), { maxLength: 5 }),
  outputs: fc.integer({ min: 0, max: 2 }),
  attributes: fc.dictionary(fc.constantFrom(...names), attribute),
});

const shape = fc.option(
  fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom('H', 'W').map((name) => symbol(name)),
    ),
    { maxLength: 5 },
  ),
  { nil: undefined },
);

const graphCase = fc.record({
  inputs: fc.array(shape, { maxLength: 3 }),
  constants: fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), { maxLength: 4 }),
  nodes: fc.array(nodeCase, { maxLength: 12 }),
});

/** Nodes read any value made before them, or one that nothing makes. */
function build({ inputs, constants, nodes }: typeof graphCase extends fc.Arbitrary<infer T> ? T : never): Graph {
  const values: Value[] = [];
  const made = (value: Value) => {
    values.push(value);
    return value;
  };
  const feeds = inputs.map((dims, i) =>
    made(new Value(`in${i}`, { kind: 'tensor', elementType: 'float32', shape: dims })),
  );
  const stored = new Map(
    constants.map((dims, i) => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      return [made(new Value(`c${i}`)), constantFromTensor(float32(dims, new Float32Array(count).fill(1)))] as const;
    }),
  );
  const built = nodes.map((item, index): Node => {
    const read = item.inputs.map((i) => (i === undefined ? undefined : (values[i] ?? new Value('from nowhere'))));
    const outputs = Array.from({ length: item.outputs }, (_, i) => new Value(`v${index}.${i}`));
    values.push(...outputs);
    return {
      name: item.name,
      domain: item.domain,
      opType: item.opType,
      opset: 18,
      inputs: read,
      outputs,
      attributes: new Map(Object.entries(item.attributes)),
      metadata: emptyMetadata,
      index,
    };
  });
  return { name: '', inputs: feeds, outputs: values.slice(-2), nodes: built, constants: stored };
}

describe('odd models', () => {
  it('are judged without throwing, and so are they mended', () => {
    const codes = fixableCodes({ withOptional: true });
    let findings = 0;
    fc.assert(
      fc.property(graphCase, (test) => {
        const context = contextOf(modelOf(build(test)));
        findings += runRules(context).length;
        for (const fix of fixes) expect(fix.apply(context, codes).model).toBeDefined();
      }),
      { numRuns: 500 },
    );
    expect(findings).toBeGreaterThan(500);
  });

  it('without nodes, values or shapes have nothing to find', () => {
    const empty = modelOf({ name: '', inputs: [], outputs: [], nodes: [], constants: new Map() });
    expect(runRules(contextOf(empty))).toEqual([]);
  });

  it('with a kernel and a stride of millions are not counted tap by tap', () => {
    const x = new Value('x', { kind: 'tensor', elementType: 'float32', shape: [1, 1, 4] });
    const w = new Value('w', { kind: 'tensor', elementType: 'float32', shape: [1, 1, 2_000_000_000] });
    const y = new Value('y');
    const node: Node = {
      name: 'n',
      domain: '',
      opType: 'ConvTranspose',
      opset: 18,
      inputs: [x, w],
      outputs: [y],
      attributes: new Map<string, Attribute>([['strides', { kind: 'ints', value: [1_999_999_999n] }]]),
      metadata: emptyMetadata,
      index: 0,
    };
    const context = contextOf(modelOf({ name: '', inputs: [x, w], outputs: [y], nodes: [node], constants: new Map() }));
    expect(runRules(context)).toEqual([]);
  });
});
