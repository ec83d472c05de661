import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, Tensor } from '../../../src/ir/tensor.js';
import { findOperator } from '../../../src/ops/registry.js';
import { smallIntegers } from '../../support/geometry.js';
import { type AttributeInput, graphOf, inferOperator, runOperator } from '../../support/run-operator.js';

function random(dims: readonly number[], seed: number): Tensor<Float32Array> {
  return float32(
    dims,
    smallIntegers(elementCount(dims), seed).map((value) => value / 4),
  );
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 2 }),
  input: fc.integer({ min: 1, max: 3 }),
  hidden: fc.integer({ min: 1, max: 3 }),
});

/** Row `row` of gate `gate` times a vector. */
function row(
  weights: Tensor<Float32Array>,
  gate: number,
  hidden: number,
  i: number,
  vector: readonly number[],
): number {
  return vector.reduce((sum, value, at) => sum + weights.data[(gate * hidden + i) * vector.length + at]! * value, 0);
}

type Vectors = Record<'x' | 'h', readonly number[]>;

/** The gates of one direction as the equations of the specification write them: W·x + Wb and R·h + Rb apart. */
function gates(
  w: Tensor<Float32Array>,
  r: Tensor<Float32Array>,
  b: Tensor<Float32Array>,
  count: number,
  hidden: number,
) {
  return {
    fromInput: (gate: number, i: number, { x }: Vectors) => row(w, gate, hidden, i, x) + b.data[gate * hidden + i]!,
    fromHidden: (gate: number, i: number, h: readonly number[]) =>
      row(r, gate, hidden, i, h) + b.data[(count + gate) * hidden + i]!,
  };
}

function expectClose(actual: Tensor | undefined, expected: readonly number[]): void {
  const data = actual!.data as Float32Array;
  expect(data.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 5);
  });
}

describe('GRU', () => {
  it('follows its equations, gate by gate', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.integer(), ({ steps, batch, input, hidden }, linear, seed) => {
        const x = random([steps, batch, input], seed);
        const w = random([1, 3 * hidden, input], seed + 1);
        const r = random([1, 3 * hidden, hidden], seed + 2);
        const b = random([1, 6 * hidden], seed + 3);
        const start = random([1, batch, hidden], seed + 4);
        const { fromInput, fromHidden } = gates(w, r, b, 3, hidden);
        const y: number[] = [];
        let states = Array.from({ length: batch }, (_, n) => [...start.data.subarray(n * hidden, (n + 1) * hidden)]);
        for (let t = 0; t < steps; t++) {
          states = states.map((h, n) => {
            const vectors = { x: [...x.data.subarray((t * batch + n) * input, (t * batch + n + 1) * input)], h };
            const gate = (g: number, i: number) => sigmoid(fromInput(g, i, vectors) + fromHidden(g, i, h));
            const resetState = h.map((value, i) => gate(1, i) * value);
            return h.map((before, i) => {
              const recurrent = linear ? gate(1, i) * fromHidden(2, i, h) : fromHidden(2, i, resetState);
              const candidate = Math.tanh(fromInput(2, i, vectors) + recurrent);
              return (1 - gate(0, i)) * candidate + gate(0, i) * before;
            });
          });
          y.push(...states.flat());
        }
        const [all, last] = runOperator({
          op: 'GRU',
          inputs: [x, w, r, b, undefined, start],
          attributes: { hidden_size: hidden, linear_before_reset: Number(linear) },
          outputs: 2,
        });
        expect(all!.dims).toEqual([steps, 1, batch, hidden]);
        expectClose(all, y);
        expectClose(last, states.flat());
      }),
      { numRuns: 40 },
    );
  });
});

