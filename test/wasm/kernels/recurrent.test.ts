/** GRU and LSTM step by step, as ONNX writes them down, in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packWeights } from '../../../src/wasm/kernels/convolution.js';
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

/** The state (and cell state) of a row after a step. */
function cellStep(
  cell: RecurrentCell,
  hidden: number,
  gates: (index: number) => number,
  weight: (column: number, k: number) => number,
  bias: (column: number) => number,
  h: readonly number[],
  c: readonly number[],
): readonly [number[], number[]] {
  const units = Array.from({ length: hidden }, (_, i) => i);
  const recur = (column: number, state: readonly number[]) =>
    units.reduce((sum, k) => sum + weight(column, k) * state[k]!, bias(column));
  const gate = (block: number, i: number) => gates(block * hidden + i) + recur(block * hidden + i, h);
  if (cell === 'lstm') {
    const next = units.map((i) => sigmoid(gate(2, i)) * c[i]! + sigmoid(gate(0, i)) * Math.tanh(gate(3, i)));
    return [units.map((i) => sigmoid(gate(1, i)) * Math.tanh(next[i]!)), next];
  }
  const reset = units.map((i) => sigmoid(gate(1, i)));
  const candidate = units.map((i) => {
    const column = 2 * hidden + i;
    const part =
      cell === 'gru'
        ? recur(
            column,
            units.map((k) => reset[k]! * h[k]!),
          )
        : reset[i]! * recur(column, h);
    return Math.tanh(gates(column) + part);
  });
  const update = units.map((i) => sigmoid(gate(0, i)));
  return [units.map((i) => (1 - update[i]!) * candidate[i]! + update[i]! * h[i]!), [...c]];
}

const problem = fc.record({
  cell: fc.constantFrom<RecurrentCell>('gru', 'gru, reset after', 'lstm'),
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
        };
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
            );
            if (p.hasOutput) expectedY.set(h, (t * batch + row) * outputRow);
          }
          for (let i = 0; i < hidden; i++) {
            expect(Math.abs(hLast[row * hidden + i]! - (p.hasLast ? h[i]! : 7))).toBeLessThan(1e-5);
            expect(Math.abs(cLast[row * hidden + i]! - (p.hasLast && cell === 'lstm' ? c[i]! : 7))).toBeLessThan(1e-5);
          }
        }
        for (const [i, value] of expectedY.entries()) expect(Math.abs(y[i]! - value)).toBeLessThan(1e-5);
        expect(run(p.cuts)).toEqual(results);
      }),
      { numRuns: 60 },
    );
  });
});
