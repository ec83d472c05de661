import { describe, expect, it } from 'vitest';
import type { Constraint } from '../../src/ir/constraint.js';
import { add, type Dim, floorDiv, mul, sub, symbol } from '../../src/ir/dim.js';
import { eliminate } from '../../src/solve/eliminate.js';
import { nearestSizes } from '../../src/solve/nearest.js';
import { GraphBuilder } from '../support/graph.js';

const [H, W] = ['H', 'W'].map((name) => symbol(name)) as [Dim, Dim];
const builder = new GraphBuilder();
const [node] = builder.graph(builder.add('Relu', [builder.input('x', [1])])).nodes;

function nearest(sizes: Readonly<Record<string, number>>, ...asked: [Constraint['kind'], Dim, Dim][]) {
  const constraints = asked.map(([kind, left, right]) => ({ kind, left, right, node: node!, what: 'sizes' }));
  return nearestSizes({ constraints, refuted: [] }, new Map(Object.entries(sizes)));
}

const multiple = (dim: Dim, of: number): [Constraint['kind'], Dim, Dim] => ['equal', mul(of, floorDiv(dim, of)), dim];

describe('the nearest legal sizes', () => {
  it('are those below and above, of the symbols that do not fit', () => {
    expect(nearest({ H: 100, W: 64 }, multiple(H, 32), multiple(W, 32))).toEqual([
      { symbol: 'H', size: 100, below: 96, above: 128 },
    ]);
    expect(nearest({ H: 7 }, multiple(H, 32))).toEqual([{ symbol: 'H', size: 7, below: undefined, above: 32 }]);
  });

  it('keep the other sizes', () => {
    expect(nearest({ H: 6, W: 10 }, ['equal', H, sub(W, 2)])).toEqual([
      { symbol: 'H', size: 6, below: undefined, above: 8 },
      { symbol: 'W', size: 10, below: 8, above: undefined },
    ]);
  });

  it('are none where it is proved that there is none', () => {
    expect(nearest({ H: 4 }, ['equal', mul(2, H), 7])).toEqual([
      { symbol: 'H', size: 4, below: undefined, above: undefined },
    ]);
  });

  it('are looked for around the size where there is no closed form, and left out where none is found', () => {
    const far = (times: number): [Constraint['kind'], Dim, Dim] => [
      'equal',
      mul(4099, floorDiv(H, 4099)),
      4099 * times,
    ];
    expect(nearest({ H: 9000 }, far(1))).toEqual([{ symbol: 'H', size: 9000, below: 8197, above: undefined }]);
    expect(nearest({ H: 9000 }, far(9))).toEqual([]);
  });
});

it('an equation of as many terms as a size may have is solved for none of them, and ends no check', () => {
  const names = Array.from({ length: 63 }, (_, i) => symbol(`a${i}`));
  const left = names.reduce<Dim>((sum, name) => add(sum, mul(H, name)), mul(H, W));
  const order = new Map([...names.map(String), 'H', 'W'].map((name, i) => [name, i]));
  const { eliminated, rest } = eliminate([{ kind: 'equal', left, right: 0, node: node!, what: 'sizes' }], order);
  expect([eliminated.length, rest.length]).toEqual([0, 1]);
});
