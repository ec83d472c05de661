/** QuantizeLinear and DequantizeLinear in plans against the references, to the bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { type ElementType, elementTypeFacts } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';
import { compare, exact } from '../quantized/integers.js';

const small = fc.constantFrom<ElementType>('uint8', 'int8', 'uint16', 'int16');

/** Scales whose quotients are halves here and there, and others. */
const scales = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => [2, 0.5, 0.3, 4, 0.0117, 7][(i + seed) % 6]!);

function zeroPoints(type: ElementType, count: number, seed: number): Tensor {
  const values = Array.from({ length: count }, (_, i) => (type.startsWith('u') ? 128 : -3) + ((i * 7 + seed) % 11));
  return tensorFromNumbers(type, [count], values);
}

const problem = fc.record({
  dims: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
  channels: fc.integer({ min: 1, max: 19 }),
  type: small,
  seed: fc.nat(20),
  /** One scale for the tensor, or one for each index along an axis. */
  granularity: fc.constantFrom('scalar', 'single', 'axis'),
  axis: fc.nat(3),
  hasZeroPoint: fc.boolean(),
  isNhwc8: fc.boolean(),
  after: fc.constantFrom('nothing', 'DequantizeLinear', 'Clip', 'Relu', 'other zero point'),
});

describe('quantization', () => {
  it('of any type and granularity is what the reference makes of it', () => {
    fc.assert(
      fc.property(problem, ({ dims: sizes, channels, type, seed, granularity, axis, hasZeroPoint, isNhwc8, after }) => {
        const dims = sizes.map((size, i) => (i === 1 ? channels : size));
        const place = axis % dims.length;
        const count = granularity === 'axis' ? dims[place]! : 1;
        const shape = granularity === 'scalar' ? [] : [count];
        const b = new GraphBuilder(22);
        let value = b.input('x', dims);
        if (isNhwc8 && dims.length === 4) {
          const weights = float32([channels, 1, 1, 1], new Float32Array(channels).fill(1));
          value = b.add('Conv', [value, b.constant(weights)], { group: channels });
        }
        const scale = b.constant(float32(shape, scales(count, seed)));
        const zeroPoint = (from: number) => b.constant(zeroPoints(type, count, from).reshape(shape));
        const zero = hasZeroPoint ? zeroPoint(seed) : undefined;
        const attributes = { axis: place, ...(hasZeroPoint ? {} : { output_dtype: elementTypeFacts(type).code }) };
        value = b.add('QuantizeLinear', [value, scale, zero], attributes);
        const bound = (number: number) => b.constant(tensorFromNumbers(type, [], [number]));
        if (after === 'Clip') value = b.add('Clip', [value, bound(5), bound(100)]);
        if (after === 'Relu' && !type.startsWith('u')) value = b.add('Relu', [value]);
        const back = after === 'other zero point' ? zeroPoint(seed + 1) : zero;
        if (after !== 'nothing') value = b.add('DequantizeLinear', [value, scale, back], { axis: place });
        const elements = smallIntegers(elementCount(dims), seed).map((x, i) => (i % 7 === 3 ? x * 5000 : x * 11));
        compare(b.graph(value), [float32(dims, elements)], 'strict', exact);
      }),
      { numRuns: 300 },
    );
  });

  it('takes integers from the caller', () => {
    const b = new GraphBuilder(21);
    const x = b.input('x', [2, 3], 'uint8');
    const scale = b.constant(float32([3], [0.5, 2, 0.25]));
    const zero = b.constant(tensorFromNumbers('uint8', [3], [0, 255, 128]));
    const y = b.add('DequantizeLinear', [x, scale, zero], { axis: 1 });
    const graph = b.graph(y);
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
    const feed = tensorFromNumbers('uint8', [2, 3], [0, 1, 2, 253, 254, 255]);
    const [actual] = executePlan(graph, plan, 'baseline', [feed]);
    expect([...(actual!.data as Float32Array)]).toEqual([0, -508, -31.5, 126.5, -2, 31.75]);
  });

  it('of ties goes to even, and stops at the ends of the range', () => {
    const b = new GraphBuilder(21);
    const x = b.input('x', [8]);
    const scale = b.constant(float32([], [2]));
    const zero = b.constant(tensorFromNumbers('int8', [], [1]));
    const y = b.add('QuantizeLinear', [x, scale, zero]);
    const graph = b.graph(y);
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
    const feed = float32([8], [1, 3, 5, -1, -3, 1e9, Number.NEGATIVE_INFINITY, 253]);
    const [actual] = executePlan(graph, plan, 'baseline', [feed]);
    expect(actual!.type).toBe('int8');
    expect([...(actual!.data as Int8Array)]).toEqual([1, 3, 3, 1, -1, 127, -128, 127]);
  });
});
