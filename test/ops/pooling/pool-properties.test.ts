/** Pooling against windows enumerated one by one, and with symbols against numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dim, symbol } from '../../../src/ir/dim.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferShapes } from '../../support/known.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { checkSubstitution } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

interface Mode {
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
  readonly isCeil: boolean;
}

const axis: fc.Arbitrary<Axis> = fc.record({
  input: fc.integer({ min: 1, max: 7 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padBegin: fc.integer({ min: 0, max: 2 }),
  padEnd: fc.integer({ min: 0, max: 2 }),
});

const mode: fc.Arbitrary<Mode> = fc.record({
  autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'),
  isCeil: fc.boolean(),
});

/** The taps of one window along one axis: where each reads, and whether that is within the padded input. */
type Window = readonly { readonly at: number; readonly isPadded: boolean }[];

/** The windows along an axis, each found by asking whether it may be there (Operators.md, AveragePool). */
function windowsAlong(
  { input, kernel, stride, dilation, padBegin, padEnd }: Axis,
  { autoPad, isCeil }: Mode,
): Window[] {
  const reach = (kernel - 1) * dilation;
  const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  let [begin, end] = autoPad === 'NOTSET' ? [padBegin, padEnd] : [0, 0];
  if (isSame) {
    let last = 0;
    while (last + stride < input) last += stride;
    for (
      let missing = last + reach + 1 - input, turn = autoPad === 'SAME_LOWER';
      missing > 0;
      missing--, turn = !turn
    ) {
      if (turn) begin++;
      else end++;
    }
  }
  const mayBegin = (start: number) =>
    isSame
      ? start + begin < input
      : isCeil && autoPad === 'NOTSET'
        ? start < input && start - stride + reach + 1 < input + end
        : start + reach < input + end;
  const windows: Window[] = [];
  const windowFrom = (start: number) =>
    Array.from({ length: kernel }, (_, k) => start + k * dilation).map((at) => ({ at, isPadded: at < input + end }));
  for (let start = -begin; mayBegin(start); start += stride) windows.push(windowFrom(start));
  // As onnxruntime has it: one that hangs over by less than the stride counts where there is no other.
  const overhang = reach + 1 - (begin + input + end);
  return windows.length === 0 && overhang < stride ? [windowFrom(-begin)] : windows;
}

/** Whether an axis has a single window, which hangs over: with open sizes it does not count. */
function overhangs(axis: Axis, by: Mode): boolean {
  const [window, ...others] = windowsAlong(axis, by);
  return (
    !(by.isCeil && by.autoPad === 'NOTSET') &&
    by.autoPad !== 'SAME_UPPER' &&
    by.autoPad !== 'SAME_LOWER' &&
    others.length === 0 &&
    window?.at(-1)?.isPadded === false
  );
}

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/** What each window sees of a plane, and how many of its taps lie in the padded input. */
function viewsOf(axes: readonly Axis[], by: Mode): { readonly reads: number[]; readonly padded: number }[] {
  return product(axes.map((item) => windowsAlong(item, by))).map((window) => {
    const taps = product(window);
    const inside = taps.filter((tap) => tap.every(({ at }, i) => at >= 0 && at < axes[i]!.input));
    return {
      reads: inside.map((tap) => tap.reduce((index, { at }, i) => index * axes[i]!.input + at, 0)),
      padded: taps.filter((tap) => tap.every(({ isPadded }) => isPadded)).length,
    };
  });
}

function attributesOf(axes: readonly Axis[], { autoPad, isCeil }: Mode): Record<string, AttributeInput> {
  return {
    auto_pad: autoPad,
    ceil_mode: isCeil ? 1 : 0,
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)],
  };
}

const geometry = fc.record({ axes: fc.array(axis, { minLength: 1, maxLength: 3 }), mode, seed: fc.nat() });

