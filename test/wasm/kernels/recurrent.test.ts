/** RNN, GRU and LSTM step by step, as ONNX writes them down, in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packWeights } from '../../../src/wasm/kernels/convolution.js';
import { clip, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import {
  type RecurrentCell,
  type RecurrentParams,
  recurrent,
  recurrentPacks,
  recurrentScratch,
} from '../../../src/wasm/kernels/recurrent.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

type Activation = (x: number) => number;

/** As trees, and the same as functions; the defaults are not given to the kernel. */
const relu = clip(input(0), 0, 0.5);
const asRelu = (x: number) => Math.min(Math.max(x, 0), 0.5);

/** The state (and cell state) of a row after a step. */
function cellStep(
  cell: RecurrentCell,
  hidden: number,
  gates: (index: number) => number,
  weight: (column: number, k: number) => number,
  bias: (column: number) => number,
  before: readonly number[],
  c: readonly number[],
  [f = sigmoid, g = sigmoid, h = sigmoid]: readonly Activation[],
): readonly [number[], number[]] {
  const units = Array.from({ length: hidden }, (_, i) => i);
  const recur = (column: number, state: readonly number[]) =>
    units.reduce((sum, k) => sum + weight(column, k) * state[k]!, bias(column));
  const gate = (block: number, i: number) => gates(block * hidden + i) + recur(block * hidden + i, before);
  if (cell === 'rnn') return [units.map((i) => f(gate(0, i))), [...c]];
  if (cell === 'lstm') {
    const next = units.map((i) => f(gate(2, i)) * c[i]! + f(gate(0, i)) * g(gate(3, i)));
    return [units.map((i) => f(gate(1, i)) * h(next[i]!)), next];
  }
  const reset = units.map((i) => f(gate(1, i)));
  const candidate = units.map((i) => {
    const column = 2 * hidden + i;
    const part =
      cell === 'gru'
        ? recur(
            column,
            units.map((k) => reset[k]! * before[k]!),
          )
        : reset[i]! * recur(column, before);
    return g(gates(column) + part);
  });
  const update = units.map((i) => f(gate(0, i)));
  return [units.map((i) => (1 - update[i]!) * candidate[i]! + update[i]! * before[i]!), [...c]];
}

const problem = fc.record({
  cell: fc.constantFrom<RecurrentCell>('rnn', 'gru', 'gru, reset after', 'lstm'),
  isDefault: fc.boolean(),
  steps: fc.integer({ min: 1, max: 6 }),
  batch: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 33 })),
  hidden: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 24 })),
  isReverse: fc.boolean(),
  hasBias: fc.boolean(),
  hasInitial: fc.boolean(),
  hasOutput: fc.boolean(),
  hasLast: fc.boolean(),
  tile: fc.constantFrom({ pixels: 6, columns: 16 }, { pixels: 6, columns: 8 }),
  cuts: fc.array(fc.nat(6), { maxLength: 2 }),
  seed: fc.integer(),
});

/** States are of about 1, and the functions of gates are of few terms. */
const near = 5e-5;

describe.each(tiers)('recurrences, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are those of ONNX', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const { cell, steps, batch, hidden, tile, isReverse } = p;
        const packs = recurrentPacks(cell, hidden);
        const columns = packs.reduce((sum, count) => sum + count, 0);
        const gates = noise(steps * batch * columns, p.seed).map((x) => 2 * x);
        const r = noise(columns * hidden, p.seed + 1);
        const bias = new Float32Array(columns + 16);
        bias.set(noise(columns, p.seed + 2));
        const [h0, c0] = [noise(batch * hidden, p.seed + 3), noise(batch * hidden, p.seed + 4)];
        let first = 0;
        const weights = packs.flatMap((count) => {
          const start = first;
          first += count;
          return [...packWeights(hidden, count, tile, (k, j) => r[(start + j) * hidden + k]!)];
        });
        // Rows of the output may have neighbors.
        const outputRow = hidden + 3;
        const params: RecurrentParams = {
          cell,
          steps,
          batch,
          hidden,
          gates: { step: (isReverse ? -1 : 1) * batch * columns, row: columns },
          hasBias: p.hasBias,
          tile,
          ...(p.hasInitial ? { initial: hidden } : {}),
          ...(p.hasOutput ? { output: { step: (isReverse ? -1 : 1) * batch * outputRow, row: outputRow } } : {}),
          ...(p.hasLast ? { last: hidden } : {}),
          ...(p.isDefault ? {} : { activations: [unary('tanh', input(0)), relu, unary('sigmoid', input(0))] }),
        };
        const defaults = cell === 'rnn' ? [Math.tanh] : [sigmoid, Math.tanh, Math.tanh];
        const activations = p.isDefault ? defaults : [Math.tanh, asRelu, sigmoid];
        const start = isReverse ? steps - 1 : 0;
        const run = (cuts: readonly number[]) =>
          runKernel(tier, (target) => recurrent(target, params), {
            arrays: [
              gates,
              Float32Array.from(weights),
              bias,
              h0,
              c0,
              new Float32Array(steps * batch * outputRow).fill(7),
              new Float32Array(batch * hidden).fill(7),
              new Float32Array(batch * hidden).fill(7),
              new Float32Array(recurrentScratch(params)).fill(Number.NaN),
            ],
            offsets: [start * batch * columns, 0, 0, 0, 0, start * batch * outputRow, 0, 0, 0],
            cuts,
          }).slice(5, 8);
        const results = run([]);
        const [y, hLast, cLast] = results as [Float32Array, Float32Array, Float32Array];
        const expectedY = new Float64Array(y.length).fill(7);
        for (let row = 0; row < batch; row++) {
          const zeros = new Array<number>(hidden).fill(0);
          let h = p.hasInitial ? [...h0.subarray(row * hidden, (row + 1) * hidden)] : zeros;
          let c = p.hasInitial ? [...c0.subarray(row * hidden, (row + 1) * hidden)] : zeros;
          for (let i = 0; i < steps; i++) {
            const t = isReverse ? steps - 1 - i : i;
            [h, c] = cellStep(
              cell,
              hidden,
              (index) => gates[(t * batch + row) * columns + index]!,
              (column, k) => r[column * hidden + k]!,
              (column) => (p.hasBias ? bias[column]! : 0),
              h,
              c,
              activations,
            );
            if (p.hasOutput) expectedY.set(h, (t * batch + row) * outputRow);
          }
          for (let i = 0; i < hidden; i++) {
            expect(Math.abs(hLast[row * hidden + i]! - (p.hasLast ? h[i]! : 7))).toBeLessThan(near);
            expect(Math.abs(cLast[row * hidden + i]! - (p.hasLast && cell === 'lstm' ? c[i]! : 7))).toBeLessThan(near);
          }
        }
        for (const [i, value] of expectedY.entries()) expect(Math.abs(y[i]! - value)).toBeLessThan(near);
        expect(run(p.cuts)).toEqual(results);
      }),
      { numRuns: 60 },
    );
  });
});
