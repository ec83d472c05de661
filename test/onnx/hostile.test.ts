/** Damaged and hostile files: an error with its place, never a crash, a hang, or memory without bound. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError, ProblemError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Model } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { externalFilesFrom } from '../../src/onnx/external-data.js';
import { readModel } from '../../src/onnx/read.js';
import { runModel } from '../../src/runtime/run.js';
import { diagnosticsOf } from '../support/errors.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import {
  attributeProto,
  encodeCurrent,
  entries,
  functionProto,
  graphProto,
  modelProto,
  nodeProto,
  tensorProto,
  varint,
  wireField,
} from '../support/model.js';

/** A model with a bit of everything, in a few hundred bytes. */
const various = encodeCurrent(
  modelProto({
    irVersion: 10,
    domains: { local: 1 },
    inputs: { x: ['N', 'Max(1, s0)'], c: { tensorType: { elemType: 9, shape: { dim: [] } } } },
    outputs: { y: ['N', null] },
    valueInfo: { m: { type: { tensorType: { elemType: 1 } }, metadataProps: entries({ k: 'v' }) } },
    initializers: [
      tensorProto('w', float32([2], [1, 2])),
      { name: 'e', dims: [2], dataType: 1, dataLocation: 1, externalData: entries({ location: 'e.bin', offset: '8' }) },
    ],
    sparseInitializers: [
      { values: tensorProto('s', float32([1], [3])), indices: tensorProto('', int64([1], [1])), dims: [2] },
    ],
    nodes: [
      nodeProto(
        'F',
        'x',
        'm',
        { alpha: { f: 0.5 } },
        { domain: 'local', overload: 'o', metadataProps: entries({ a: 'b' }) },
      ),
      nodeProto('If', 'c', 'y', {
        then_branch: { g: graphProto({ nodes: [nodeProto('Sum', 'm w s', 'z')], outputs: { z: [] } }) },
        else_branch: {
          g: graphProto({
            nodes: [nodeProto('Concat', 'm e', 'z', { axis: 0, ints: [1, 2], words: ['a', 'b'] })],
            outputs: { z: [] },
          }),
        },
      }),
    ],
    functions: [
      functionProto(
        'F',
        'a',
        'b',
        [nodeProto('LeakyRelu', 'a', 'b', {}, { attribute: [{ name: 'alpha', refAttrName: 'alpha', type: 1 }] })],
        { overload: 'o', attributeProto: [attributeProto('alpha', { f: 0.25 })] },
      ),
    ],
    metadata: { key: 'value' },
  }),
);

/** Reads, infers and loads; whatever the bytes are, nothing but a ModelError comes out. */
function survives(bytes: Uint8Array): void {
  let model: Model;
  try {
    ({ model } = readModel(bytes));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(error.diagnostics.length).toBeGreaterThan(0);
    for (const { message } of error.diagnostics) expect(message.length).toBeLessThan(20_000);
    return;
  }
  expect(verify(model.graph)).toEqual([]);
  infer(model.graph);
  for (const constant of model.graph.constants.values()) {
    try {
      expect(constant.load().dims).toEqual(constant.dims);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    }
  }
}

it('the model of everything is one', () => {
  const { model, diagnostics } = readModel(various);
  expect(diagnostics).toEqual([]);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['LeakyRelu', 'If']);
});

describe('a file that is cut off', () => {
  it('anywhere is read or refused', () => {
    for (let length = 0; length < various.length; length++) survives(various.subarray(0, length));
  });

  it('says where it ends', () => {
    const file = readFileSync(path.join(readFixture('vae/decoder-torchscript').folder, 'model.onnx'));
    for (const length of [100, 1000, file.length - 100]) {
      expect(diagnosticsOf(() => readModel(file.subarray(0, length), { file: 'm.onnx' }))).toMatchObject([
        {
          code: 'US1003',
          file: 'm.onnx',
          message: `the model is cut off at byte ${length}, or damaged`,
          actual: `a file of ${length} bytes`,
        },
      ]);
    }
  });

  it.each(fixtures)('%s, is refused or read', (name) => {
    const file = new Uint8Array(readFileSync(path.join(readFixture(name).folder, 'model.onnx')));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length }), (length) => {
        survives(file.subarray(0, length));
      }),
      { numRuns: 10 },
    );
  });
});

