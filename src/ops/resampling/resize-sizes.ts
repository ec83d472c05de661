/**
 * The output sizes of Resize and Upsample, for numbers and for symbols.
 *
 * With scales a size is floor(input · scale). Scales and the product are float32, as in onnxruntime and ONNX's own
 * shape inference: 10 · 0.7 is then 7, as the exporter meant, not 6.99… as in exact arithmetic. The specification also
 * multiplies by the extent of the roi; onnxruntime, ONNX's shape inference and its reference do not, and neither does
 * this.
 */

import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, min, sub } from '../../ir/dim.js';
import { constantsOf, floorQuantity, multiplyQuantities, type Quantity } from '../../ir/quantity.js';
import { formatShape, isConcrete, type Shape } from '../../ir/shape.js';
import { normalizeAxis } from '../arguments.js';
import { asElement } from '../elementwise/symbolic.js';
import type { InferContext } from '../infer-context.js';
import { axisRepeated } from '../problems.js';

export interface OutputSize<D extends Dim = Dim> {
  readonly output: D;
  /** The size before rounding. */
  readonly extent: D;
}

export type AspectRatioPolicy = 'stretch' | 'not_larger' | 'not_smaller';

/** The axes that scales, sizes and roi refer to, counted from the front (default: all). */
export function resizedAxes(axes: readonly number[] | undefined, rank: number): readonly number[] {
  if (axes === undefined || axes.length === 0) return Array.from({ length: rank }, (_, axis) => axis);
  const counted = axes.map((axis) => normalizeAxis(axis, rank));
  if (new Set(counted).size < counted.length) {
    fail(axisRepeated({ axes }));
  }
  return counted;
}

const resizeCount = defineProblem(
  'US1202',
  { input: 'string', axes: 'integer', count: 'integer' },
  ({ input, axes, count }) => ({
    message: `${input} must hold one value for each ${axes === 1 ? 'axis' : 'of the axes'} to resize`,
    value: input,
    expected: `${axes} values`,
    actual: `${count} values`,
  }),
);

const resizeRank = defineProblem(
  'US1202',
  { input: 'string', axes: 'integer', shape: 'shape' },
  ({ input, axes, shape }) => ({
    message: `${input} must be a list`,
    value: input,
    expected: `shape [${axes}], one value for each axis to resize`,
    actual: `shape ${formatShape(shape)}`,
  }),
);

/** Checks that `name` is a list with one value for each resized axis, as far as its shape is known. */
export function requireOnePerAxis(name: string, shape: Shape | undefined, axes: readonly number[]): void {
  if (shape === undefined) return;
  const [count] = shape;
  if (shape.length !== 1 || count === undefined) fail(resizeRank({ input: name, axes: axes.length, shape }));
  if (typeof count !== 'number' || count === axes.length) return;
  fail(resizeCount({ input: name, axes: axes.length, count }));
}

const scaleNotPositive = defineProblem('US1211', { scale: 'number' }, ({ scale }) => ({
  message: 'scales must be positive',
  value: 'scales',
  expected: 'more than 0',
  actual: String(scale),
}));

export function requirePositive(scale: number): void {
  if (scale > 0 && Number.isFinite(scale)) return;
  fail(scaleNotPositive({ scale }));
}

/** floor(input · scale) in the arithmetic of float32. */
export function scaledSize(input: number, scale: number): OutputSize<number> {
  requirePositive(scale);
  const extent = Math.fround(input * scale);
  return { output: Math.floor(extent), extent };
}

/**
 * `scaledSize` for an input size that may be symbolic: an expression as long as float32 is exact, otherwise a fresh
 * symbol.
 */
export function scaledDim(context: Pick<InferContext<unknown>, 'fresh'>, input: Dim, scale: Quantity): Dim {
  const [constant] = constantsOf({ type: 'float32', dims: [1], elements: [scale] }) ?? [];
  if (constant !== undefined) {
    requirePositive(constant);
    if (typeof input === 'number') return scaledSize(input, constant).output;
  }
  const product = multiplyQuantities(input, scale);
  const element = product && asElement(product, 'float32');
  if (element !== undefined) return floorQuantity(element);
  const factor = constant === undefined ? 'a scale that depends on sizes' : `the scale ${constant}`;
  return context.fresh(`floor(${input} times ${factor}), which is no short fraction`);
}

/** The sizes of axes that are resized to `sizes`; the policy may keep their ratio. */
export function requestedSizes(
  policy: AspectRatioPolicy,
  inputs: readonly number[],
  sizes: readonly number[],
): OutputSize<number>[] {
  inputs.forEach((input, i) => {
    requireSize(sizes[i]!);
    if (input === 0 && sizes[i] !== 0) {
      fail(emptyAxisResized({ size: sizes[i]! }));
    }
  });
  if (policy === 'stretch' || inputs.includes(0)) return sizes.map((size) => ({ output: size, extent: size }));
  const ratios = inputs.map((input, i) => sizes[i]! / input);
  const leading = ratios.indexOf(policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios));
  return inputs.map((input) => {
    const extent = (sizes[leading]! * input) / inputs[leading]!;
    return { output: Math.floor(extent + 0.5), extent };
  });
}

const emptyAxisResized = defineProblem('US1202', { size: 'size' }, ({ size }) => ({
  message: 'an empty axis cannot be resized',
  value: 'sizes',
  expected: '0',
  actual: String(size),
}));

const negativeResizeSize = defineProblem('US1207', { size: 'integer' }, ({ size }) => ({
  message: 'a size to resize to is negative',
  value: 'sizes',
  expected: 'at least 0',
  actual: String(size),
}));

function requireSize(size: number): void {
  if (size >= 0) return;
  fail(negativeResizeSize({ size }));
}

/** `requestedSizes` for sizes that may be symbolic; nothing is asked of those that are not known. */
export function requestedDims(
  context: Pick<InferContext<unknown>, 'atLeast' | 'fresh'>,
  policy: AspectRatioPolicy,
  inputs: Shape,
  sizes: Shape,
  known: readonly (Dim | undefined)[],
): Dim[] {
  if (isConcrete(inputs) && isConcrete(sizes)) {
    return requestedSizes(policy, inputs, sizes).map(({ output }) => output);
  }
  sizes.forEach((size, i) => {
    if (known[i] === undefined) return;
    if (typeof size === 'number') requireSize(size);
    // An input axis may be empty only if the requested size is 0.
    context.atLeast(sub(inputs[i]!, min(1, size)), 0, 'elements to resize', () => emptyAxisResized({ size }));
  });
  if (policy === 'stretch' || sizes.length === 1) return [...sizes];
  return inputs.map((input) =>
    context.fresh(`${input} scaled to be ${policy.replace('_', ' ')} than the sizes asked for`),
  );
}