describe('LSTM', () => {
  it('follows its equations, gate by gate', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.integer(), ({ steps, batch, input, hidden }, couple, seed) => {
        const x = random([steps, batch, input], seed);
        const w = random([1, 4 * hidden, input], seed + 1);
        const r = random([1, 4 * hidden, hidden], seed + 2);
        const b = random([1, 8 * hidden], seed + 3);
        const p = random([1, 3 * hidden], seed + 4);
        const { fromInput, fromHidden } = gates(w, r, b, 4, hidden);
        const y: number[] = [];
        let h = Array.from({ length: batch }, () => new Array<number>(hidden).fill(0));
        let c = h;
        for (let t = 0; t < steps; t++) {
          const before = { h, c };
          const input_ = (n: number) => [...x.data.subarray((t * batch + n) * input, (t * batch + n + 1) * input)];
          const sum = (gate: number, n: number, i: number) =>
            fromInput(gate, i, { x: input_(n), h: before.h[n]! }) + fromHidden(gate, i, before.h[n]!);
          c = before.c.map((cell, n) =>
            cell.map((value, i) => {
              const taken = sigmoid(sum(0, n, i) + p.data[i]! * value);
              const kept = couple ? 1 - taken : sigmoid(sum(2, n, i) + p.data[2 * hidden + i]! * value);
              return kept * value + taken * Math.tanh(sum(3, n, i));
            }),
          );
          h = c.map((cell, n) =>
            cell.map((value, i) => sigmoid(sum(1, n, i) + p.data[hidden + i]! * value) * Math.tanh(value)),
          );
          y.push(...h.flat());
        }
        const outputs = runOperator({
          op: 'LSTM',
          inputs: [x, w, r, b, undefined, undefined, undefined, p],
          attributes: { hidden_size: hidden, input_forget: Number(couple) },
          outputs: 3,
        });
        expectClose(outputs[0], y);
        expectClose(outputs[1], h.flat());
        expectClose(outputs[2], c.flat());
      }),
      { numRuns: 40 },
    );
  });
});

/** An RNN of one unit that adds: h ← x + h. */
function adder(x: Tensor, attributes: Record<string, AttributeInput>, lengths?: number[], directions = 1) {
  const ones = (dims: number[]) => float32(dims, new Array<number>(elementCount(dims)).fill(1));
  return runOperator({
    op: 'RNN',
    inputs: [
      x,
      ones([directions, 1, 1]),
      ones([directions, 1, 1]),
      undefined,
      lengths && new Tensor('int32', [lengths.length], Int32Array.from(lengths)),
    ],
    attributes: { hidden_size: 1, activations: new Array<string>(directions).fill('Affine'), ...attributes },
    outputs: 2,
  }).map((tensor) => ({ dims: tensor.dims, data: [...(tensor.data as Float32Array)] }));
}

describe('RNN', () => {
  const x = float32([3, 2, 1], [1, 10, 2, 20, 3, 30]);

  it('runs forward, in reverse and both ways', () => {
    expect(adder(x, {})[0]!.data).toEqual([1, 10, 3, 30, 6, 60]);
    expect(adder(x, { direction: 'reverse' })[0]!.data).toEqual([6, 60, 5, 50, 3, 30]);
    const [y, last] = adder(x, { direction: 'bidirectional' }, undefined, 2);
    expect(y).toEqual({ dims: [3, 2, 2, 1], data: [1, 10, 6, 60, 3, 30, 5, 50, 6, 60, 3, 30] });
    expect(last).toEqual({ dims: [2, 2, 1], data: [6, 60, 6, 60] });
  });

  it('stops each sample at its length, and starts a reverse run there', () => {
    const [y, last] = adder(x, {}, [1, 3]);
    expect([y!.data, last!.data]).toEqual([
      [1, 10, 0, 30, 0, 60],
      [1, 60],
    ]);
    expect(adder(x, { direction: 'reverse' }, [2, 3])[0]!.data).toEqual([3, 60, 2, 50, 0, 30]);
  });

  it('takes samples before steps with layout 1', () => {
    const swapped = float32([2, 3, 1], [1, 2, 3, 10, 20, 30]);
    const [y, last] = adder(swapped, { layout: 1, direction: 'bidirectional' }, undefined, 2);
    expect(y).toEqual({ dims: [2, 3, 2, 1], data: [1, 6, 3, 5, 6, 3, 10, 60, 30, 50, 60, 30] });
    expect(last).toEqual({ dims: [2, 2, 1], data: [6, 6, 60, 60] });
  });

  it('clips what goes into the activation', () => {
    expect(adder(x, { clip: { kind: 'float', value: 5 } })[0]!.data).toEqual([1, 5, 3, 5, 5, 5]);
  });

  it.each([
    { name: 'Relu', x: -1, y: 0 },
    { name: 'LeakyRelu', x: -1, y: -0.01 },
    { name: 'leakyrelu', x: -1, alpha: 0.5, y: -0.5 },
    { name: 'ThresholdedRelu', x: 0.5, y: 0 },
    { name: 'Affine', x: 2, alpha: 3, beta: 1, y: 7 },
    { name: 'ScaledTanh', x: 1, alpha: 2, beta: 0.5, y: 2 * Math.tanh(0.5) },
    { name: 'HardSigmoid', x: 1, y: 0.7 },
    { name: 'Elu', x: -1, y: Math.exp(-1) - 1 },
    { name: 'Softsign', x: -3, y: -0.75 },
    { name: 'Softplus', x: 0, y: Math.log(2) },
  ])('knows $name', ({ name, x, alpha, beta, y }) => {
    const attributes: Record<string, AttributeInput> = { activations: [name] };
    if (alpha !== undefined) attributes['activation_alpha'] = { kind: 'floats', value: [alpha] };
    if (beta !== undefined) attributes['activation_beta'] = { kind: 'floats', value: [beta] };
    expect(adder(float32([1, 1, 1], [x]), attributes)[0]!.data[0]).toBeCloseTo(y, 6);
  });
});

