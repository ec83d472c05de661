/** Types as files declare them: sizes as numbers, names, arithmetic, or nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abbreviated } from '../../src/ir/abbreviated.js';
import { add, type Dim, floorDiv, max, mod, mul, Sym, sub, symbol, symbolsOf } from '../../src/ir/dim.js';
import { elementTypes } from '../../src/ir/element-type.js';
import type { ValueType } from '../../src/ir/graph.js';
import { sequenceOf, tensorType } from '../../src/ir/shape.js';
import type { TypeProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { readType } from '../../src/onnx/types.js';
import { encodeCurrent, encodeModel, modelBytes, modelProto, tensorTypeProto } from '../support/model.js';

function dimOf(dimParam: string): Dim {
  const type = readType(tensorTypeProto([dimParam]), 'x');
  if (type.kind !== 'tensor') throw new Error('no tensor');
  return type.shape![0]!;
}

const [N, H, s0, s77] = ['N', 'H', 's0', 's77'].map((name) => symbol(name)) as [Sym, Sym, Sym, Sym];

describe('sizes', () => {
  it.each<[string, Dim]>([
    ['N', N],
    [' N ', N],
    ['batch_size', symbol('batch_size')],
    ['batch-size', symbol('batch-size')],
    ['Batch Size', symbol('Batch Size')],
    ['32', 32],
    ['0', 0],
    ['2*s0', mul(s0, 2)],
    ['2*s0 + 1', add(mul(s0, 2), 1)],
    ['s0 - 1', sub(s0, 1)],
    ['s77//2', floorDiv(s77, 2)],
    ['floor(H/2)', floorDiv(H, 2)],
    ['2*floor(H/2) + 2', add(mul(floorDiv(H, 2), 2), 2)],
    ['Max(1, s0)', max(1, s0)],
    ['Mod(s0, 2)', mod(s0, 2)],
    ['N*H', mul(N, H)],
    ['(s0 + 1)*4', add(mul(s0, 4), 4)],
  ])('%j', (text, expected) => {
    expect(dimOf(text)).toBe(expected);
  });

  it.each(['', '  ', '?', '-1', 'None', 'unk', '-5', '3 - 4', '9'.repeat(400), '99999999999999999999'])(
    '%j is any size',
    (text) => {
      const dim = dimOf(text);
      expect(dim).toBeInstanceOf(Sym);
      expect([...symbolsOf(dim).keys()]).toEqual(['x.0']);
    },
  );

  it.each(['H/2', '2**s0', 'a//0', 'f(x)', '1 +', '(((', 'floor(', 'x[0]', 'été'])('%j is a name', (text) => {
    const dim = dimOf(text);
    expect([...symbolsOf(dim).keys()]).toEqual([text.trim()]);
  });

  it.each(['(', 'a+'])('%j again and again is a name too, abbreviated', (text) => {
    const dim = dimOf(text.repeat(10_000));
    expect([...symbolsOf(dim).keys()]).toEqual([abbreviated(text.repeat(10_000))]);
  });

  it('that are not given are one symbol an axis', () => {
    const { graph } = readModel(
      modelBytes({ inputs: { x: [null, 3, null], y: [null], z: undefined }, outputs: { x: [] } }),
    ).model;
    const shapes = graph.inputs.map(({ declared }) =>
      declared?.kind === 'tensor' ? declared.shape?.map(String) : '—',
    );
    expect(shapes).toEqual([['x.0', '3', 'x.2'], ['y.0'], '—']);
  });

  it('of one name are one symbol in the whole model', () => {
    const { graph } = readModel(modelBytes({ inputs: { x: ['N', 3], y: ['N'] }, outputs: { x: [] } })).model;
    const [x, y] = graph.inputs.map(({ declared }) => (declared?.kind === 'tensor' ? declared.shape! : []));
    expect(x![0]).toBe(y![0]);
  });

  it('of numbers that cannot be sizes are open', () => {
    for (const dimValue of [-1, -7, '9223372036854775807', '-9223372036854775808']) {
      const type = readType({ tensorType: { elemType: 1, shape: { dim: [{ dimValue }] } } }, 'x');
      expect(type).toMatchObject({ kind: 'tensor', shape: [symbol('x.0', { reason: 'not given by the file' })] });
    }
  });

  it('of any text are read', () => {
    const pieces = fc.constantFrom(
      'N',
      'H',
      '2',
      '0',
      '+',
      '-',
      '*',
      '/',
      '//',
      '%',
      '(',
      ')',
      ',',
      ' ',
      'Max',
      'floor',
      '?',
      '€',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 30 }).map((items) => items.join('')),
        ),
        (text) => {
          const dim = dimOf(text);
          expect(typeof dim === 'number' ? Number.isSafeInteger(dim) && dim >= 0 : dim instanceof Sym).toBe(true);
        },
      ),
    );
  });
});

describe('types', () => {
  const describeAll = (proto: TypeProtoLike): ValueType => readType(proto, 'x');
  const float = tensorTypeProto([2]);

  it.each<[string, TypeProtoLike, ValueType]>([
    ['a tensor', tensorTypeProto([2, 'N'], 'int8'), { kind: 'tensor', elementType: 'int8', shape: [2, N] }],
    ['a scalar', tensorTypeProto([]), { kind: 'tensor', elementType: 'float32', shape: [] }],
    [
      'a tensor of unknown rank',
      tensorTypeProto(undefined),
      { kind: 'tensor', elementType: 'float32', shape: undefined },
    ],
    ['a tensor of nothing known', { tensorType: {} }, { kind: 'tensor', elementType: undefined, shape: undefined }],
    [
      'a tensor of an unknown type',
      { tensorType: { elemType: 99 } },
      { kind: 'tensor', elementType: undefined, shape: undefined },
    ],
    [
      'a sequence',
      { sequenceType: { elemType: float } },
      {
        kind: 'other',
        description: 'sequence(tensor(float32))',
        sequence: { elementType: 'float32', shape: [2] },
      },
    ],
    [
      'an optional',
      { optionalType: { elemType: { sequenceType: { elemType: float } } } },
      {
        kind: 'other',
        description: 'optional(sequence(tensor(float32)))',
        optional: sequenceOf({ element: tensorType('float32', [2]), length: undefined }),
      },
    ],
    [
      'a map',
      { mapType: { keyType: 7, valueType: float } },
      { kind: 'other', description: 'map(int64, tensor(float32))' },
    ],
    [
      'a sparse tensor',
      { sparseTensorType: { elemType: 11 } },
      { kind: 'other', description: 'sparse_tensor(float64)' },
    ],
    ['a sequence of nothing', { sequenceType: {} }, { kind: 'other', description: 'sequence(?)' }],
    ['nothing', {}, { kind: 'other', description: 'unknown' }],
  ])('%s', (_, proto, expected) => {
    expect(describeAll(proto)).toEqual(expected);
    const { graph } = readModel(
      encodeCurrent(modelProto({ inputs: { x: { type: proto } }, outputs: { x: [] } })),
    ).model;
    expect(graph.inputs[0]!.declared).toEqual(expected);
  });

  it.each(elementTypes)('%s elements', (type) => {
    const { graph } = readModel(modelBytes({ inputs: { x: tensorTypeProto([1], type) }, outputs: { x: [] } })).model;
    expect(graph.inputs[0]!.declared).toMatchObject({ elementType: type });
  });

  it('nested without end are refused by the decoder', () => {
    let type: TypeProtoLike = float;
    for (let i = 0; i < 300; i++) type = { sequenceType: { elemType: type } };
    const bytes = encodeModel(modelProto({ inputs: { x: { type } } }));
    expect(() => readModel(bytes)).toThrow(/US1003/);
  });
});
