import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { foldConstants } from '../../../src/passes/fold-constants.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../../support/graph.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

const count = 20_000;
const operators = ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike'];

function draw(
  op: string,
  attributes: Record<string, number>,
  dims: number[] = [count],
  type: 'float32' | 'int32' = 'float32',
) {
  const isLike = op.endsWith('Like');
  const { dtype, ...parameters } = attributes;
  return runOperator({
    op,
    inputs: isLike ? [tensor(type, new Array(dims.reduce((a, b) => a * b, 1)).fill(0), dims)] : [],
    attributes: {
      ...floats(parameters),
      ...(dtype === undefined ? {} : { dtype }),
      ...(isLike ? {} : { shape: { kind: 'ints', value: dims.map(BigInt) } }),
    },
  })[0]!;
}

function momentsOf(value: Tensor) {
  const numbers = elementsOf(value) as number[];
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const variance = numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('random tensors', () => {
  it.each(operators)('%s gives the same numbers for the same seed', (op) => {
    const first = elementsOf(draw(op, { seed: 3 }));
    expect(elementsOf(draw(op, { seed: 3 }))).toEqual(first);
    expect(elementsOf(draw(op, { seed: 3.5 }))).not.toEqual(first);
  });

  it.each(['RandomNormal', 'RandomNormalLike'])('%s has the mean and the deviation asked for', (op) => {
    const { mean, deviation } = momentsOf(draw(op, { mean: 5, scale: 2, seed: 1 }));
    // Six standard errors.
    expect(Math.abs(mean - 5)).toBeLessThan((6 * 2) / Math.sqrt(count));
    expect(Math.abs(deviation - 2)).toBeLessThan((6 * 2) / Math.sqrt(2 * count));
  });

  it.each(['RandomUniform', 'RandomUniformLike'])('%s spreads over its interval', (op) => {
    const value = draw(op, { low: -1, high: 3, seed: 1 });
    const numbers = elementsOf(value) as number[];
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(3);
    const { mean, deviation } = momentsOf(value);
    const spread = 4 / Math.sqrt(12);
    expect(Math.abs(mean - 1)).toBeLessThan((6 * spread) / Math.sqrt(count));
    expect(Math.abs(deviation - spread)).toBeLessThan(0.05);
  });

  it.each(operators)('%s has the type and the shape asked for', (op) => {
    const value = draw(op, { dtype: 11 }, [2, 3]);
    expect([value.type, value.dims]).toEqual(['float64', [2, 3]]);
    expect(draw(op, { dtype: 10 }, [2]).type).toBe('float16');
    expect(draw(op, {}, []).dims).toEqual([]);
    expect(() => draw(op, { dtype: 6 })).toThrow(/US1210/);
  });

  it('take the type of the input only where it is a float', () => {
    expect(() => draw('RandomNormalLike', {}, [2], 'int32')).toThrow(/US1210/);
    expect(draw('RandomNormalLike', { dtype: 1 }, [2], 'int32').type).toBe('float32');
    expect(inferOperator({ op: 'RandomUniformLike', inputs: [[symbol('N'), 2]] }).shapes).toEqual([[symbol('N'), 2]]);
  });

  it('refuse shapes that cannot be held', () => {
    expect(() => draw('RandomNormal', {}, [1_000_000, 1_000_000])).toThrow(/US2011/);
    expect(() => draw('RandomUniform', {}, [2, -2])).toThrow(/US1207/);
  });

  it('are drawn anew for each node and each seed of the run, and never folded', () => {
    const builder = new GraphBuilder();
    const shape = { kind: 'ints', value: [4n] } as const;
    const graph = builder.graph(builder.add('RandomNormal', [], { shape }), builder.add('RandomNormal', [], { shape }));
    const run = (seed: number) => execute(scheduleReferences(graph), [], { seed }).outputs.map(elementsOf);
    const [first, second] = run(1);
    expect(first).not.toEqual(second);
    expect(run(1)).toEqual([first, second]);
    expect(run(2)[0]).not.toEqual(first);
    const inference = infer(graph);
    expect(inference.known.size).toBe(0);
    expect(foldConstants.run(graph, inference).graph).toBe(graph);
  });
});

describe('Bernoulli', () => {
  const bernoulli = (input: Tensor, attributes = {}) =>
    runOperator({ op: 'Bernoulli', inputs: [input], attributes })[0]!;

  it('is 1 as often as the probabilities say', () => {
    const certain = bernoulli(float32([2, 2], [0, 1, 1, 0]));
    expect([certain.dims, elementsOf(certain)]).toEqual([
      [2, 2],
      [0, 1, 1, 0],
    ]);
    const { mean } = momentsOf(bernoulli(float32([count], new Float32Array(count).fill(0.3)), floats({ seed: 2 })));
    expect(Math.abs(mean - 0.3)).toBeLessThan(6 * Math.sqrt((0.3 * 0.7) / count));
  });

  it('has the type of its input or of dtype', () => {
    expect(bernoulli(tensor('float64', [0.5])).type).toBe('float64');
    expect(bernoulli(tensor('float32', [1]), { dtype: 9 })).toEqual(tensor('bool', [1]));
    expect(elementsOf(bernoulli(tensor('float32', [1]), { dtype: 7 }))).toEqual([1n]);
  });

  it('names what is no probability', () => {
    expect(() => bernoulli(float32([2], [0.5, 1.5]))).toThrow(/US1211.*element 1/);
    expect(() => bernoulli(float32([1], [Number.NaN]))).toThrow(/US1211.*element 0/);
  });
});

describe('Multinomial', () => {
  const sample = (input: Tensor, attributes = {}) =>
    runOperator({ op: 'Multinomial', inputs: [input], attributes: { sample_size: count, ...attributes } })[0]!;
  const never = Number.NEGATIVE_INFINITY;

  it('draws outcomes by their log-probabilities', () => {
    const value = sample(float32([2, 3], [Math.log(1), Math.log(3), never, never, 1000, never]), floats({ seed: 4 }));
    expect([value.type, value.dims]).toEqual(['int32', [2, count]]);
    const outcomes = elementsOf(value) as number[];
    expect(outcomes.slice(count).every((outcome) => outcome === 1)).toBe(true);
    const ones = outcomes.slice(0, count).filter((outcome) => outcome === 1).length;
    expect(outcomes.slice(0, count).every((outcome) => outcome === 0 || outcome === 1)).toBe(true);
    expect(Math.abs(ones / count - 0.75)).toBeLessThan(6 * Math.sqrt((0.75 * 0.25) / count));
  });

  it('gives int32 or int64', () => {
    expect(elementsOf(sample(float32([1, 1], [0]), { sample_size: 2, dtype: 7 }))).toEqual([0n, 0n]);
    expect(() => sample(float32([1, 1], [0]), { dtype: 5 })).toThrow(/US1304/);
    expect(() => sample(float32([1, 1], [0]), { dtype: 1 })).toThrow(/US1210/);
  });

  it('needs an outcome that is possible, and a size that can be held', () => {
    expect(() => sample(float32([2, 2], [0, 0, never, never]))).toThrow(/US1211.*row 1/);
    expect(() => sample(float32([1, 1], [Number.NaN]))).toThrow(/US1211.*row 0/);
    expect(() => sample(float32([1, 0], []))).toThrow(/US1211/);
    expect(() => sample(float32([1, 1], [0]), { sample_size: 1e12 })).toThrow(/US2011/);
    expect(() => sample(float32([1, 1], [0]), { sample_size: -1 })).toThrow(/US1304/);
  });

  it('has a batch as large as the input', () => {
    expect(inferOperator({ op: 'Multinomial', inputs: [[symbol('N'), 7]] }).shapes).toEqual([[symbol('N'), 1]]);
  });
});
