/**
 * Which scale and zero point an element uses: one for the tensor, one for each index along an axis, or one for each
 * block of consecutive indices along it (Operators.md, QuantizeLinear).
 */

import { defineProblem, fail, ProblemError } from '../../diagnostics.js';
import { ceilDiv, type Dim } from '../../ir/dim.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { normalizeAxis } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { sizesDiffer } from '../problems.js';

export interface GranularityAttributes {
  readonly axis: number;
  /** 0 if there are no blocks. */
  readonly block_size: number;
}

type Granularity =
  | { readonly kind: 'tensor' }
  | { readonly kind: 'axis'; readonly axis: number }
  | { readonly kind: 'block'; readonly axis: number; readonly size: number };

const scaleMisfit = defineProblem(
  'US1201',
  { scale: 'shape', shape: 'shape', rank: 'integer', scaleRank: 'integer' },
  ({ scale, shape, rank, scaleRank }) => ({
    message: `a scale of shape ${formatShape(scale)} does not fit a tensor of shape ${formatShape(shape)}`,
    value: 'scale',
    expected: `a scalar, a vector, or rank ${rank} for blocks`,
    actual: `rank ${scaleRank}`,
  }),
);

const blockSizeAbsent = defineProblem('US1304', { scale: 'shape', blockSize: 'integer' }, ({ scale, blockSize }) => ({
  message: `a scale of shape ${formatShape(scale)} makes blocks, which need a block_size`,
  value: 'block_size',
  expected: 'at least 1',
  actual: String(blockSize),
}));

function granularityOf(x: Shape, scale: Shape, { axis, block_size }: GranularityAttributes): Granularity {
  if (scale.every((size) => size === 1) && scale.length <= 1) return { kind: 'tensor' };
  const isBlocked = scale.length === x.length && (scale.length > 1 || block_size > 0);
  if (!isBlocked && scale.length !== 1) {
    fail(scaleMisfit({ scale, shape: x, rank: x.length, scaleRank: scale.length }));
  }
  // A vector has only axis 0, even though the default is 1.
  const at = x.length === 1 ? 0 : normalizeAxis(axis, x.length);
  if (!isBlocked) return { kind: 'axis', axis: at };
  if (block_size < 1) {
    fail(blockSizeAbsent({ scale, blockSize: block_size }));
  }
  return { kind: 'block', axis: at, size: block_size };
}

const scaleNotScalar = defineProblem('US1201', { version: 'integer', scale: 'shape' }, ({ version, scale }) => ({
  message: `version ${version} has one scale for the whole tensor`,
  value: 'scale',
  expected: 'a scalar',
  actual: formatShape(scale),
  hint: 'scales along an axis need operator set 13 or newer',
}));

/** Checks scale (input 1) and zero point (input 2) against x (input 0). */
export function checkGranularity(context: InferContext<GranularityAttributes>): void {
  const [x, scale, zeroPoint] = [context.shape(0), context.shape(1), context.shape(2)];
  if (scale !== undefined && zeroPoint !== undefined) checkSameShape(context, scale, zeroPoint);
  if (x === undefined || scale === undefined) return;
  const granularity = granularityOf(x, scale, context.attributes);
  if (granularity.kind === 'tensor') return;
  if (context.version < 13) {
    fail(scaleNotScalar({ version: context.version, scale }));
  }
  checkScale(context, granularity, x, scale);
}

const scaleShape = defineProblem(
  'US1202',
  { scale: 'shape', shape: 'shape', expectedScale: 'shape', axis: 'integer', expected: 'size', actual: 'size' },
  ({ scale, shape, expectedScale, expected, actual }) => ({
    message: `a scale of shape ${formatShape(scale)} does not fit the input ${formatShape(shape)}: it should be ${formatShape(expectedScale)}`,
    value: 'scale',
    expected: String(expected),
    actual: String(actual),
  }),
);

function checkScale(
  context: Pick<InferContext<unknown>, 'unify'>,
  granularity: Exclude<Granularity, { kind: 'tensor' }>,
  x: Shape,
  scale: Shape,
): void {
  const wanted: Shape =
    granularity.kind === 'axis'
      ? [x[granularity.axis]!]
      : x.map((size, axis) => (axis === granularity.axis ? ceilDiv(size, granularity.size) : size));
  wanted.forEach((size, axis) => {
    agree(context, size, scale[axis]!, 'sizes of the scale and the input', (sizes) =>
      scaleShape({ scale, shape: x, expectedScale: wanted, axis, ...sizes }),
    );
  });
}

const zeroPointShape = defineProblem('US1202', { scale: 'shape', zeroPoint: 'shape' }, ({ scale, zeroPoint }) => ({
  message: `the zero point ${formatShape(zeroPoint)} and the scale ${formatShape(scale)} have different shapes`,
  value: 'zero_point',
  expected: formatShape(scale),
  actual: formatShape(zeroPoint),
}));

function checkSameShape(context: Pick<InferContext<unknown>, 'unify'>, scale: Shape, zeroPoint: Shape): void {
  const isSingle = (shape: Shape) => shape.every((size: Dim) => size === 1);
  if (isSingle(scale) && isSingle(zeroPoint)) return;
  const differ = () => zeroPointShape({ scale, zeroPoint });
  if (scale.length !== zeroPoint.length) fail(differ());
  scale.forEach((size, axis) => {
    agree(context, size, zeroPoint[axis]!, 'sizes of scale and zero point', differ);
  });
}

/** For concrete sizes: a difference ends the run. */
const strict: Pick<InferContext<unknown>, 'unify'> = {
  unify(a, b, what, { otherwise = () => sizesDiffer({ what, expected: a, actual: b }) } = {}) {
    if (a !== b) throw new ProblemError(otherwise());
    return a;
  },
};

/**
 * For each element of a tensor of shape `dims`, the index of its scale and zero point.
 *
 * @throws ProblemError US1201 or US1202 if scale or zero point do not fit, which may be known only at run time
 */
export function scaleIndices(
  dims: readonly number[],
  scaleDims: readonly number[],
  zeroPointDims: readonly number[] | undefined,
  attributes: GranularityAttributes,
): Uint32Array {
  if (zeroPointDims !== undefined) checkSameShape(strict, scaleDims, zeroPointDims);
  const indices = new Uint32Array(elementCount(dims));
  const granularity = granularityOf(dims, scaleDims, attributes);
  if (granularity.kind === 'tensor') return indices;
  checkScale(strict, granularity, dims, scaleDims);
  const { axis } = granularity;
  const outer = elementCount(dims.slice(0, axis));
  const inner = elementCount(dims.slice(axis + 1));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < dims[axis]!; i++) {
      const block = granularity.kind === 'block' ? o * scaleDims[axis]! + Math.floor(i / granularity.size) : i;
      for (let k = 0; k < inner; k++) indices[at++] = granularity.kind === 'block' ? block * inner + k : block;
    }
  }
  return indices;
}
