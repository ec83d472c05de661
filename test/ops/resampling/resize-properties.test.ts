/**
 * Resize against its definition, an output element at a time: positions as exact fractions, every element of the input
 * weighed by the kernel at its distance.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { runOperator } from '../../support/run-operator.js';
import { floats } from '../../support/tensors.js';

const coordinateModes = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const;

interface AxisCase {
  readonly input: number;
  /** Quarters: of the scale, or of the size where sizes are given. */
  readonly quarters: number;
  /** Quarters of the axis. */
  readonly roi: readonly [number, number];
}

interface ResizeCase {
  readonly axes: readonly AxisCase[];
  readonly bySizes: boolean;
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: (typeof coordinateModes)[number];
  readonly nearest: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

const resizeCase: fc.Arbitrary<ResizeCase> = fc.record({
  axes: fc.array(
    fc.record({
      input: fc.integer({ min: 1, max: 6 }),
      quarters: fc.integer({ min: 1, max: 11 }),
      roi: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 1, max: 5 })),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  bySizes: fc.boolean(),
  mode: fc.constantFrom('nearest' as const, 'linear' as const, 'cubic' as const),
  coordinates: fc.constantFrom(...coordinateModes),
  nearest: fc.constantFrom(
    'round_prefer_floor' as const,
    'round_prefer_ceil' as const,
    'floor' as const,
    'ceil' as const,
  ),
  excludeOutside: fc.boolean(),
  antialias: fc.boolean(),
});

interface Fraction {
  readonly top: number;
  readonly bottom: number;
}

/** Four times the output size before it is made whole. */
function extentOf({ input, quarters }: AxisCase, bySizes: boolean): number {
  return bySizes ? 4 * quarters : input * quarters;
}

/** The position of output `x`, in elements of the input. `extent` is in quarters. */
function position(mode: ResizeCase['coordinates'], axis: AxisCase, extent: number, x: number): Fraction {
  const { input, roi } = axis;
  const [start, end] = roi;
  const output = Math.floor(extent / 4);
  const half = (2 * x + 1) * 4 * input;
  switch (mode) {
    case 'half_pixel':
      return { top: half - extent, bottom: 2 * extent };
    case 'half_pixel_symmetric':
      return { top: half - extent + input * (extent - 4 * output), bottom: 2 * extent };
    case 'pytorch_half_pixel':
      return output > 1 ? { top: half - extent, bottom: 2 * extent } : { top: 0, bottom: 1 };
    case 'tf_half_pixel_for_nn':
      return { top: half, bottom: 2 * extent };
    case 'asymmetric':
      return { top: 4 * x * input, bottom: extent };
    case 'align_corners':
      return output > 1 ? { top: 4 * x * (input - 1), bottom: extent - 4 } : { top: 0, bottom: 1 };
    case 'tf_crop_and_resize':
      return output > 1
        ? { top: (input - 1) * (start * (extent - 4) + 4 * x * (end - start)), bottom: 4 * (extent - 4) }
        : { top: (input - 1) * (start + end), bottom: 8 };
  }
}

function nearestElement(mode: ResizeCase['nearest'], { top, bottom }: Fraction): number {
  switch (mode) {
    case 'floor':
      return Math.floor(top / bottom);
    case 'ceil':
      return Math.ceil(top / bottom);
    case 'round_prefer_floor':
      return Math.ceil((2 * top - bottom) / (2 * bottom));
    case 'round_prefer_ceil':
      return Math.floor((2 * top + bottom) / (2 * bottom));
  }
}

function kernel(mode: 'linear' | 'cubic', distance: number): number {
  const t = Math.abs(distance);
  if (mode === 'linear') return t < 1 ? 1 - t : 0;
  const a = -0.75;
  if (t < 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
  return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
}

/** The weight of every element of the axis in output `x`; undefined where the output is the extrapolation value. */
function weightsOf(test: ResizeCase, axis: AxisCase, x: number): number[] | undefined {
  const { input } = axis;
  const extent = extentOf(axis, test.bySizes);
  const place = position(test.coordinates, axis, extent, x);
  if (test.coordinates === 'tf_crop_and_resize' && (place.top < 0 || place.top > (input - 1) * place.bottom)) {
    return undefined;
  }
  const weights = new Array<number>(input).fill(0);
  const clamp = (i: number) => Math.max(0, Math.min(i, input - 1));
  if (test.mode === 'nearest') {
    weights[clamp(nearestElement(test.nearest, place))] = 1;
    return weights;
  }
  const stretch = test.antialias ? Math.max(1, (4 * input) / extent) : 1;
  let sum = 0;
  for (let i = -100; i < 100; i++) {
    const isOutside = i < 0 || i >= input;
    const weight = isOutside && test.excludeOutside ? 0 : kernel(test.mode, (i - place.top / place.bottom) / stretch);
    weights[clamp(i)]! += weight;
    sum += weight;
  }
  return stretch > 1 || test.excludeOutside ? weights.map((weight) => weight / sum) : weights;
}

const extrapolation = -3;

function naive(test: ResizeCase, data: ArrayLike<number>): { dims: number[]; values: number[] } {
  const dims = test.axes.map((axis) => Math.floor(extentOf(axis, test.bySizes) / 4));
  const weights = test.axes.map((axis, i) => Array.from({ length: dims[i]! }, (_, x) => weightsOf(test, axis, x)));
  const values: number[] = [];
  const visitOutputs = (chosen: readonly (number[] | undefined)[]) => {
    if (chosen.length < dims.length) {
      for (const next of weights[chosen.length]!) visitOutputs([...chosen, next]);
      return;
    }
    if (chosen.includes(undefined)) values.push(extrapolation);
    else values.push(weighed(chosen as number[][], 0, 0));
  };
  const weighed = (chosen: readonly number[][], axis: number, start: number): number => {
    if (axis === chosen.length) return data[start]!;
    return chosen[axis]!.reduce(
      (sum, weight, i) =>
        sum + (weight === 0 ? 0 : weight * weighed(chosen, axis + 1, start * chosen[axis]!.length + i)),
      0,
    );
  };
  visitOutputs([]);
  return { dims, values };
}

describe('Resize', () => {
  it('equals its definition in every mode, in one to four axes', () => {
    fc.assert(
      fc.property(resizeCase, fc.nat(), (test, seed) => {
        const dims = test.axes.map((axis) => axis.input);
        const x = float32(
          dims,
          smallIntegers(
            dims.reduce((a, b) => a * b, 1),
            seed,
          ),
        );
        const quarters = test.axes.map((axis) => axis.quarters);
        const roi = [0, 1].flatMap((end) => test.axes.map((axis) => axis.roi[end]! / 4));
        const inputs = test.bySizes
          ? [x, float32([roi.length], roi), undefined, int64([dims.length], quarters)]
          : [
              x,
              float32([roi.length], roi),
              float32(
                [dims.length],
                quarters.map((n) => n / 4),
              ),
            ];
        const [actual] = runOperator({
          op: 'Resize',
          opset: 19,
          inputs,
          attributes: {
            mode: test.mode,
            coordinate_transformation_mode: test.coordinates,
            nearest_mode: test.nearest,
            exclude_outside: Number(test.excludeOutside),
            antialias: Number(test.antialias),
            ...floats({ extrapolation_value: extrapolation }),
          },
        });
        const expected = naive(test, x.data);
        expect(actual!.dims).toEqual(expected.dims);
        expected.values.forEach((value, i) => {
          expect(actual!.data[i], `element ${i}`).toBeCloseTo(value, 4);
        });
      }),
      { numRuns: 300 },
    );
  });
});
