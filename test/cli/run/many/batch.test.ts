import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchedInputs, batchKey, joinFeeds, partOutputs } from '../../../../src/cli/run/many/batch.js';
import { Groups } from '../../../../src/cli/run/many/groups.js';
import { type Dim, symbol } from '../../../../src/ir/dim.js';
import { type Graph, Value } from '../../../../src/ir/graph.js';
import type { Shape } from '../../../../src/ir/shape.js';
import { float32, int64, type Tensor } from '../../../../src/ir/tensor.js';

const N = symbol('N');
const H = symbol('H');

describe('whether the batch is open', () => {
  const find = (inputs: Readonly<Record<string, Shape>>, output: Shape | undefined, many = ['x'], dims = new Map()) => {
    const values = Object.entries(inputs).map(
      ([name, shape]) => new Value(name, { kind: 'tensor', elementType: 'float32', shape }),
    );
    const graph = { inputs: values, outputs: [new Value('y')] } as unknown as Graph;
    return [...batchedInputs(graph, many, dims, () => output)];
  };

  it('is so where it is the first axis of what differs and of all outputs', () => {
    expect(find({ x: [N, 3, H, H] }, [N, 8, H])).toEqual(['x']);
    expect(find({ x: [N, 3], scale: [1, 3] }, [N, 3])).toEqual(['x']);
    expect(find({ x: [N, 3], y: [N, 1] }, [N])).toEqual(['x', 'y']);
  });

  it.each<[Readonly<Record<string, Shape>>, Shape | undefined, string]>([
    [{ x: [1, 3] }, [1, 3], "the batch of the input 'x' is not open, its shape is [1, 3]"],
    [{ x: [N, N] }, [N, 3], "the batch N is not the first axis of the input 'x'"],
    [{ x: [N, 3], s: [3, N] }, [N, 3], "the batch N is not the first axis of the input 's'"],
    [{ x: [N, 3] }, [3, N], "the batch N is not the first axis of the output 'y', [3, N]"],
    [{ x: [N, 3] }, undefined, "the batch N is not the first axis of the output 'y'"],
  ])('%o to %o: %s', (inputs, output, message) => {
    expect(() => find(inputs, output)).toThrow(message);
  });

  it('is not so where a size is given, and where something else differs', () => {
    expect(() => find({ x: [N, 3] }, [N, 3], ['x'], new Map([['N', 2]]))).toThrow('--dim fixes the batch, N = 2');
    expect(() => find({ x: [N, 3], s: [3] as Dim[] }, [N, 3], ['x', 's'])).toThrow("of the input 's', [3]");
  });
});

describe('joining and parting', () => {
  it('are inverse', () => {
    const item = fc.record({ batch: fc.constant(2), fill: fc.integer({ min: -99, max: 99 }) });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), (items) => {
        const feeds = items.map(
          ({ batch, fill }): ReadonlyMap<string, Tensor> =>
            new Map<string, Tensor>([
              [
                'a',
                float32(
                  [batch, 3],
                  Float32Array.from({ length: batch * 3 }, (_, i) => fill + i),
                ),
              ],
              [
                'b',
                int64(
                  [batch],
                  Array.from({ length: batch }, (_, i) => fill - i),
                ),
              ],
            ]),
        );
        expect(new Set(feeds.map(batchKey)).size).toBe(1);
        const joined = joinFeeds(feeds, new Set(['a', 'b']));
        expect(joined.get('a')!.dims).toEqual([2 * items.length, 3]);
        expect(partOutputs(joined, items.length)).toEqual(feeds);
      }),
    );
  });

  it('leave what has no batch as it is', () => {
    const same = float32([3], [1, 2, 3]);
    const feeds = [1, 2].map(
      (fill) =>
        new Map([
          ['x', float32([1], [fill])],
          ['s', same],
        ]),
    );
    expect(joinFeeds(feeds, new Set(['x']))).toEqual(
      new Map([
        ['x', float32([2], [1, 2])],
        ['s', same],
      ]),
    );
  });
});

describe('groups', () => {
  it('give each item once, by key, in batches, and hold few', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), fc.integer({ min: 1, max: 4 }), (keys, batch) => {
        const groups = new Groups<string>(batch);
        const given: { index: number; value: string }[] = [];
        const take = (group: readonly { index: number; value: string }[]) => {
          expect(group.length).toBeGreaterThan(0);
          expect(group.length).toBeLessThanOrEqual(batch);
          expect(new Set(group.map(({ value }) => value)).size).toBe(1);
          given.push(...group);
        };
        for (const [index, key] of keys.entries()) {
          for (const group of groups.add(key, { index, value: key })) take(group);
          expect(groups.size).toBeLessThan(2 * batch);
          const waiting = keys
            .slice(0, index + 1)
            .map((_, i) => i)
            .filter((i) => !given.some((item) => item.index === i));
          if (waiting.length > 0) expect(index - waiting[0]!).toBeLessThan(4 * batch);
        }
        while (groups.size > 0) take(groups.takeLargest());
        expect(given.map(({ index }) => index).sort((a, b) => a - b)).toEqual(keys.map((_, i) => i));
      }),
    );
  });
});
