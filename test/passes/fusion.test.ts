/** How formulas match, what is said of those that stay, and that matching takes time in proportion to the graph. */
import { describe, expect, it, vi } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Value } from '../../src/ir/graph.js';
import { GraphEditor } from '../../src/ir/graph-editor.js';
import { float32 } from '../../src/ir/tensor.js';
import {
  any,
  constant,
  type Expression,
  either,
  mul,
  named,
  scalar,
  sizeOf,
} from '../../src/passes/formula/expression.js';
import { Matcher } from '../../src/passes/formula/match.js';
import { add, div, erf, pow, relu, sqrt, tanh, times } from '../../src/passes/formula/operators.js';
import { fuseGelu } from '../../src/passes/fuse-gelu.js';
import { fuseHardSwish } from '../../src/passes/fuse-hard-swish.js';
import { fuseNormalization } from '../../src/passes/fuse-normalization.js';
import { fusePRelu } from '../../src/passes/fuse-prelu.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, run } from './support.js';

class Builder extends GraphBuilder {
  number(value: number): Value {
    return this.constant(float32([], [value]));
  }
}

describe('a formula', () => {
  const [x, y, c, k] = [any('x'), any('y'), constant('c'), scalar('k')];

  /** What the captures are in each way to read the value. */
  function readings(formula: Expression, build: (b: Builder, x: Value, y: Value) => Value) {
    const b = new Builder();
    const inputs = [b.input('x', [2]), b.input('y', [2])] as const;
    const value = build(b, ...inputs);
    const graph = b.graph(value);
    const matcher = new Matcher(formula, { editor: new GraphEditor(graph), inference: infer(graph) }, sizeOf(formula));
    return [...matcher.matches(value)].map((match) =>
      [x, y, c, k].map((capture) => {
        const found = match.find<Value | number>(capture);
        return typeof found === 'object' ? found.name : found;
      }),
    );
  }

  it('has one value for a capture wherever it stands', () => {
    const form = (same: boolean) => (b: Builder, p: Value, q: Value) =>
      b.add('Mul', [b.add('Relu', [p]), b.add('Tanh', [same ? p : q])]);
    expect(readings(mul(relu(x), tanh(x)), form(true))).toEqual([['x', undefined, undefined, undefined]]);
    expect(readings(mul(relu(x), tanh(x)), form(false))).toEqual([]);
    expect(readings(mul(tanh(y), relu(x)), form(false))).toEqual([['x', 'y', undefined, undefined]]);
  });

  it('multiplies the numbers of a product, those that divide too', () => {
    const nested = (b: Builder, p: Value, q: Value) =>
      b.add('Div', [b.add('Mul', [b.add('Mul', [b.number(3), p]), b.add('Relu', [q])]), b.number(0.5)]);
    expect(readings(mul(6, relu(y), x), nested)).toEqual([['x', 'y', undefined, undefined]]);
    expect(readings(mul(k, x, relu(y)), nested)).toEqual([
      ['v0', 'y', undefined, 2],
      ['x', 'y', undefined, 6],
    ]);
    expect(readings(mul(5, relu(y), x), nested)).toEqual([]);
    expect(() => mul(2, k, x)).toThrow(RangeError);
  });

  it('tells a number divided by a value from a value divided by one', () => {
    expect(readings(mul(1 / 4, x), (b, p) => b.add('Div', [b.number(0.25), p]))).toEqual([]);
  });

  it('knows other ways to write powers, quotients, sums and roots', () => {
    const cube = (b: Builder, p: Value) => b.add('Mul', [b.add('Pow', [p, b.number(2)]), p]);
    expect(readings(pow(x, 3), cube)).toHaveLength(1);
    expect(readings(pow(x, 2), cube)).toEqual([]);
    const root = (b: Builder, p: Value, q: Value) => b.add('Mul', [b.add('Pow', [q, b.number(-0.5)]), p]);
    expect(readings(div(x, sqrt(y)), root)).toEqual([['x', 'y', undefined, undefined]]);
    expect(readings(add(1, relu(x)), (b, p) => b.add('Sub', [b.add('Relu', [p]), b.number(-1)]))).toHaveLength(1);
  });

  it('tells constants from other values, and has a named part once', () => {
    const scaled = (b: Builder, p: Value) => b.add('Mul', [b.constant(float32([2], [1, 2])), p]);
    expect(readings(times(c, x), scaled)).toEqual([['x', undefined, 'c0', undefined]]);
    expect(readings(times(c, x), (b, p, q) => b.add('Mul', [p, q]))).toEqual([]);
    const twice = (isOne: boolean) => (b: Builder, p: Value) => {
      const [first, second] = [b.add('Relu', [p]), b.add('Relu', [p])];
      return b.add('Add', [first, b.add('Erf', [isOne ? first : second])]);
    };
    const part = named(y, relu(x));
    expect(readings(add(part, erf(part)), twice(true))).toHaveLength(1);
    expect(readings(add(part, erf(part)), twice(false))).toEqual([]);
    expect(readings(either(tanh(x), relu(x)), (b, p) => b.add('Relu', [p]))).toHaveLength(1);
  });
});