describe('windows one by one', () => {
  it('AveragePool, LpPool and MaxPool in one to three dimensions', () => {
    fc.assert(
      fc.property(geometry, fc.boolean(), fc.constantFrom(1, 2, 3), ({ axes, mode: by, seed }, countsPads, p) => {
        const counts = axes.map((item) => windowsAlong(item, by).length);
        const sizes = axes.map(({ input }) => input);
        const plane = sizes.reduce((a, b) => a * b, 1);
        const x = float32([2, 1, ...sizes], smallIntegers(2 * plane, seed));
        const attributes = attributesOf(axes, by);
        if (counts.includes(0)) {
          const { diagnostics } = inferOperator({ op: 'AveragePool', inputs: [x], attributes });
          expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['US1207']));
          return;
        }
        const run = (op: string, more: Record<string, AttributeInput> = {}) =>
          runOperator({ op, inputs: [x], attributes: { ...attributes, ...more } })[0] as Tensor<Float32Array>;
        const mean = run('AveragePool', { count_include_pad: countsPads ? 1 : 0 });
        const [norm, max] = [run('LpPool', { p }), run('MaxPool')];
        for (const y of [mean, norm, max]) expect(y.dims).toEqual([2, 1, ...counts]);
        let o = 0;
        for (let n = 0; n < 2; n++) {
          for (const { reads, padded } of viewsOf(axes, by)) {
            const values = reads.map((at) => x.data[n * plane + at]!);
            const sum = values.reduce((a, b) => a + b, 0);
            // A window over nothing but padding has no mean and no maximum.
            if (values.length > 0) {
              expect(max.data[o]).toBe(Math.max(...values));
              expect(mean.data[o]).toBeCloseTo(sum / (countsPads ? padded : values.length), 5);
            }
            expect(norm.data[o]).toBeCloseTo(values.reduce((a, b) => a + Math.abs(b) ** p, 0) ** (1 / p), 5);
            o++;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('have with symbols the sizes that they have with numbers', () => {
    const names = ['N', 'D', 'H', 'W'];
    const arbitrary = fc.record({
      op: fc.constantFrom('AveragePool', 'LpPool', 'MaxPool'),
      geometry,
      batch: fc.nat({ max: 2 }),
    });
    let valid = 0;
    fc.assert(
      fc.property(arbitrary, ({ op, geometry: { axes, mode: by }, batch }) => {
        fc.pre(!axes.some((item) => overhangs(item, by)));
        const shape: Dim[] = [symbol('N', { min: 0 }), 3, ...axes.map((_, i) => symbol(names[i + 1]!))];
        const bindings = new Map([['N', batch], ...axes.map(({ input }, i) => [names[i + 1]!, input] as const)]);
        const isValid = checkSubstitution({ op, inputs: [{ shape }], attributes: attributesOf(axes, by) }, bindings);
        expect(isValid).toBe(axes.every((item) => windowsAlong(item, by).length > 0));
        if (isValid) valid++;
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(100);
  });
});

describe('pooling', () => {
  it('keeps VALID windows inside the input, whatever ceil_mode says', () => {
    const attributes = { kernel_shape: [2], strides: [2], auto_pad: 'VALID', ceil_mode: 1 };
    const [y] = runOperator({ op: 'AveragePool', inputs: [float32([1, 1, 5], [1, 2, 3, 4, 5])], attributes });
    expect(elementsOf(y)).toEqual([1.5, 3.5]);
  });

  it('ignores a window that would begin in the padding at the end', () => {
    const attributes = { kernel_shape: [1], strides: [2], pads: [0, 1], ceil_mode: 1 };
    const [y] = runOperator({ op: 'AveragePool', inputs: [float32([1, 1, 2], [3, 4])], attributes });
    expect(elementsOf(y)).toEqual([3]);
  });

  it('divides by the padding that is there, not by what hangs over it', () => {
    const attributes = { kernel_shape: [3], strides: [3], pads: [1, 1], ceil_mode: 1, count_include_pad: 1 };
    const [y] = runOperator({ op: 'AveragePool', inputs: [float32([1, 1, 3], [2, 4, 6])], attributes });
    expect(elementsOf(y)).toEqual([2, 3]);
  });

  it.each(['float16', 'bfloat16', 'float64'] as const)('of %s', (type) => {
    const inputs = [tensor(type, [3, -4, 1, 2], [1, 1, 4])];
    const attributes = { kernel_shape: [2], strides: [2] };
    const run = (op: string) => elementsOf(runOperator({ op, inputs, attributes })[0]);
    expect([run('AveragePool'), run('MaxPool')]).toEqual([
      [-0.5, 1.5],
      [3, 2],
    ]);
    expect(elementsOf(runOperator({ op: 'LpPool', inputs, attributes: { ...attributes, p: 1 } })[0])).toEqual([7, 3]);
  });

  it.each(['AveragePool', 'LpPool', 'MaxPool'])('%s of an input whose rank is not known', (op) => {
    expect(inferShapes(op, [['float32', undefined]], { kernel_shape: [2] })).toEqual([undefined]);
  });

  it.each([
    ['no kernel', {}, 'US1302'],
    ['a kernel of 0', { kernel_shape: [0] }, 'US1209'],
    ['a stride of 0', { kernel_shape: [2], strides: [0] }, 'US1209'],
    ['a dilation of 0', { kernel_shape: [2], dilations: [0] }, 'US1209'],
    ['padding for one side', { kernel_shape: [2], pads: [1] }, 'US1209'],
    ['negative padding', { kernel_shape: [2], pads: [-1, 0] }, 'US1209'],
    ['an unknown auto_pad', { kernel_shape: [2], auto_pad: 'SAME' }, 'US1304'],
  ])('refuses %s', (_, attributes: Record<string, AttributeInput>, code) => {
    for (const op of ['AveragePool', 'LpPool', 'MaxPool']) {
      const { diagnostics } = inferOperator({ op, inputs: [[1, 1, 4]], attributes });
      expect(diagnostics.map((item) => item.code)).toEqual([code]);
    }
  });

  it('refuses inputs without spatial axes, or with more than three', () => {
    const codesOf = (shape: Dim[], kernel_shape: number[]) =>
      inferOperator({ op: 'AveragePool', inputs: [shape], attributes: { kernel_shape } }).diagnostics.map(
        ({ code }) => code,
      );
    expect(codesOf([1, 4], [])).toEqual(['US1201']);
    expect(codesOf([1, 1, 2, 2, 2, 2], [1, 1, 1, 1])).toEqual(['US1201']);
  });
});
