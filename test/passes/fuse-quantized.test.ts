/** What quantizers mark around operators: which of it becomes work on integers, and that it computes the same. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { fuseQuantized } from '../../src/passes/fuse-quantized.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { integers, randomBits } from '../lower/quantized/integers.js';
import { GraphBuilder } from '../support/graph.js';

class Marked extends GraphBuilder {
  constructor(readonly type: ElementType = 'uint8') {
    super(21);
  }

  number(value: number): Value {
    return this.constant(float32([], [value]));
  }

  parameters(scale: number, zero: number): [Value, Value] {
    return [this.number(scale), this.constant(tensorFromNumbers(this.type, [], [zero]))];
  }

  quantized(x: Value, scale: number, zero: number): Value {
    return this.add('QuantizeLinear', [x, ...this.parameters(scale, zero)]);
  }

  marked(x: Value, scale: number, zero: number): Value {
    return this.add('DequantizeLinear', [this.quantized(x, scale, zero), ...this.parameters(scale, zero)]);
  }

  weights(dims: readonly number[], scales: readonly number[]): Value {
    const own = [this.constant(integers('int8', dims, 3)), this.constant(float32([scales.length], scales))];
    const zeros = this.constant(tensorFromNumbers('int8', [scales.length], new Array<number>(scales.length).fill(0)));
    return this.add('DequantizeLinear', [...own, zeros], { axis: 0 });
  }

  bias(scales: readonly number[]): Value {
    const numbers = randomBits(scales.length, 4).map((bits) => bits - 2 ** 15);
    const own = [this.constant(tensorFromNumbers('int32', [scales.length], numbers))];
    return this.add('DequantizeLinear', [...own, this.constant(float32([scales.length], scales))], { axis: 0 });
  }
}

const feed = (dims: readonly number[]): Tensor =>
  float32(
    dims,
    randomBits(
      dims.reduce((a, b) => a * b, 1),
      9,
    ).map((bits) => ((bits % 512) - 256) / 64),
  );

function fused(graph: Graph): { readonly graph: Graph; readonly notes: readonly string[] } {
  return fuseQuantized.run(graph, infer(graph));
}

const operatorsOf = (graph: Graph) => graph.nodes.map(({ opType }) => opType).join(' ');

function resultsOf(graph: Graph, feeds: readonly Tensor[]): number[] {
  return Array.from(numbersOf(execute(scheduleReferences(graph), feeds).outputs[0]!));
}

const scales = [0.011, 0.0073, 0.019, 0.0051];
const xScale = 0.033;

function network(
  type: ElementType,
  zero: number,
  after: (b: Marked, y: Value) => Value,
  biasScales = scales.map((s) => s * xScale),
) {
  const b = new Marked(type);
  const x = b.marked(b.input('x', [1, 3, 6, 5]), xScale, type === 'int8' ? -9 : 119);
  const y = b.add('Conv', [x, b.weights([4, 3, 3, 3], scales), b.bias(biasScales)], { pads: [1, 1, 1, 1] });
  return b.graph(b.quantized(after(b, y), 0.05, zero));
}

describe('a convolution between DequantizeLinear and QuantizeLinear', () => {
  it.each([
    ['nothing', 'uint8', 130, (_b: Marked, y: Value) => y, 'QuantizeLinear QLinearConv'],
    [
      'Relu at the end of the range',
      'uint8',
      0,
      (b: Marked, y: Value) => b.add('Relu', [y]),
      'QuantizeLinear QLinearConv',
    ],
    [
      'Relu inside of the range',
      'int8',
      3,
      (b: Marked, y: Value) => b.add('Relu', [y]),
      'QuantizeLinear QLinearConv Clip',
    ],
    [
      'Clip',
      'uint8',
      20,
      (b: Marked, y: Value) => b.add('Clip', [y, b.number(-0.5), b.number(6)]),
      'QuantizeLinear QLinearConv Clip',
    ],
  ] as const)('becomes a QLinearConv, with %s after it', (_title, type, zero, after, expected) => {
    const graph = network(type, zero, after);
    const { graph: made } = fused(graph);
    expect(operatorsOf(made)).toBe(expected);
    const [before, now] = [graph, made].map((each) => resultsOf(each, [feed([1, 3, 6, 5])]));
    expect(new Set(before).size).toBeGreaterThan(10);
    // A sum that lies between two integers may be rounded to either.
    expect(now!.filter((value, i) => Math.abs(value - before![i]!) > 1)).toEqual([]);
    expect(now!.filter((value, i) => value !== before![i]).length).toBeLessThan(4);
  });

  it('sums integers where it is transposed, and rounds them as QLinearConv does', () => {
    const b = new Marked('uint8');
    const x = b.marked(b.input('x', [1, 5, 4, 3]), xScale, 119);
    const own = [b.constant(integers('int8', [5, 4, 3, 2], 3)), b.constant(float32([4], scales))];
    const zeros = b.constant(tensorFromNumbers('int8', [4], [0, 3, -2, 0]));
    const weights = b.add('DequantizeLinear', [...own, zeros], { axis: 1 });
    const y = b.add('ConvTranspose', [x, weights, b.bias(scales.map((s) => s * xScale))], { strides: [2, 2] });
    const graph = b.graph(b.quantized(b.add('Relu', [y]), 0.05, 7));
    const { graph: made, notes } = fused(graph);
    expect(operatorsOf(made)).toBe(
      'QuantizeLinear DequantizeLinear DequantizeLinear ConvTranspose Mul QuantizeLinear Clip',
    );
    expect(notes.at(-1)).toContain('sums integers');
    const sums = made.nodes.find(({ opType }) => opType === 'ConvTranspose')!.outputs[0]!;
    const [whole] = execute(scheduleReferences({ ...made, outputs: [sums] }), [feed([1, 5, 4, 3])]).outputs;
    expect(Array.from(numbersOf(whole!)).every(Number.isInteger)).toBe(true);
    const [before, now] = [graph, made].map((each) => resultsOf(each, [feed([1, 5, 4, 3])]));
    expect(new Set(before).size).toBeGreaterThan(10);
    expect(now!.filter((value, i) => Math.abs(value - before![i]!) > 1)).toEqual([]);
    expect(now!.filter((value, i) => value !== before![i]).length).toBeLessThan(4);
  });

  it('stays where its bias counts in other steps, and says so', () => {
    const graph = network(
      'uint8',
      130,
      (_b, y) => y,
      scales.map((s) => s * 0.03),
    );
    const { graph: made, notes } = fused(graph);
    expect(operatorsOf(made)).toContain(' Conv ');
    expect(notes).toEqual([expect.stringContaining('its bias is not quantized by the product of the other scales')]);
  });

  it('stays where something else reads its floats', () => {
    const b = new Marked();
    const x = b.marked(b.input('x', [1, 3, 6, 5]), xScale, 119);
    const y = b.add('Conv', [x, b.weights([4, 3, 3, 3], scales)]);
    expect(operatorsOf(fused(b.graph(b.quantized(y, 0.05, 7), y)).graph)).toContain(' Conv ');
  });
});

describe('what moves elements about between the two', () => {
  it('works on integers where scales are the same, and where a Concat changes them', () => {
    const b = new Marked();
    const x = b.marked(b.input('x', [1, 4, 6, 6]), 0.1, 100);
    const pooled = b.marked(b.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }), 0.1, 100);
    const turned = b.marked(b.add('Transpose', [pooled], { perm: [0, 1, 3, 2] }), 0.1, 100);
    const graph = b.graph(b.quantized(b.add('Concat', [pooled, turned], { axis: 1 }), 0.25, 90));
    const { graph: made } = fused(graph);
    expect(made.nodes.filter(({ opType }) => opType === 'DequantizeLinear').length).toBe(2);
    expect(made.nodes.at(-1)!.opType).toBe('Concat');
    const feeds = [feed([1, 4, 6, 6])];
    expect(resultsOf(made, feeds)).toEqual(resultsOf(graph, feeds));
  });

  it('stays where scales differ', () => {
    const b = new Marked();
    const x = b.marked(b.input('x', [1, 4, 6, 6]), 0.1, 100);
    const pooled = b.quantized(b.add('MaxPool', [x], { kernel_shape: [2, 2] }), 0.2, 100);
    expect(operatorsOf(fused(b.graph(pooled)).graph)).toBe('QuantizeLinear DequantizeLinear MaxPool QuantizeLinear');
  });
});