describe('recurrent shapes', () => {
  it('are symbolic', () => {
    const [steps, batch] = [symbol('T'), symbol('N')];
    const inputs = [
      [steps, batch, 8],
      [2, 20, 8],
      [2, 20, 5],
    ];
    const attributes = { hidden_size: 5, direction: 'bidirectional' };
    expect(inferOperator({ op: 'LSTM', inputs, attributes, outputs: 3 }).shapes).toEqual([
      [steps, 2, batch, 5],
      [2, batch, 5],
      [2, batch, 5],
    ]);
  });

  it.each([
    {
      what: 'another input size',
      inputs: [
        [4, 1, 8],
        [1, 15, 9],
        [1, 15, 5],
      ],
    },
    {
      what: 'the weights of another cell',
      inputs: [
        [4, 1, 8],
        [1, 20, 8],
        [1, 20, 5],
      ],
    },
    {
      what: 'weights for two directions',
      inputs: [
        [4, 1, 8],
        [2, 15, 8],
        [2, 15, 5],
      ],
    },
    {
      what: 'a bias of half the length',
      inputs: [
        [4, 1, 8],
        [1, 15, 8],
        [1, 15, 5],
        [1, 15],
      ],
    },
    { what: 'a state for another batch', inputs: [[4, 1, 8], [1, 15, 8], [1, 15, 5], [1, 30], undefined, [1, 2, 5]] },
  ])('US1202 for $what', ({ inputs }) => {
    const { diagnostics } = inferOperator({ op: 'GRU', inputs, attributes: { hidden_size: 5 } });
    expect(diagnostics).toMatchObject([{ code: 'US1202' }]);
  });

  it('US1304 for functions that are missing or unknown', () => {
    const inputs = [
      [4, 1, 8],
      [1, 15, 8],
      [1, 15, 5],
    ];
    for (const activations of [['Sigmoid'], ['Sigmoid', 'Swish'], ['Sigmoid', 'toString'], ['constructor', 'Tanh']]) {
      expect(inferOperator({ op: 'GRU', inputs, attributes: { activations } }).diagnostics).toMatchObject([
        { code: 'US1304' },
      ]);
    }
  });

  it('count every weight once a step and sample', () => {
    const dims = [
      [4, 2, 8],
      [1, 15, 8],
      [1, 15, 5],
    ];
    const node = graphOf({ op: 'GRU', inputs: dims.map((shape) => random(shape, 0)) }).nodes[0]!;
    expect(findOperator(node)!.bind(node).macs({ inputs: dims, outputs: [] })).toBe(4 * 2 * 15 * 13);
  });
});
