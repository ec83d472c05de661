import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { numbersOf } from '../../../src/ir/numeric.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';
import { randomFloats } from '../../support/weights.js';

const op = 'CausalConvWithState';
const opset = 27;

function run(inputs: readonly (Tensor | undefined)[], attributes: Readonly<Record<string, AttributeInput>> = {}) {
  return runOperator({ op, opset, inputs, attributes, outputs: 2 });
}

describe(op, () => {
  const x = float32([1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const w = float32([2, 1, 2], [10, 1, 0, 2]);

  it('reads nothing after a position, and zeros before the first', () => {
    const [y, state] = run([x, w]);
    expect(elementsOf(y)).toEqual([1, 12, 23, 8, 10, 12]);
    expect(state!.dims).toEqual([1, 2, 1]);
    expect(elementsOf(state)).toEqual([3, 6]);
  });

  it('goes on from a state, and adds a bias', () => {
    const [y] = run([x, w, float32([2], [100, 200]), float32([1, 2, 1], [7, 8])]);
    expect(elementsOf(y)).toEqual([171, 112, 123, 208, 210, 212]);
  });

  it('keeps of a short input what the state still has', () => {
    const [y, state] = run([
      float32([1, 1, 1], [5]),
      float32([1, 1, 4], [1, 2, 3, 4]),
      undefined,
      float32([1, 1, 3], [1, 2, 3]),
    ]);
    expect(elementsOf(y)).toEqual([1 + 4 + 9 + 20]);
    expect(elementsOf(state)).toEqual([2, 3, 5]);
  });

  it.each(['silu', 'swish'])('multiplies by its sigmoid for %s', (activation) => {
    const [y] = run([float32([1, 1, 2], [1, -2]), float32([1, 1, 1], [1])], { activation });
    // To ten digits: 1/(1 + e⁻¹), −2/(1 + e²).
    for (const [i, value] of [0.7310585786, -0.2384058441].entries()) expect(elementsOf(y)[i]).toBeCloseTo(value, 6);
  });

  it('computes a line in pieces, each from the state of the one before, as it does the whole', () => {
    const cases = fc.record({
      channels: fc.integer({ min: 1, max: 3 }),
      lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      taps: fc.integer({ min: 1, max: 5 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ channels, lengths, taps, seed }) => {
        const random = new RandomSource(seed);
        const pieces = lengths.map((length) => randomFloats([1, channels, length], random));
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const lineOf = (tensors: readonly Tensor[], channel: number) =>
          tensors.flatMap((tensor) =>
            [...numbersOf(tensor)].slice(channel * tensor.dims[2]!).slice(0, tensor.dims[2]!),
          );
        const all = Array.from({ length: channels }, (_, channel) => lineOf(pieces, channel)).flat();
        const weights = randomFloats([channels, 1, taps], random);
        const [whole, end] = run([float32([1, channels, total], all), weights]);
        let state: Tensor | undefined;
        const results = pieces.map((piece) => {
          const [y, after] = run([piece, weights, undefined, state]);
          state = after;
          return y!;
        });
        const joined = Array.from({ length: channels }, (_, channel) => lineOf(results, channel)).flat();
        expect(joined).toEqual(elementsOf(whole));
        expect(elementsOf(state)).toEqual(elementsOf(end));
      }),
      { numRuns: 50 },
    );
  });

  it('has results of the sizes of input and state', () => {
    const [n, l] = [symbol('N'), symbol('L')];
    const { shapes } = inferOperator({
      op,
      opset,
      inputs: [
        [n, 4, l],
        [4, 1, 3],
      ],
      outputs: 2,
    });
    expect(shapes).toEqual([
      [n, 4, l],
      [n, 4, 2],
    ]);
    expect(inferOperator({ op, opset, inputs: [undefined, undefined], outputs: 2 }).shapes).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    {
      title: 'channels',
      inputs: [
        [1, 3, 5],
        [4, 1, 3],
      ],
      code: 'US1205',
    },
    {
      title: 'ranks',
      inputs: [
        [1, 3, 5, 5],
        [3, 1, 3],
      ],
      code: 'US1201',
    },
    {
      title: 'an empty kernel',
      inputs: [
        [1, 3, 5],
        [3, 1, 0],
      ],
      code: 'US1209',
    },
    {
      title: 'another group',
      inputs: [
        [1, 4, 5],
        [4, 2, 3],
      ],
      code: 'US1202',
    },
    { title: 'another state', inputs: [[1, 4, 5], [4, 1, 3], [4], [1, 4, 3]], code: 'US1202' },
  ])('finds $title', ({ inputs, code }) => {
    expect(inferOperator({ op, opset, inputs, outputs: 2 }).diagnostics).toMatchObject([{ code }]);
  });
});
