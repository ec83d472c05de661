/** What a node asks of its inputs: sizes that broadcast, whatever they are, and disagreements told once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { decide } from '../../src/ir/constraint.js';
import {
  add,
  type Bindings,
  type Dim,
  floorDiv,
  max,
  mul,
  rangeOf,
  substitute,
  symbol,
  symbolsOf,
} from '../../src/ir/dim.js';
import { constantFromTensor, Value } from '../../src/ir/graph.js';
import { denseConstant } from '../../src/ir/sparse.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { GraphBuilder } from '../support/graph.js';

const [H, Z, B] = [symbol('H'), symbol('Z', { min: 0 }), symbol('B', { min: 2 })];

/** The size that sizes broadcast to (numpy's rule); undefined where they do not. */
function stretched(sizes: readonly number[]): number | undefined {
  const others = new Set(sizes.filter((size) => size !== 1));
  return others.size > 1 ? undefined : ([...others][0] ?? 1);
}

function inferSum(dims: readonly Dim[], bindings: Bindings = new Map()) {
  const builder = new GraphBuilder();
  const y = builder.add(
    'Sum',
    dims.map((dim, i) => builder.input(`x${i}`, [dim])),
  );
  const { types, constraints, diagnostics } = infer(builder.graph(y), { bindings });
  return { dim: types.get(y)!.shape?.[0], constraints, codes: diagnostics.map(({ code }) => code) };
}

function isMadeUp(dim: Dim): boolean {
  return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined);
}

const symbols: readonly Dim[] = [H, Z, B];
const related: readonly Dim[] = symbols.flatMap((dim) => [
  dim,
  mul(dim, 2),
  add(dim, 1),
  floorDiv(dim, 2),
  mul(dim, dim),
]);
const dim = fc.oneof(fc.constantFrom(...related), fc.constantFrom<Dim>(0, 1, 2, 3));

describe('sizes that broadcast', () => {
  it('give the same size as numbers at all sizes that satisfy the constraints, and are refused at all others', () => {
    const sizes = fc.record({
      H: fc.integer({ min: 1, max: 4 }),
      Z: fc.nat({ max: 4 }),
      B: fc.integer({ min: 2, max: 5 }),
    });
    let told = 0;
    fc.assert(
      fc.property(fc.array(dim, { minLength: 2, maxLength: 3 }), sizes, (dims, values) => {
        const bindings = new Map(Object.entries(values));
        const open = inferSum(dims);
        const expected = stretched(dims.map((item) => substitute(item, bindings) as number));
        const isValid = open.codes.length === 0 && open.constraints.every((item) => decide(item, bindings) !== false);
        expect(inferSum(dims, bindings).codes).toEqual(expected === undefined ? ['US1204'] : []);
        if (open.constraints.some(({ left, right }) => isMadeUp(left) || isMadeUp(right))) {
          if (expected !== undefined) expect(isValid).toBe(true);
          return;
        }
        expect(isValid).toBe(expected !== undefined);
        if (!isValid || isMadeUp(open.dim!)) return;
        told++;
        expect(substitute(open.dim!, bindings)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(300);
  });

  it('are told as an expression wherever none of them may be 0', () => {
    for (const a of related) {
      for (const b of related) {
        const result = inferSum([a, b]);
        if (result.codes.length > 0 || rangeOf(a).min < 1 || rangeOf(b).min < 1) continue;
        expect(isMadeUp(result.dim!), `${a} and ${b}`).toBe(false);
      }
    }
  });

  it('keep the one that cannot be 1', () => {
    expect(inferSum([B, mul(H, 2)]).dim).toBe(B);
    expect(inferSum([H, mul(H, 2)]).dim).toBe(mul(H, 2));
    expect(inferSum([H, add(B, 3)]).dim).toBe(add(B, 3));
    expect(inferSum([H, add(H, 1)]).dim).toBe(add(H, 1));
    expect(inferSum([H, symbol('W')]).dim).toBe(max(H, symbol('W')));
  });

  it('refuse what no size gives', () => {
    expect(inferSum([B, mul(B, 2)]).codes).toEqual(['US1204']);
    expect(inferSum([B, 0]).codes).toEqual(['US1204']);
  });
});

describe('inputs that disagree', () => {
  it.each(['Add', 'Concat', 'Where'])('have no value together, and %s is reported once', (op) => {
    const builder = new GraphBuilder();
    const [two, three] = [builder.constant(int64([1, 2], [1, 2])), builder.constant(int64([1, 3], [1, 2, 3]))];
    const inputs = op === 'Where' ? [builder.add('Greater', [two, two]), two, three] : [two, three];
    const y = builder.add(op, inputs, op === 'Concat' ? { axis: 0 } : {});
    const { diagnostics, known } = infer(builder.graph(builder.add('Neg', [y])));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.node!.opType).toBe(op);
    expect(known.has(y)).toBe(false);
  });

  it('are not run where the shape of the result is known all the same', () => {
    const builder = new GraphBuilder();
    const y = builder.add('MatMul', [
      builder.constant(int64([1, 2], [1, 2])),
      builder.constant(int64([3, 1], [1, 2, 3])),
    ]);
    const { diagnostics, types, known } = infer(builder.graph(y));
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1202']);
    expect([types.get(y)!.shape, known.has(y)]).toEqual([[1, 1], false]);
  });
});

describe('a sparse initializer that cannot be made dense', () => {
  it.each([
    ['an index past the end', int64([2], [1, 9]), 'US1007'],
    ['a negative index', int64([2], [-1, 0]), 'US1007'],
    ['fewer indices than values', int64([1], [1]), 'US1007'],
    ['more indices than values', int64([3], [0, 1, 2]), 'US1007'],
    ['a coordinate outside its axis', int64([2, 2], [0, 0, 0, 3]), 'US1007'],
    ['an index that is no integer', float32([2], [0, 1.5]), 'US1007'],
  ] as const)('for %s is a finding, and inference goes on', (_, indices, code) => {
    const builder = new GraphBuilder();
    const w = new Value('w');
    const y = builder.add('Neg', [w]);
    const sparse = {
      dims: [2, 2],
      values: constantFromTensor(float32([2], [5, 6])),
      indices: constantFromTensor(indices),
    };
    const graph = { ...builder.graph(y), constants: new Map([[w, denseConstant(sparse)]]) };
    const { diagnostics, types } = infer(graph, { file: 'm.onnx' });
    expect(diagnostics).toMatchObject([{ code, file: 'm.onnx' }]);
    expect(types.get(y)).toMatchObject({ elementType: 'float32', shape: [2, 2] });
  });
});
