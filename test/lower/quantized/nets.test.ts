/**
 * Small quantized networks as exporters write them, from passes to plans: no node is left to its reference, and where nothing
 * rounds in between, the results are the references' to the bit.
 */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile.js';
import { infer } from '../../../src/infer/infer.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { emptyMetadata, type Graph, type Value } from '../../../src/ir/graph.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import type { ExecutionPlan, Precision } from '../../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { elementwise, largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';
import { integers, randomBits, withinOneStep } from './integers.js';

interface Compiled {
  readonly graph: Graph;
  readonly plan: ExecutionPlan;
  readonly outputs: readonly Tensor[];
}

function run(graph: Graph, feeds: readonly Tensor[], precision: Precision): Compiled {
  const model = {
    graph,
    irVersion: 10,
    opsets: new Map([['', 21]]),
    producer: { name: '', version: '' },
    metadata: emptyMetadata,
  };
  const { graph: rewritten } = compile(model);
  const plan = lower(rewritten, infer(rewritten), { tier: 'baseline', precision, threads: 1 });
  return { graph: rewritten, plan, outputs: executePlan(rewritten, plan, 'baseline', feeds) };
}

/** Strict plans give what the references give; others may round a sum to the other side of a tie, a step of the next scale. */
function expectCompiled(graph: Graph, feeds: readonly Tensor[], step: number): Compiled {
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  // Something is left to compare: not all is at the ends of a range.
  for (const { data } of expected) expect(new Set<unknown>(data).size).toBeGreaterThan(5);
  const strict = run(graph, feeds, 'strict');
  for (const precision of ['strict', 'fast'] as const) {
    const { plan, outputs } = precision === 'strict' ? strict : run(graph, feeds, precision);
    expect(plan.steps.flatMap((item) => (item.kind === 'reference' ? [item.reason] : []))).toEqual([]);
    const comparison = precision === 'strict' ? elementwise(0, 0) : largestMagnitude(step);
    for (const [i, tensor] of expected.entries()) expect(comparison(outputs[i]!, tensor)).toBeUndefined();
  }
  return strict;
}

function floats(dims: readonly number[], seed: number): Tensor {
  return float32(
    dims,
    randomBits(elementCount(dims), seed).map((bits) => ((bits % 512) - 256) / 64),
  );
}

/** Scales and zero points are powers of two and what fits: then sums of products are exact in float32. */
class QdqBuilder extends GraphBuilder {
  number(value: number): Value {
    return this.constant(float32([], [value]));
  }

  zero(type: ElementType, value: number): Value {
    return this.constant(tensorFromNumbers(type, [], [value]));
  }

  list(...values: number[]): Value {
    return this.constant(int64([values.length], values));
  }

  quantized(x: Value, scale: number, type: ElementType, zero: number): Value {
    return this.add('QuantizeLinear', [x, this.number(scale), this.zero(type, zero)]);
  }

  dequantized(x: Value, scale: number, type: ElementType, zero: number): Value {
    return this.add('DequantizeLinear', [x, this.number(scale), this.zero(type, zero)]);
  }

  /** Quantized and back, which is how a tensor is marked. */
  marked(x: Value, scale: number, type: ElementType = 'uint8', zero = 128): Value {
    return this.dequantized(this.quantized(x, scale, type, zero), scale, type, zero);
  }

  /** Weights with a scale for each output channel, on an axis. */
  weights(dims: readonly number[], axis: number, seed: number): Value {
    const channels = dims[axis]!;
    const scales = Float32Array.from({ length: channels }, (_, i) => 2 ** -(6 + (i % 3)));
    const zeros = tensorFromNumbers('int8', [channels], new Array<number>(channels).fill(0));
    const inputs = [this.constant(integers('int8', dims, seed)), this.constant(float32([channels], scales))];
    return this.add('DequantizeLinear', [...inputs, this.constant(zeros)], { axis });
  }
}

