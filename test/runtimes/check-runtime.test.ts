/** Models against runtimes, by a small table of made-up facts, and the sound exports by the real ones. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32 } from '../../src/ir/tensor.js';
import { openModel } from '../../src/runtime/open.js';
import { checkRuntime } from '../../src/runtimes/check-runtime.js';
import { type Condition, loadTable, type Row, type RuntimeTable } from '../../src/runtimes/table.js';
import { parseTarget } from '../../src/runtimes/target.js';
import { filled, modelOf } from '../rules/support.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

const conditions: readonly Condition[] = [
  { rank: 'X', only: [3, 4] },
  { attribute: 'auto_pad', not: ['SAME_LOWER'] },
  { attribute: 'dilations', only: [1] },
  { constant: 'W' },
  { absent: 'B' },
  { without: 'kernel_shape' },
  { outputs: 1 },
  { type: 'X', only: ['float32'] },
  { note: 'it depends' },
];

function tableOf(operators: Readonly<Record<string, readonly Row[]>>, more: Partial<RuntimeTable> = {}): RuntimeTable {
  return {
    title: 'made up',
    sources: [{ what: 'a list', url: 'https://example.org', date: '2026-11-28' }],
    domains: [''],
    releases: ['1.0', '1.1', '1.2'],
    types: [['float32', 'float16'], ['float32']],
    uses: [{ X: 0 }, { '': 1 }],
    conditions,
    operators: new Map(Object.entries(operators)),
    ...more,
  };
}

const any: Row = [1, null, 0, null, null, []];

interface Choice {
  readonly shape?: Shape;
  readonly type?: ElementType;
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly isFed?: boolean;
  readonly withBias?: boolean;
  readonly opset?: number;
}

function conv({ shape = [1, 2, 8, 8], type, attributes, isFed = false, withBias = false, opset = 17 }: Choice = {}) {
  const builder = new GraphBuilder(opset);
  const kernel = [3, 2, ...shape.slice(2).map(() => 3)];
  const w = isFed ? builder.input('w', kernel, type) : builder.constant(filled(kernel));
  const inputs = [builder.input('x', shape, type), w, ...(withBias ? [builder.constant(float32([3], [1, 2, 3]))] : [])];
  return modelOf(builder.graph(builder.add('Conv', inputs, attributes)));
}

function check(row: Row | undefined, choice: Choice = {}, release = '1.2', more: Partial<RuntimeTable> = {}) {
  const model = conv(choice);
  const target = parseTarget(`onnxruntime@${release}`)!;
  const table = tableOf(row === undefined ? {} : { Conv: [row] }, more);
  return checkRuntime(target, table, { model, inference: infer(model.graph), file: 'test.onnx' });
}

const codes = (found: ReturnType<typeof check>) => found.diagnostics.map(({ code }) => code);
const asking = (condition: number): Row => [1, null, 0, null, null, [condition]];

/** A node of an operator that unstride does not know, in operator set 19. */
function dft(operators: Readonly<Record<string, readonly Row[]>>) {
  const builder = new GraphBuilder(19);
  const model = modelOf(builder.graph(builder.add('DFT', [builder.input('x', [1, 8, 1])])));
  const [found] = checkRuntime(parseTarget('onnxruntime')!, tableOf(operators), {
    model,
    inference: infer(model.graph),
  }).diagnostics;
  return found?.code;
}

describe('a node of an operator that is not known', () => {
  it('may be of any version up to the operator set: version 17 is in force in set 19', () => {
    expect(dft({ DFT: [[17, 17, 0, null, null, []]] })).toBe('US1708');
    expect(dft({ DFT: [[17, null, 0, null, null, []]] })).toBe(undefined);
    expect(dft({ DFT: [[20, 20, 0, null, null, []]] })).toBe('US1702');
    expect(dft({})).toBe('US1701');
  });
});

it('onnxruntime has what ONNX defines by other operators, and no recurrent layers with the batch first', async () => {
  const { operators, conditions: known } = await loadTable('onnxruntime');
  for (const name of ['CausalConvWithState', 'LinearAttention', 'SequenceMap']) expect(operators.has(name)).toBe(true);
  const asked = operators.get('LSTM')!.flatMap(([, , , , , places]) => places.map((place) => known[place]));
  expect(asked[0]).toEqual({ attribute: 'layout', only: [0] });
});