describe('nodes that match and stay', () => {
  const noteOf = (pass: Parameters<typeof run>[0], build: (b: Builder) => Value, opset = 22) => {
    const b = new Builder(opset);
    return run(pass, b.graph(build(b))).notes;
  };
  const normalized = (b: Builder, x: Value, axes: number[]) => {
    const centered = b.add('Sub', [x, b.add('ReduceMean', [x], { axes })]);
    const variance = b.add('ReduceMean', [b.add('Mul', [centered, centered])], { axes });
    return b.add('Div', [centered, b.add('Sqrt', [b.add('Add', [variance, b.number(1e-3)])])]);
  };

  it.each<[string, Parameters<typeof run>[0], (b: Builder) => Value, string, number?]>([
    [
      'a shape that a constant widens',
      fuseHardSwish,
      (b) => {
        const x = b.input('x', [5]);
        const clipped = b.add('Clip', [b.add('Add', [x, b.number(3)]), b.number(0), b.number(6)]);
        return b.add('Div', [clipped, b.constant(float32([1, 1], [6]))]);
      },
      "n2 (Div) stays: 'x' is [5], and the result [1, 5]",
    ],
    [
      'a slope that makes the other one larger',
      fusePRelu,
      (b) => {
        const x = b.input('x', [2, 3]);
        return b.add('Max', [x, b.add('Mul', [x, b.number(2)])]);
      },
      'n1 (Max) stays: the slope 2 is not between 0 and 1',
    ],
    [
      'axes in the middle',
      fuseNormalization,
      (b) => normalized(b, b.input('x', [2, 3, 4]), [1]),
      'n6 (Div) stays: it normalizes over other axes than the last ones',
      13,
    ],
    [
      'parameters along another axis',
      fuseNormalization,
      (b) => b.add('Mul', [normalized(b, b.input('x', [2, 3, 4]), [-1]), b.constant(filled([2, 1, 1], 2))]),
      'n7 (Mul) stays: its scale or bias does not lie along the axes that it normalizes over',
      13,
    ],
  ])('%s', (_, pass, build, note, opset) => {
    expect(noteOf(pass, build, opset)).toContain(note);
  });

  it('what would want larger parameters than a file has', () => {
    const b = new Builder(13);
    const y = normalized(b, b.input('x', [1, 2 ** 40]), [-1]);
    const graph = b.graph(y);
    const { notes } = fuseNormalization.run(graph, infer(graph));
    expect(notes).toEqual(['n6 (Div) stays: its scale and bias would have 1099511627776 elements each']);
  });

  it('an operand that lies along an axis, as before operator set 7', () => {
    const b = new Builder(6);
    const x = b.input('x', [1, 3, 3, 3]);
    const below = b.add('Relu', [b.add('Neg', [x])]);
    const scaled = b.add('Mul', [below, b.constant(filled([3], 2))], { axis: 1, broadcast: 1 });
    expect(run(fusePRelu, b.graph(b.add('Sub', [b.add('Relu', [x]), scaled]))).ops).not.toContain('PRelu');
  });
});

describe('matching', () => {
  /** How often a pass asks who makes a value. */
  function questions(graph: ReturnType<GraphBuilder['graph']>): number {
    const asked = vi.spyOn(GraphEditor.prototype, 'producer');
    for (const pass of [fuseGelu, fuseHardSwish, fusePRelu, fuseNormalization]) {
      const before = infer(graph);
      expect(pass.run(graph, before).graph).toBe(graph);
    }
    const { length } = asked.mock.calls;
    asked.mockRestore();
    return length;
  }

  const chain = (length: number, next: (b: Builder, last: Value, before: Value) => Value) => {
    const b = new Builder();
    let [before, last] = [b.input('x', [1]), b.input('y', [1])];
    for (let i = 0; i < length; i++) [before, last] = [last, next(b, last, before)];
    return b.graph(last);
  };

  it.each<[string, (b: Builder, last: Value, before: Value) => Value]>([
    ['products of the last two values', (b, last, before) => b.add('Mul', [last, before])],
    ['products by one', (b, last) => b.add('Mul', [last, b.number(1)])],
    ['squares', (b, last) => b.add('Mul', [last, last])],
    ['sums', (b, last, before) => b.add('Add', [last, before])],
    [
      'gates that are gated',
      (b, last) =>
        b.add('Mul', [last, b.add('Add', [b.add('Tanh', [b.add('Mul', [last, b.number(1)])]), b.number(1)])]),
    ],
  ])('takes steps in proportion to a chain of %s', (_, next) => {
    const [short, long] = [50, 150].map((length) => questions(chain(length, next)));
    expect(long! / short!).toBeLessThan(3.5);
  });

  it('gives up on what can be read in too many ways, and says so', () => {
    const b = new Builder();
    const ones = (value: Value, count: number): Value =>
      count === 0 ? value : b.add('Mul', [ones(value, count - 1), b.number(1)]);
    const [x, z] = [b.input('x', [1]), b.input('z', [1])];
    // Were it not for z, this would be a Gelu. Each of these ones leaves it open what is multiplied.
    const square = b.add('Mul', [ones(x, 3), ones(x, 3)]);
    const cube = b.add('Mul', [b.add('Mul', [square, ones(x, 3)]), b.number(0.044715)]);
    const argument = b.add('Mul', [b.add('Add', [cube, x]), b.number(Math.sqrt(2 / Math.PI))]);
    const gate = b.add('Add', [b.add('Tanh', [argument]), b.number(1)]);
    const y = b.add('Mul', [b.add('Mul', [ones(z, 4), gate]), b.number(0.5)]);
    const { notes } = run(fuseGelu, b.graph(y));
    expect(notes).toEqual([expect.stringMatching(/ stays, and is no Gelu: there are too many ways to read it$/)]);
  });
});