describe('a convolution of floats that become integers', () => {
  /** All sums are integers below 2^24, many of them halfway between two results: any rounding before shows. */
  const convolved = (type: ElementType, scale: number) => {
    const b = new QdqBuilder(21);
    const integersFrom = (dims: readonly number[], least: number, count: number, seed: number) =>
      float32(
        dims,
        randomBits(elementCount(dims), seed).map((bits) => ((bits >>> 2) % count) + least),
      );
    const weights = b.constant(integersFrom([16, 3, 3, 3], -15, 31, 5));
    const sums = b.add('Conv', [b.input('x', [1, 3, 12, 12]), weights], { pads: [1, 1, 1, 1] });
    const graph = b.graph(b.quantized(b.add('Relu', [sums]), scale, type, 0));
    const feeds = [integersFrom([1, 3, 12, 12], -(2 ** 13), 2 ** 14, 9)];
    const { plan, outputs } = run(graph, feeds, 'fast');
    const offered = plan.steps.flatMap((step) =>
      step.kind === 'kernel' ? step.algorithmCosts.map(({ algorithm }) => algorithm) : [],
    );
    return { offered, output: outputs[0]!, expected: execute(scheduleReferences(graph), feeds).outputs[0]! };
  };

  it('of 16 bits is what the references compute: it is not transformed', () => {
    for (const type of ['uint16', 'int16'] as const) {
      const { offered, output, expected } = convolved(type, type === 'uint16' ? 8 : 16);
      expect(new Set<unknown>(output.data).size).toBeGreaterThan(500);
      expect(elementwise(0, 0)(output, expected)).toBeUndefined();
      expect(offered).toEqual(['direct']);
    }
  });

  it('of 8 bits takes what is fastest', () => {
    const { offered, output, expected } = convolved('uint8', 2 ** 11);
    expect(withinOneStep(output, expected)).toBeUndefined();
    expect(offered).toEqual(expect.arrayContaining(['direct', 'winograd F(2)', 'winograd F(4)', 'winograd F(6)']));
  });
});

