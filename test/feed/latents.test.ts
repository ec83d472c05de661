import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, latentInputs, latentSource } from '../../src/feed/latents.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph } from '../../src/ir/graph.js';
import { Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32 } from '../../src/ir/tensor.js';

const N = symbol('N');
const H = symbol('H');

function graphOf(inputs: Readonly<Record<string, Shape>>, integers: readonly string[] = []): Graph {
  const values = Object.entries(inputs).map(
    ([name, shape]) =>
      new Value(name, { kind: 'tensor', elementType: integers.includes(name) ? 'int64' : 'float32', shape }),
  );
  return { name: 'g', inputs: values, outputs: [], nodes: [], constants: new Map() } as unknown as Graph;
}

const none = new Map<string, number>();
const namesOf = (graph: Graph, given: readonly string[] = [], dims = none) =>
  latentInputs(graph, new Set(given), dims).map(({ value, dims: own }) => `${value.name}[${own.join()}]`);

describe('inputs that take latents', () => {
  it('are the floats without the axes of a picture', () => {
    expect(namesOf(graphOf({ z: [N, 8] }))).toEqual(['z[1,8]']);
    expect(namesOf(graphOf({ z: [N, 100, 1, 1] }))).toEqual(['z[1,100,1,1]']);
    expect(namesOf(graphOf({ z: [N, 3, 1, 1] }))).toEqual(['z[1,3,1,1]']);
    expect(namesOf(graphOf({ z: [4, 16, 8, 8] }))).toEqual(['z[4,16,8,8]']);
    expect(namesOf(graphOf({ z: [N, 4, H, H] }), [], new Map([['H', 32]]))).toEqual(['z[1,4,32,32]']);
    expect(namesOf(graphOf({ image: [N, 3, 64, 64], eps: [N, 8] }))).toEqual(['eps[1,8]']);
    expect(namesOf(graphOf({ label: [N, 1], z: [N, 8] }, ['label']))).toEqual(['z[1,8]']);
    expect(namesOf(graphOf({ style: [N, 4], z: [N, 8] }), ['style'])).toEqual(['z[1,8]']);
  });

  it('may be none, or of an open size', () => {
    const image = graphOf({ image: [N, 3, 64, 64] });
    expect(() => latentInputs(image, new Set(), none)).toThrow('the model has no input that takes a latent');
    const open = graphOf({ z: [N, 4, H, H] });
    expect(() => latentInputs(open, new Set(), none)).toThrow("the input 'z' cannot be drawn: its size is open");
  });

  it('get numbers of mean 0 and deviation 1, the same for a seed', () => {
    const inputs = latentInputs(graphOf({ z: [N, 1000], w: [N, 10] }), new Set(), none);
    const draw = (seed: number) => {
      const next = latentSource(inputs, seed);
      return [next(), next()].map((item) => [...(item.get('z')!.data as Float32Array)]);
    };
    const [first, second] = draw(1);
    const values = [...first!, ...second!];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.1);
    expect(draw(1)).toEqual([first, second]);
    expect(draw(2)).not.toEqual([first, second]);
    expect(second).not.toEqual(first);
  });
});

describe('the way between two latents', () => {
  const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));

  it('is the arc: ends are exact, lengths stay between those of the ends, steps are equal', () => {
    const vector = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, vector, fc.integer({ min: 2, max: 9 }), (a, b, steps) => {
        const [from, to] = [float32([1, 3], a), float32([1, 3], b)];
        const way = interpolate(from, to, steps);
        expect(way).toHaveLength(steps);
        expect(way[0]).toBe(from);
        expect(way.at(-1)).toBe(to);
        fc.pre(length(a) > 0.1 && length(b) > 0.1);
        const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0) / length(a) / length(b);
        fc.pre(Math.abs(dot) < 0.99);
        const least = Math.min(length(a), length(b));
        for (const { data } of way) expect(length(data as Float32Array)).toBeGreaterThan(0.7 * least);
      }),
    );
    const way = interpolate(float32([1, 2], [1, 0]), float32([1, 2], [0, 1]), 4);
    way.forEach(({ data }, i) => {
      const angle = (i * Math.PI) / 6;
      expect(data[0]).toBeCloseTo(Math.cos(angle), 6);
      expect(data[1]).toBeCloseTo(Math.sin(angle), 6);
    });
  });

  it('is the chord where there is no arc', () => {
    const values = (a: readonly number[], b: readonly number[]) =>
      interpolate(float32([2], a), float32([2], b), 3).map(({ data }) => [...(data as Float32Array)]);
    expect(values([1, 0], [3, 0])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(values([1, 0], [-1, 0])).toEqual([
      [1, 0],
      [0, 0],
      [-1, 0],
    ]);
    expect(values([0, 0], [2, 4])).toEqual([
      [0, 0],
      [1, 2],
      [2, 4],
    ]);
  });
});
