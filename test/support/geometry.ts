/** Random geometries of transposed convolutions that shrink to something readable. */
import fc from 'fast-check';

export interface AxisCase {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
  readonly outputPadding: number;
  /** Size asked for by output_shape, relative to the natural one. */
  readonly sizeShift: number;
}

export interface ConvTransposeCase {
  readonly batch: number;
  readonly group: number;
  readonly groupIn: number;
  readonly groupOut: number;
  readonly axes: readonly AxisCase[];
  readonly mode:
    | 'NOTSET'
    | 'VALID'
    | 'SAME_UPPER'
    | 'SAME_LOWER'
    | 'output_shape'
    | 'output_shape of rank + 2'
    | 'output_shape, SAME_UPPER';
  readonly hasBias: boolean;
}

const axis: fc.Arbitrary<AxisCase> = fc.record({
  input: fc.integer({ min: 1, max: 5 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padBegin: fc.integer({ min: 0, max: 5 }),
  padEnd: fc.integer({ min: 0, max: 5 }),
  outputPadding: fc.integer({ min: 0, max: 3 }),
  sizeShift: fc.integer({ min: -3, max: 3 }),
});

export function naturalSize(axis: AxisCase): number {
  return (axis.input - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 + axis.outputPadding;
}

/** The output size by the rules that conv-transpose.ts states, computed here on its own. */
export function expectedSize(axis: AxisCase, mode: ConvTransposeCase['mode']): number {
  switch (mode) {
    case 'NOTSET':
      return naturalSize(axis) - axis.padBegin - axis.padEnd;
    case 'VALID':
      return naturalSize(axis);
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return axis.input * axis.stride;
    default:
      return Math.max(0, naturalSize(axis) + axis.sizeShift);
  }
}

export const convTransposeCase: fc.Arbitrary<ConvTransposeCase> = fc
  .record({
    batch: fc.integer({ min: 0, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    groupIn: fc.integer({ min: 1, max: 3 }),
    groupOut: fc.integer({ min: 1, max: 2 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    mode: fc.constantFrom(
      'NOTSET' as const,
      'VALID' as const,
      'SAME_UPPER' as const,
      'SAME_LOWER' as const,
      'output_shape' as const,
      'output_shape of rank + 2' as const,
      'output_shape, SAME_UPPER' as const,
    ),
    hasBias: fc.boolean(),
  })
  .filter(({ axes, mode }) => axes.every((item) => expectedSize(item, mode) >= 0));

/** The node's attributes for a case. */
export function attributesOf({
  axes,
  mode,
  group,
  groupOut,
  batch,
}: ConvTransposeCase): Record<string, number | string | number[]> {
  const attributes: Record<string, number | string | number[]> = {
    group,
    kernel_shape: axes.map((item) => item.kernel),
    strides: axes.map((item) => item.stride),
    dilations: axes.map((item) => item.dilation),
    output_padding: axes.map((item) => item.outputPadding),
    pads: [...axes.map((item) => item.padBegin), ...axes.map((item) => item.padEnd)],
  };
  const sizes = axes.map((item) => expectedSize(item, mode));
  if (mode === 'output_shape') attributes['output_shape'] = sizes;
  else if (mode === 'output_shape of rank + 2') attributes['output_shape'] = [batch, group * groupOut, ...sizes];
  else if (mode === 'output_shape, SAME_UPPER')
    Object.assign(attributes, { output_shape: sizes, auto_pad: 'SAME_UPPER' });
  else attributes['auto_pad'] = mode;
  return attributes;
}

/** Whole numbers from a seed, small enough that every sum is exact in float32. */
export function smallIntegers(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 9) - 4;
  });
}