describe('networks with marked tensors', () => {
  it('as PyTorch exports fake quantization: weights quantized in the graph, a range of seven bits by Clip', () => {
    const b = new QdqBuilder(21);
    const x = b.input('x', [1, 3, 12, 10]);
    const bits = (value: Value, scale = 0.125) => {
      const clipped = b.add('Clip', [b.quantized(value, scale, 'uint8', 64), b.zero('uint8', 0), b.zero('uint8', 127)]);
      return b.dequantized(clipped, scale, 'uint8', 64);
    };
    // PyTorch leaves float weights in front of their quantization.
    const scales = b.constant(float32([10], new Array<number>(10).fill(2 ** -5)));
    const zeros = b.constant(tensorFromNumbers('int8', [10], new Array<number>(10).fill(0)));
    const parameters = [scales, zeros];
    const raw = b.add('QuantizeLinear', [b.constant(floats([10, 3, 3, 3], 2)), ...parameters], { axis: 0 });
    const weights = b.add('DequantizeLinear', [raw, ...parameters], { axis: 0 });
    let y = b.add('Conv', [bits(x), weights, b.constant(floats([10], 3))], { pads: [1, 1, 1, 1] });
    y = bits(b.add('Relu', [y]), 2);
    y = b.add('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2] });
    const skip = y;
    y = b.add('Conv', [y, b.weights([10, 10, 3, 3], 0, 4)], { pads: [1, 1, 1, 1] });
    y = bits(b.add('Add', [bits(y, 8), skip]), 16);
    const map = y;
    y = b.add('GlobalMaxPool', [y]);
    y = b.add('Gemm', [b.add('Flatten', [y]), b.weights([7, 10], 0, 5), b.constant(floats([7], 6))], { transB: 1 });
    const { graph } = expectCompiled(b.graph(bits(y, 64), map), [floats([1, 3, 12, 10], 1)], 0.05);
    // The weights are integers still, those that were floats are now.
    const types = [...graph.constants.values()].filter(({ dims }) => dims.length > 1).map(({ type }) => type);
    expect(types.sort()).toEqual(['int8', 'int8', 'int8']);
  });

  it('as onnxruntime marks everything: biases of 32 bits, joins, resizing, transposed convolutions, several axes', () => {
    const b = new QdqBuilder(21);
    const x = b.input('x', [2, 4, 8, 6]);
    const bias = (channels: number, seed: number) => {
      const numbers = randomBits(channels, seed).map((bits) => bits - 2 ** 15);
      return b.add('DequantizeLinear', [
        b.constant(tensorFromNumbers('int32', [channels], numbers)),
        b.number(2 ** -12),
        b.zero('int32', 0),
      ]);
    };
    const conv = b.add('Conv', [b.marked(x, 2 ** -5), b.weights([6, 4, 3, 3], 0, 1), bias(6, 2)], {
      pads: [1, 1, 1, 1],
    });
    const left = b.marked(b.add('Relu', [conv]), 0.25, 'uint8', 0);
    const small = b.marked(b.add('MaxPool', [left], { kernel_shape: [2, 2], strides: [2, 2] }), 0.25, 'uint8', 0);
    const up = b.add('ConvTranspose', [small, b.weights([6, 5, 2, 2], 1, 3), bias(5, 4)], { strides: [2, 2] });
    const wide = b.add('Resize', [small, undefined, b.constant(float32([4], [1, 1, 2, 2]))], { mode: 'nearest' });
    const parts = [left, b.marked(up, 0.5, 'int8', -3), b.marked(wide, 0.25, 'uint8', 0)];
    const joined = b.marked(b.add('Concat', parts, { axis: 1 }), 0.5);
    const rows = b.add('Reshape', [b.add('Transpose', [joined], { perm: [0, 2, 3, 1] }), b.list(2, 48, 17)]);
    const product = b.add('MatMul', [b.marked(rows, 0.5), b.weights([17, 9], 1, 5)]);
    expectCompiled(b.graph(b.marked(product, 1, 'int8', 5)), [floats([2, 4, 8, 6], 6)], 0.05);
  });
});

describe('networks of integer operators', () => {
  it('with QLinear operators, from bytes to bytes', () => {
    const b = new QdqBuilder(21);
    const x = b.input('x', [1, 3, 16, 12], 'uint8');
    const wScales = b.constant(
      float32(
        [8],
        [1, 2, 4, 1, 2, 4, 1, 2].map((k) => k / 256),
      ),
    );
    const wZeros = b.constant(integers('int8', [8], 1));
    const biases = b.constant(tensorFromNumbers('int32', [8], randomBits(8, 2)));
    const conv = b.add(
      'QLinearConv',
      [
        ...[x, b.number(0.5), b.zero('uint8', 100)],
        ...[b.constant(integers('int8', [8, 3, 3, 3], 3)), wScales, wZeros],
        ...[b.number(16), b.zero('uint8', 120), biases],
      ],
      { pads: [1, 1, 1, 1], strides: [2, 2] },
    );
    const pooled = b.add('MaxPool', [conv], { kernel_shape: [2, 2], strides: [2, 2] });
    const depthwise = b.add(
      'QLinearConv',
      [
        ...[pooled, b.number(16), b.zero('uint8', 120)],
        ...[b.constant(integers('uint8', [8, 1, 3, 3], 4)), b.number(1 / 128), b.zero('uint8', 128)],
        ...[b.number(32), b.zero('uint8', 128)],
      ],
      { group: 8, pads: [1, 1, 1, 1] },
    );
    const rows = b.add('Reshape', [depthwise, b.list(4, 24)]);
    const product = b.add('QLinearMatMul', [
      ...[rows, b.number(32), b.zero('uint8', 128)],
      ...[b.constant(integers('uint8', [24, 5], 5)), b.number(1 / 64), b.zero('uint8', 128)],
      ...[b.number(64), b.zero('uint8', 7)],
    ]);
    const graph = b.graph(product, b.dequantized(product, 64, 'uint8', 7));
    expectCompiled(graph, [integers('uint8', [1, 3, 16, 12], 6)], 0.02);
  });

  it('leaves out zero points that the next operator takes off again', () => {
    const network = (second: number, isReturned: boolean) => {
      const b = new QdqBuilder(21);
      const conv = (x: Value, from: number, to: number, seed: number) => {
        const weights = b.constant(integers('int8', [4, 4, 3, 3], seed));
        const inputs = [weights, b.number(1 / 64), b.zero('int8', 0), b.number(8), b.zero('uint8', to)];
        return b.add('QLinearConv', [x, b.number(1), b.zero('uint8', from), ...inputs], { pads: [1, 1, 1, 1] });
      };
      const x = b.quantized(b.input('x', [1, 4, 5, 5]), 2 ** -5, 'uint8', 100);
      const y = conv(x, 100, 90, 1);
      const z = conv(y, second, 0, 2);
      return isReturned ? b.graph(z, y) : b.graph(z);
    };
    const elementwise = (graph: Graph) => {
      const { plan } = expectCompiled(graph, [floats([1, 4, 5, 5], 3)], 0.02);
      return plan.steps.filter((step) => step.kind === 'kernel' && step.kernel.name === 'elementwise').length;
    };
    // QuantizeLinear alone; with a step that takes off another zero point; or the one that is returned.
    expect(elementwise(network(90, false))).toBe(1);
    expect(elementwise(network(91, false))).toBe(2);
    expect(elementwise(network(90, true))).toBe(2);
  });

  it('with ranges that are found as it runs', () => {
    const b = new QdqBuilder(21);
    /** What onnxruntime makes of a Conv or MatMul: scales multiplied first, bias after. */
    const integerProduct = (op: string, value: Value, weights: Tensor, bias: Tensor | undefined, pads: object) => {
      const [q, scale, zero] = b.addMany('DynamicQuantizeLinear', [value], 3);
      const scales = b.add('Mul', [scale, b.number(0.011)]);
      const sums = b.add(
        op,
        [q, b.constant(weights), zero, b.zero(weights.type, 117)],
        pads as Record<string, number[]>,
      );
      const scaled = b.add('Mul', [b.add('Cast', [sums], { to: 1 }), scales]);
      return bias === undefined ? scaled : b.add('Add', [scaled, b.constant(bias)]);
    };
    const x = b.input('x', [1, 3, 14, 11]);
    const pads = { pads: [2, 2, 2, 2], dilations: [2, 2] };
    let y = integerProduct('ConvInteger', x, integers('uint8', [10, 3, 3, 3], 1), floats([1, 10, 1, 1], 2), pads);
    y = b.add('Relu', [y]);
    const inner = integerProduct('ConvInteger', y, integers('uint8', [12, 10, 1, 1], 3), floats([1, 12, 1, 1], 4), {});
    y = b.add('Concat', [y, b.add('Sigmoid', [inner])], { axis: 1 });
    y = b.add('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 });
    y = b.add('Reshape', [y, b.list(1, 22, 42)]);
    y = integerProduct('MatMulInteger', y, integers('uint8', [42, 8], 5), floats([8], 6), {});
    // Sigmoid is a polynomial here and there: not to the bit.
    const graph = b.graph(y);
    const feeds = [floats([1, 3, 14, 11], 7)];
    const [expected] = execute(scheduleReferences(graph), feeds).outputs;
    for (const precision of ['strict', 'fast'] as const) {
      const { plan, outputs } = run(graph, feeds, precision);
      expect(plan.steps.flatMap((item) => (item.kind === 'reference' ? [item.reason] : []))).toEqual([]);
      expect(largestMagnitude(1e-2)(outputs[0]!, expected!)).toBeUndefined();
    }
  });
});