describe('a node', () => {
  it('that the runtime has', () => {
    const found = check(any);
    expect(found.diagnostics).toEqual([]);
    expect(found.summary).toMatchObject({ runtime: 'onnxruntime', release: '1.2', nodes: 1, runs: 1, refused: 0 });
  });

  it('US1701: that it does not have, has from a later release on, or had', () => {
    expect(check(undefined).diagnostics[0]).toMatchObject({
      code: 'US1701',
      severity: 'error',
      node: { opType: 'Conv' },
    });
    expect(check([1, null, 2, null, null, []], {}, '1.0').diagnostics[0]!.hint).toBe('release 1.2 has it');
    expect(check([1, null, 0, 0, null, []]).diagnostics[0]!.hint).toBe('release 1.0 had it');
    expect(codes(check([1, null, 0, 0, null, []], {}, '1.0'))).toEqual([]);
  });

  it('US1702: whose version it does not have', () => {
    expect(check([1, 1, 0, null, null, []]).diagnostics[0]).toMatchObject({
      code: 'US1702',
      data: { version: 11, has: '1' },
    });
    expect(codes(check([1, 1, 0, null, null, []], { opset: 10 }))).toEqual([]);
    expect(codes(check([11, 11, 0, null, null, []], { opset: 22 }))).toEqual(['US1702']);
  });

  it('US1703: for whose element type it has none', () => {
    for (const use of [0, 1]) {
      const row: Row = [1, null, 0, null, use, []];
      expect(check(row, { type: 'float64', isFed: true }).diagnostics[0]).toMatchObject({
        code: 'US1703',
        data: { value: 'X', type: 'float64' },
      });
      expect(codes(check(row))).toEqual([]);
    }
    expect(codes(check(asking(7), { type: 'float64', isFed: true }))).toEqual(['US1703']);
  });

  it('US1704: that is used in a way that it does not take', () => {
    const uses: readonly (readonly [number, Choice, string])[] = [
      [1, { attributes: { auto_pad: 'SAME_LOWER' } }, 'auto_pad'],
      [2, { attributes: { dilations: [1, 2] } }, 'dilations'],
      [3, { isFed: true }, 'W'],
      [4, { withBias: true }, 'B'],
      [5, { attributes: { kernel_shape: [3, 3] } }, 'kernel_shape'],
    ];
    for (const [condition, choice, what] of uses) {
      expect(check(asking(condition), choice).diagnostics[0]).toMatchObject({ code: 'US1704', data: { what } });
      expect(codes(check(asking(condition)))).toEqual([]);
    }
    const builder = new GraphBuilder(17);
    const [pooled] = builder.addMany('MaxPool', [builder.input('x', [1, 1, 4, 4])], 2, { kernel_shape: [2, 2] });
    const model = modelOf(builder.graph(pooled!));
    const found = checkRuntime(parseTarget('ncnn')!, tableOf({ MaxPool: [asking(6)] }), {
      model,
      inference: infer(model.graph),
    });
    expect(found.diagnostics[0]).toMatchObject({ code: 'US1704', data: { what: 'outputs', actual: '2' } });
  });

  it('US1705: whose rank it does not take', () => {
    expect(check(asking(0), { shape: [1, 2, 8, 8, 8] }).diagnostics[0]).toMatchObject({
      code: 'US1705',
      data: { value: 'X', rank: 5, takes: '3, 4' },
    });
    expect(codes(check(asking(0)))).toEqual([]);
  });

  it('US1707: that something else computes for it', () => {
    const found = check(undefined, {}, '1.2', { elsewhere: 'the CPU' });
    expect(found.diagnostics[0]).toMatchObject({ code: 'US1707', severity: 'info', data: { elsewhere: 'the CPU' } });
    expect(found.summary).toMatchObject({ runs: 0, elsewhere: 1, refused: 0 });
  });

  it('US1708: of which nothing is known', () => {
    const unknown = [
      check(asking(8)),
      check(undefined, {}, '1.2', { isSample: true }),
      check(any, {}, '1.2', { domains: ['com.microsoft'] }),
    ];
    for (const found of unknown) {
      expect(found.diagnostics[0]).toMatchObject({ code: 'US1708', severity: 'info', node: { opType: 'Conv' } });
      expect(found.summary).toMatchObject({ runs: 0, unknown: 1 });
    }
  });
});

describe('a model', () => {
  it('US1706: whose operator set or IR version the release does not read', () => {
    const sets = { sets: [16, 16, 21], irs: [8, 8, 9], oldestSet: 9 };
    const [set, ir] = check(any, {}, '1.1', sets).diagnostics;
    expect(set).toMatchObject({ code: 'US1706', data: { version: 17, newest: 16, since: '1.2' } });
    expect(ir).toMatchObject({ code: 'US1706', data: { version: 10, newest: 8 } });
    expect(codes(check(any, { opset: 8 }, '1.2', { sets: [9, 9, 9], oldestSet: 9 }))).toEqual(['US1706']);
  });

  it('US1708: of releases that nothing is known of', () => {
    const newer = check(undefined, {}, '1.3');
    expect(codes(newer)).toEqual(['US1708', 'US1701']);
    expect(newer.summary.release).toBe('1.2');
    const older = check(undefined, {}, '0.9');
    expect(codes(older)).toEqual(['US1708']);
    expect(older.summary).toMatchObject({ nodes: 1, unknown: 1, refused: 0 });
  });
});

describe('the sound exports', () => {
  it.each(fixtures)('%s runs in onnxruntime, which was asked when it was made', async (name) => {
    const { model } = await openModel(path.join(readFixture(name).folder, 'model.onnx'));
    const found = checkRuntime(parseTarget('onnxruntime')!, await loadTable('onnxruntime'), {
      model,
      inference: infer(model.graph),
    });
    expect(found.diagnostics).toEqual([]);
    expect(found.summary.runs).toBe(found.summary.nodes);
  });
});
