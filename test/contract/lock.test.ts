import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bindLocked,
  compareLocked,
  formatLockedType,
  type LockedValue,
  lockedValues,
} from '../../src/contract/lock.js';
import { formatLock, LockError, parseLock } from '../../src/contract/lock-file.js';
import { infer } from '../../src/infer/infer.js';
import { add, floorDiv, mul, symbol } from '../../src/ir/dim.js';
import { NamedGraph } from './support.js';

function value(kind: LockedValue['kind'], name: string, type: string, op?: string): LockedValue {
  return { kind, name, type, op };
}

describe('what is locked', () => {
  const builder = new NamedGraph();
  const x = builder.input('x', [symbol('N'), 3, 8, 8]);
  const conv = builder.conv('conv', x, [4, 3]);
  const numbered = builder.add('Relu', '17', [conv]);
  const y = builder.add('Sigmoid', 'y', [numbered]);
  const graph = builder.graph(y);
  const inference = infer(graph);

  it('is every input, inner value with a name, and output, in graph order', () => {
    expect(lockedValues(graph, inference, undefined)).toEqual([
      value('input', 'x', 'float32[N, 3, 8, 8]'),
      value('value', 'conv', 'float32[N, 4, 8, 8]', 'Conv'),
      value('output', 'y', 'float32[N, 4, 8, 8]', 'Sigmoid'),
    ]);
  });

  it('is not arithmetic with sizes, unless a pattern says so', () => {
    const shapes = new NamedGraph();
    const input = shapes.input('x', [1, 4]);
    const size = shapes.add('Shape', 'size', [input]);
    const other = shapes.graph(shapes.add('Reshape', 'y', [input, size]));
    const names = (patterns?: readonly string[]) => lockedValues(other, infer(other), patterns).map(({ name }) => name);
    expect(names()).toEqual(['x', 'y']);
    expect(names(['*'])).toEqual(['x', 'size', 'y']);
  });

  it('is of the inner values what patterns say', () => {
    const names = (patterns: readonly string[]) => lockedValues(graph, inference, patterns).map(({ name }) => name);
    expect(names([])).toEqual(['x', 'y']);
    expect(names(['1*'])).toEqual(['x', '17', 'y']);
  });

  it('has question marks for sizes that depend on data: their numbers change with every node', () => {
    const unknown = symbol('?3', { reason: 'depends on data' });
    expect(formatLockedType({ elementType: 'float32', shape: [1, unknown, add(unknown, 1)] })).toBe('float32[1, ?, ?]');
    expect(formatLockedType({ elementType: undefined, shape: undefined })).toBe('?[?]');
  });
});

describe('the text of a lock file', () => {
  const models = [
    { file: 'models/b.onnx', values: [value('output', 'y', 'float32[1]', 'Relu')] },
    {
      file: 'models/a b.onnx',
      values: [
        value('input', 'x', 'float32[N, 3, floor(H/2)]'),
        value('value', 'a "b"', 'float32[batch size]', 'com.example.Op'),
        value('output', '', '?[?]'),
      ],
    },
  ];

  it('is a line a value, models by path', () => {
    expect(formatLock(models)).toBe(
      [
        '# unstride lock 1',
        '# The shapes last accepted: `unstride check` compares with them, `unstride check --update` writes them.',
        '',
        '"models/a b.onnx"',
        '  input x float32[N, 3, floor(H/2)]',
        String.raw`  value "a \"b\"" float32[batch size] com.example.Op`,
        '  output "" ?[?]',
        '',
        'models/b.onnx',
        '  output y float32[1] Relu',
        '',
      ].join('\n'),
    );
  });

  it('is read as it was written, also with the line ends of Windows', () => {
    const text = formatLock(models);
    expect(parseLock(text)).toEqual([models[1], models[0]]);
    expect(parseLock(text.replaceAll('\n', '\r\n'))).toEqual([models[1], models[0]]);
  });

  it('holds any name', () => {
    const name = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(name, name, (file, inner) => {
        const list = [{ file, values: [value('value', inner, 'float32[1]', 'Relu')] }];
        expect(parseLock(formatLock(list))).toEqual(list);
      }),
    );
  });

  it.each([
    ['', 1, 'this is no lock file'],
    ['# unstride lock 2\n', 1, 'another version wrote this lock file'],
    ['# unstride lock 1\n\na.onnx\n  output y\n', 4, 'this line is none of a lock file'],
    ['# unstride lock 1\n  output y float32[1]\n', 2, 'this line is none of a lock file'],
    ['# unstride lock 1\n\n<<<<<<< HEAD\n', 3, 'here is an unresolved merge'],
    ['# unstride lock 1\n\n"a\n', 3, 'the name is not quoted as JSON'],
  ])('%j is none', (text, line, message) => {
    expect(() => parseLock(text)).toThrow(new LockError(line, message));
    try {
      parseLock(text);
    } catch (error) {
      expect((error as LockError).line).toBe(line);
    }
  });
});