/** Positions of bytes that are no weights: those make other models of the same shape. */
function structuralBytes(file: Uint8Array): number[] {
  const isWeight = new Uint8Array(file.length);
  for (const constant of readModel(file).model.graph.constants.values()) {
    const held = constant.storage === 'inline' ? constant.bytes?.() : undefined;
    if (held !== undefined && held.length > 64)
      isWeight.fill(1, held.byteOffset - file.byteOffset, held.byteOffset - file.byteOffset + held.length);
  }
  return [...isWeight.keys()].filter((i) => isWeight[i] === 0);
}

interface Edit {
  /** Where, counted around. */
  readonly at: number;
  readonly value: number;
  readonly kind: 'set' | 'add' | 'flip' | 'remove' | 'repeat';
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.noBias(fc.nat()),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 127, 128, 255)),
  kind: fc.constantFrom('set' as const, 'add' as const, 'flip' as const, 'remove' as const, 'repeat' as const),
});

function mutate(file: Uint8Array, positions: readonly number[], edits: readonly Edit[]): Uint8Array {
  let bytes: Uint8Array = file.slice();
  for (const { at, value, kind } of edits) {
    const position = positions[at % positions.length]!;
    if (position >= bytes.length) continue;
    const old = bytes[position]!;
    if (kind === 'set') bytes[position] = value;
    else if (kind === 'add') bytes[position] = old + (value % 7) - 3;
    else if (kind === 'flip') bytes[position] = old ^ (1 << (value % 8));
    else {
      const count = 1 + (value % 16);
      const rest = bytes.subarray(kind === 'remove' ? position + count : position);
      const start = bytes.subarray(0, kind === 'remove' ? position : position + count);
      bytes = Uint8Array.from([...start, ...rest]);
    }
  }
  return bytes;
}

describe('a file with changed bytes', () => {
  it('of the model of everything is read or refused', () => {
    const positions = [...various.keys()];
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        survives(mutate(various, positions, edits));
      }),
      { numRuns: 2000 },
    );
  });

  it('each of one bit, of the model of everything, is read or refused', () => {
    for (let i = 0; i < various.length; i++) {
      for (const bit of [i % 8, (i + 3) % 8]) {
        const changed = various.slice();
        changed[i]! ^= 1 << bit;
        survives(changed);
      }
    }
  });

  const small = [
    'vae/decoder-torchscript',
    'vae/dynamo',
    'unet/odd-torchscript',
    'segnet/torchscript',
    'unet/external-data',
  ];

  it.each(small)('of %s is read or refused', (name) => {
    const file = new Uint8Array(readFileSync(path.join(readFixture(name).folder, 'model.onnx')));
    const positions = structuralBytes(file);
    const inPlace = fc.array(
      edit.filter(({ kind }) => kind !== 'remove' && kind !== 'repeat'),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(inPlace, (edits) => {
        survives(mutate(file, positions, edits));
      }),
      { numRuns: 60 },
    );
  });
});

describe('random bytes', () => {
  it('are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(diagnosticsOf(() => readModel(bytes))[0]!.code).toMatch(/^US100[134]$/);
      }),
      { numRuns: 2000 },
    );
  });
});

