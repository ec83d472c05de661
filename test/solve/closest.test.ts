import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Constraint, decide } from '../../src/ir/constraint.js';
import { add, type Dim, floorDiv, mul, symbol } from '../../src/ir/dim.js';
import { closestSizes } from '../../src/solve/closest.js';
import { GraphBuilder } from '../support/graph.js';

const [H, W, N] = ['H', 'W', 'N'].map((name) => symbol(name)) as [Dim, Dim, Dim];
const builder = new GraphBuilder();
builder.add('Relu', [builder.input('x', [1])]);
const [node] = builder.graph(builder.add('Relu', [builder.input('y', [1])])).nodes;

function asked(kind: Constraint['kind'], left: Dim, right: Dim): Constraint {
  return { kind, left, right, node: node!, what: 'sizes' };
}

function multiple(dim: Dim, of: number): Constraint {
  return asked('equal', mul(of, floorDiv(dim, of)), dim);
}

function sizes(height: number, width: number): ReadonlyMap<string, number> {
  return new Map([
    ['H', height],
    ['W', width],
  ]);
}

describe('the closest sizes', () => {
  const of32 = [multiple(H, 32), multiple(W, 32)];

  it('are the wanted ones where these are legal', () => {
    expect(closestSizes(of32, sizes(64, 96))).toEqual({ sizes: sizes(64, 96), unmet: [] });
    expect(closestSizes([], sizes(7, 9)).sizes).toEqual(sizes(7, 9));
  });

  it('go up or down, or where it is nearer', () => {
    const wanted = sizes(767, 1030);
    const unmet = [{ names: ['H', 'W'], text: 'multiple of 32' }];
    expect(closestSizes(of32, wanted)).toEqual({ sizes: sizes(768, 1024), unmet });
    expect(closestSizes(of32, wanted, new Map(), 'up').sizes).toEqual(sizes(768, 1056));
    expect(closestSizes(of32, wanted, new Map(), 'down').sizes).toEqual(sizes(736, 1024));
    expect(closestSizes(of32, sizes(64, 31), new Map(), 'down')).toEqual({
      sizes: undefined,
      unmet: [{ names: ['W'], text: 'multiple of 32' }],
    });
  });

  it('are multiples where these are legal among others', () => {
    // 0 or 1 modulo 16.
    const either = [asked('at-least', add(mul(16, floorDiv(H, 16)), 1), H)];
    const closest = (size: number) => closestSizes(either, new Map([['H', size]])).sizes!.get('H');
    expect([593, 600, 602, 17, 31].map(closest)).toEqual([593, 608, 608, 17, 32]);
  });

  it('are found together where sizes depend on one another', () => {
    const square = [...of32, asked('equal', H, W)];
    expect(closestSizes(square, sizes(100, 400))).toMatchObject({
      sizes: sizes(192, 192),
      unmet: [{ names: ['H', 'W'], text: 'multiple of 32' }, { text: 'H = W' }],
    });
    expect(closestSizes(square, sizes(100, 400), new Map(), 'up').sizes).toEqual(sizes(416, 416));
    expect(closestSizes([asked('equal', H, W)], sizes(3000, 4000)).sizes!.get('H')).toBeGreaterThanOrEqual(3000);
    expect(closestSizes([asked('equal', add(H, W), 20)], sizes(9, 9)).sizes).toEqual(sizes(10, 10));
  });

  it('are looked for around the wanted one where there is no closed form', () => {
    const period = (least: number) => [asked('equal', mul(4099, floorDiv(H, 4099)), least)];
    const wanted = new Map([['H', 5000]]);
    expect(closestSizes(period(4099), wanted)).toEqual({ sizes: wanted, unmet: [] });
    const { sizes: below, unmet } = closestSizes(period(0), wanted);
    expect(below).toEqual(new Map([['H', 4098]]));
    expect(unmet).toEqual([{ names: ['H'], text: 'legal at all sizes tried up to 4096; larger ones are not decided' }]);
    expect(closestSizes(period(0), wanted, new Map(), 'up').sizes).toBeUndefined();
  });

  it('leave open what other sizes decide, and take what they are given', () => {
    const product = [asked('equal', mul(N, H), 64)];
    const wanted = new Map([['H', 30]]);
    expect(closestSizes(product, wanted).sizes).toEqual(wanted);
    expect(closestSizes(product, wanted, new Map([['N', 2]])).sizes).toEqual(new Map([['H', 32]]));
    expect(closestSizes([asked('equal', N, 1)], wanted, new Map([['N', 2]])).sizes).toBeUndefined();
  });

  it('are legal, and no others are closer', () => {
    const part = fc.record({ of: fc.integer({ min: 1, max: 12 }), least: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(part, part, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (a, b, h, w) => {
        const constraints = [
          multiple(H, a.of),
          multiple(W, b.of),
          asked('at-least', H, a.least),
          asked('at-least', add(H, W), b.least),
        ];
        const isLegal = (x: number, y: number) => constraints.every((item) => decide(item, sizes(x, y)) === true);
        const found = closestSizes(constraints, sizes(h, w)).sizes!;
        const [height, width] = [found.get('H')!, found.get('W')!];
        expect(isLegal(height, width)).toBe(true);
        const cost = (x: number, y: number) => Math.log(x / h) ** 2 + Math.log(y / w) ** 2;
        for (let x = 1; x < 90; x++)
          for (let y = 1; y < 90; y++)
            if (isLegal(x, y)) expect(cost(x, y)).toBeGreaterThanOrEqual(cost(height, width) - 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});