describe('a comparison with the lock', () => {
  const old = [
    value('input', 'x', 'float32[N]'),
    value('value', 'a', 'float32[1]', 'Conv'),
    value('value', 'b', 'float32[2]', 'Relu'),
    value('output', 'y', 'float32[3]', 'Add'),
  ];

  it('finds nothing where nothing changed', () => {
    expect(compareLocked(old, old)).toEqual([]);
  });

  it('shows types old and new, what came and what went, in the order of the layers', () => {
    const now = [
      value('input', 'x', 'float32[N]'),
      value('value', 'new', 'float32[9]', 'Conv'),
      value('value', 'b', 'float32[5]', 'Relu'),
      value('output', 'y', 'float32[3]', 'Add'),
    ];
    expect(compareLocked(old, now)).toEqual([
      { kind: 'value', name: 'new', op: 'Conv', from: undefined, to: 'float32[9]' },
      { kind: 'value', name: 'a', op: 'Conv', from: 'float32[1]', to: undefined },
      { kind: 'value', name: 'b', op: 'Relu', from: 'float32[2]', to: 'float32[5]' },
    ]);
  });

  it('is not disturbed by another order', () => {
    expect(compareLocked(old, [...old].reverse())).toEqual([]);
  });

  it('tells an output that became an inner value', () => {
    const now = [...old.slice(0, 3), value('value', 'y', 'float32[3]', 'Add')];
    expect(compareLocked(old, now).map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['value', undefined, 'float32[3]'],
      ['output', 'float32[3]', undefined],
    ]);
  });

  it('names every value that differs once', () => {
    const values = fc.uniqueArray(
      fc.record({
        kind: fc.constantFrom('input', 'value', 'output'),
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        type: fc.constantFrom('float32[1]', 'float32[2]'),
        op: fc.constant(undefined),
      }) as fc.Arbitrary<LockedValue>,
      { selector: ({ kind, name }) => `${kind} ${name}` },
    );
    fc.assert(
      fc.property(values, values, (before, after) => {
        const key = (item: { kind: string; name: string }) => `${item.kind} ${item.name}`;
        const naive = new Set<string>();
        for (const item of [...before, ...after]) {
          const one = before.find((other) => key(other) === key(item))?.type;
          const two = after.find((other) => key(other) === key(item))?.type;
          if (one !== two) naive.add(key(item));
        }
        const changes = compareLocked(before, after);
        expect(changes.map(key).sort()).toEqual([...naive].sort());
      }),
    );
  });

  it('puts sizes into the locked shapes that only this run binds', () => {
    const locked = [
      value('input', 'x', 'float32[N, 16*floor(H/16), ?]'),
      value('output', 'y', 'float32[batch size, H]'),
      value('output', 'z', '?[?]'),
    ];
    expect(bindLocked(locked, new Map([['H', 40]])).map(({ type }) => type)).toEqual([
      'float32[N, 32, ?]',
      'float32[batch size, 40]',
      '?[?]',
    ]);
    expect(bindLocked(locked, new Map([['batch size', 2]]))[1]?.type).toBe('float32[2, H]');
    expect(bindLocked(locked, new Map())).toEqual(locked);
  });

  it('reads back every size that it writes', () => {
    const size = add(mul(16, floorDiv(add(symbol('H'), 4), 16)), -188);
    const type = formatLockedType({ elementType: 'float32', shape: [size] });
    expect(type).toBe('float32[16*floor((H + 4)/16) - 188]');
    expect(bindLocked([value('output', 'y', type)], new Map([['H', 220]]))[0]?.type).toBe('float32[36]');
  });
});