it('names and shapes of any length are cut in what is said of them', () => {
  const long = 'n'.repeat(30_000);
  const tensor = (dims: readonly number[]) => [{ name: long, dims, dataType: 1 }];
  const bytes = (parts: Parameters<typeof modelProto>[0]) => modelProto({ outputs: { y: undefined }, ...parts });
  for (const [file, code] of [
    [bytes({ initializers: tensor([2]) }), 'US1007'],
    [bytes({ initializers: tensor(Array<number>(30_000).fill(2)) }), 'US1007'],
    [bytes({ initializers: [{ name: long, dims: [], dataType: 99 }] }), 'US1008'],
    [bytes({ nodes: [nodeProto('Neg', long, 'y', {}, { name: long })] }), 'US1103'],
    [bytes({ nodes: [nodeProto(long, 'y', 'y', {}, { name: long })] }), 'US1105'],
  ] as const) {
    const found = diagnosticsOf(() => readModel(file));
    expect(found.map((item) => item.code)).toContain(code);
    for (const item of found) expect(item.message.length + (item.actual?.length ?? 0)).toBeLessThan(1000);
  }
});

describe('a small file that wants much memory', () => {
  const many = 5_000_000;
  const start = wireField(1, 0, [8]);

  function repeated(piece: readonly number[], count: number): Uint8Array {
    const bytes = new Uint8Array(piece.length * count);
    for (let i = 0; i < count; i++) bytes.set(piece, i * piece.length);
    return bytes;
  }

  function within(field: number, inner: Uint8Array): Uint8Array {
    const head = [...varint((field << 3) | 2), ...varint(inner.length)];
    const bytes = new Uint8Array(head.length + inner.length);
    bytes.set(head);
    bytes.set(inner, head.length);
    return bytes;
  }

  const modelWith = (inner: Uint8Array): Uint8Array => {
    const graph = within(7, inner);
    const bytes = new Uint8Array(start.length + graph.length);
    bytes.set(start);
    bytes.set(graph, start.length);
    return bytes;
  };

  it.each<[string, () => Uint8Array]>([
    ['empty nodes', () => repeated(wireField(1, 2, []), many)],
    ['fields that no one knows', () => repeated(wireField(9, 0, [0]), many)],
    ['unpacked elements', () => within(5, repeated(wireField(7, 0, [0]), many))],
    ['packed dims', () => within(5, within(1, new Uint8Array(many)))],
  ])('as %s is refused', (_, inner) => {
    expect(diagnosticsOf(() => readModel(modelWith(inner())))).toMatchObject([
      { code: 'US1003', message: expect.stringContaining('fields') },
    ]);
  });

  it('in groups without end is refused', () => {
    expect(diagnosticsOf(() => readModel(modelWith(new Uint8Array(100_000).fill(0x4b))))).toMatchObject([
      { code: 'US1003', actual: expect.stringContaining('depth') },
    ]);
  });

  it('in messages without end is refused', () => {
    // Graph, node, attribute, graph, …: each is one field of the one before it.
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < 100; i++) bytes = within(1, within(5, within(6, bytes)));
    expect(diagnosticsOf(() => readModel(modelWith(bytes)))).toMatchObject([
      { code: 'US1003', actual: expect.stringContaining('depth') },
    ]);
  });

  it('by its shapes is refused, or fails when it runs', () => {
    const huge = (dims: readonly number[], more: object = {}) =>
      modelProto({
        outputs: { y: undefined },
        initializers: [{ name: 'w', dims, dataType: 1, ...more }],
        nodes: [nodeProto('Neg', 'w', 'y')],
      });
    expect(diagnosticsOf(() => readModel(huge([2 ** 40])))).toMatchObject([{ code: 'US1007' }]);
    expect(diagnosticsOf(() => readModel(huge(Array(1000).fill(2 ** 52))))).toMatchObject([{ code: 'US1007' }]);
    const external = { dataLocation: 1, externalData: entries({ location: 'w.bin' }) };
    const run = (count: number) => {
      const externalFiles = externalFilesFrom({ 'w.bin': new Uint8Array(4) });
      return diagnosticsOf(() => runModel(readModel(huge([count], external), { externalFiles }).model, {}));
    };
    expect(run(2 ** 20)).toMatchObject([{ code: 'US1006', actual: 'a file of 4 bytes' }]);
    expect(run(2 ** 39)).toMatchObject([{ code: 'US2011' }]);
  });
});
