/** Sizes of Resize and Upsample as expressions: what they are at numbers is what the execution gives there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { add, type Dim, floorDiv, mul, substitute, symbol, symbolsOf } from '../../../src/ir/dim.js';
import { Value } from '../../../src/ir/graph.js';
import type { Shape } from '../../../src/ir/shape.js';
import { float32, int64, type Tensor, zeros } from '../../../src/ir/tensor.js';
import { GraphBuilder } from '../../support/graph.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats } from '../../support/tensors.js';

const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];

function list(values: readonly number[]): Tensor {
  return float32([values.length], values);
}

function shapeOf(x: Shape, rest: readonly (Tensor | Shape | undefined)[], attributes = {}, opset = 19) {
  const { shapes, diagnostics } = inferOperator({ op: 'Resize', opset, inputs: [x, ...rest], attributes });
  expect(diagnostics).toEqual([]);
  return shapes[0];
}

/** Factors as exporters write them, and others that float32 rounds. */
const scale = fc.constantFrom(1, 2, 3, 4, 8, 0.5, 0.25, 1.5, 0.75, 2.5, 1 / 3, 2 / 3, 0.7, 1.7142857142857142, 0.1);

describe('the shape of Resize', () => {
  it('multiplies symbols by whole and by broken scales', () => {
    expect(shapeOf([n, 3, h, w], [undefined, list([1, 1, 2, 2])])).toEqual([n, 3, mul(h, 2), mul(w, 2)]);
    expect(shapeOf([n, 3, h, w], [undefined, list([1, 1, 0.5, 1.5])])).toEqual([
      n,
      3,
      floorDiv(h, 2),
      floorDiv(mul(w, 3), 2),
    ]);
  });

  it('says that a rounded scale hides the size', () => {
    const [size] = shapeOf([h], [undefined, list([1 / 3])])!;
    const [symbolic] = [...symbolsOf(size!).values()];
    expect(symbolic!.reason).toMatch(/floor\(H times the scale 0\.333.*\), which is no short fraction/);
  });

  it('takes sizes that are computed from shapes', () => {
    const graph = new GraphBuilder(19);
    const [small, large] = [graph.input('small', [1, 8, h, w]), graph.input('large', [1, 3, mul(h, 4), mul(w, 4)])];
    const shape = graph.add('Shape', [large]);
    const spatial = graph.add('Slice', [shape, graph.constant(int64([1], [2])), graph.constant(int64([1], [4]))]);
    const sizes = graph.add('Concat', [graph.constant(int64([2], [1, 8])), spatial], { axis: 0 });
    const y = graph.add('Resize', [small, undefined, undefined, sizes]);
    expect(infer(graph.graph(y)).types.get(y)!.shape).toEqual([1, 8, mul(h, 4), mul(w, 4)]);
  });

  it('keeps unknown sizes apart from those that are known', () => {
    const shape = shapeOf([1, 3, h, 8], [undefined, undefined, [2]], { axes: [2, 3] });
    expect(shape!.slice(0, 2)).toEqual([1, 3]);
    expect(shape!.slice(2).map((dim) => typeof dim)).toEqual(['object', 'object']);
    expect(shape![2]).not.toBe(shape![3]);
  });

  it('keeps the ratio of sizes it knows, and of one axis whatever it is', () => {
    const sizes = int64([1], [16]);
    expect(
      shapeOf([n, h], [undefined, undefined, sizes], { axes: [1], keep_aspect_ratio_policy: 'not_larger' }),
    ).toEqual([n, 16]);
    const [height] = shapeOf([h, w], [undefined, undefined, int64([2], [16, 16])], {
      keep_aspect_ratio_policy: 'not_smaller',
    })!;
    expect(String([...symbolsOf(height!).values()][0]!.reason)).toContain('not smaller');
  });

  it('is unknown where the rank is', () => {
    const x = new Value('x');
    for (const opset of [10, 11, 13, 18, 19]) {
      const inner = new GraphBuilder(opset);
      const y = inner.add('Resize', opset < 11 ? [x, x] : [x, x, x]);
      const { types, diagnostics } = infer(inner.graph(y));
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(types.get(y)!.shape).toBeUndefined();
    }
  });

  it('is at numbers what the execution gives', () => {
    const axis = fc.record({ factor: fc.integer({ min: 1, max: 3 }), offset: fc.integer({ min: 0, max: 4 }), scale });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 12 }), (axes, value) => {
        const dims: Dim[] = axes.map(({ factor, offset }) => add(mul(h, factor), offset));
        const scales = list(axes.map((item) => item.scale));
        const inferred = shapeOf(dims, [undefined, scales])!;
        const bindings = new Map([['H', value]]);
        const numbers = dims.map((dim) => substitute(dim, bindings) as number);
        const [run] = runOperator({ op: 'Resize', opset: 19, inputs: [zeros('float32', numbers), undefined, scales] });
        inferred.forEach((dim, i) => {
          const bound = substitute(dim, bindings);
          if (typeof bound === 'number') expect(bound, String(dim)).toBe(run!.dims[i]);
          else expect([...symbolsOf(bound).values()][0]!.reason).toContain('no short fraction');
        });
      }),
    );
  });
});

describe('Upsample', () => {
  const upsample = (opset: number, inputs: readonly Tensor[], attributes: Readonly<Record<string, AttributeInput>>) =>
    runOperator({ op: 'Upsample', opset, inputs, attributes })[0]!;
  const square = float32([1, 1, 2, 2], [1, 2, 3, 4]);
  const doubled = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];

  it('takes its scales from an attribute, then from an input', () => {
    const scales = { kind: 'floats', value: [1, 1, 2, 2] } as const;
    expect(elementsOf(upsample(7, [square], { scales }))).toEqual(doubled);
    expect(elementsOf(upsample(9, [square, list([1, 1, 2, 2])], {}))).toEqual(doubled);
    const first = floats({ height_scale: 2, width_scale: 2 });
    expect(elementsOf(upsample(6, [square], first))).toEqual(doubled);
  });

  it('interpolates from the front of every element', () => {
    const result = upsample(9, [float32([1, 1, 1, 2], [0, 30]), list([1, 1, 1, 2])], { mode: 'linear' });
    expect(elementsOf(result)).toEqual([0, 15, 30, 30]);
  });

  it('has symbolic sizes', () => {
    const scales = { kind: 'floats', value: [1, 1, 2, 1.5] } as const;
    const { shapes } = inferOperator({ op: 'Upsample', opset: 7, inputs: [[n, 3, h, w]], attributes: { scales } });
    expect(shapes[0]).toEqual([n, 3, mul(h, 2), floorDiv(mul(w, 3), 2)]);
    const computed = inferOperator({ op: 'Upsample', opset: 9, inputs: [[1, h], [2]] });
    expect(computed.shapes[0]).toHaveLength(2);
  });

  it('wants its scales', () => {
    expect(() => upsample(7, [square], {})).toThrow(/US1302.*'scales' is required/);
    expect(() => upsample(9, [square, list([2, 2])], {})).toThrow(/US1202.*4 values/);
    expect(() => upsample(9, [square, list([1, 1, -2, 2])], {})).toThrow(/US1211/);
  });
});
