/** Reductions over axes, and the global pools, which are reductions over the spatial ones. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/operator.js';
import { globalPooling } from '../ops/pooling/global-pool.js';
import type { ReductionAttributes } from '../ops/reduction/axes.js';
import { reductions } from '../ops/reduction/reduce.js';
import type { ReduceKind } from '../wasm/kernels/reduce.js';
import type { LoweringContext } from './context/context.js';
import { nhwc8Size } from './context/tensor.js';
import { prefersNhwc8, stridesOf } from './layouts.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

function isComputed(context: LoweringContext, axes: Value | undefined): boolean {
  return axes !== undefined && context.values.numbers(axes) === undefined;
}

/** The axes, counted from the front; undefined where they are computed, or there are none. */
function axesOf(
  context: LoweringContext,
  axesInput: Value | undefined,
  { axes, noop_with_empty_axes }: ReductionAttributes,
  rank: number,
): readonly number[] | undefined {
  const given = axesInput === undefined ? axes : context.values.numbers(axesInput);
  if (given === undefined && axesInput !== undefined) return undefined;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (given === undefined || given.length === 0) return noop_with_empty_axes ? undefined : all;
  return given.map((axis) => normalizeAxis(axis, rank));
}

type Reductions = (typeof reductions)[number];

function lowerReduction(schema: Reductions, kind: ReduceKind): Lowering {
  return defineLowering(
    schema,
    kernelsOf(floats, ['axes that are computed', 'no axes']),
    (context, node, { attributes, inputs, outputs }) => {
      const dims = context.values.floatDims(inputs.data);
      if (dims === undefined || context.values.floatDims(outputs.reduced) === undefined) {
        return unfitValue;
      }
      const axes = axesOf(context, inputs.axes, attributes, dims.length);
      if (axes === undefined) return isComputed(context, inputs.axes) ? 'axes that are computed' : 'no axes';
      addReduction(context, node, kind, new Set(axes), attributes.keepdims);
      return undefined;
    },
  );
}

function lowerGlobalPool(
  schema: typeof globalPooling.GlobalAveragePool | typeof globalPooling.GlobalMaxPool,
  kind: 'mean' | 'max',
): Lowering {
  return defineLowering(schema, kernelsOf(floats), (context, node, { inputs }) => {
    const dims = context.values.floatDims(inputs.X);
    if (dims === undefined || dims.length < 3) return unfitValue;
    addReduction(context, node, kind, new Set(dims.map((_, axis) => axis).slice(2)), true);
    return undefined;
  });
}

export const reductionLowerings: readonly Lowering[] = [
  lowerReduction(reductions.ReduceL2, 'norm'),
  lowerReduction(reductions.ReduceMax, 'max'),
  lowerReduction(reductions.ReduceMean, 'mean'),
  lowerReduction(reductions.ReduceMin, 'min'),
  lowerReduction(reductions.ReduceSum, 'sum'),
  lowerReduction(reductions.ReduceSumSquare, 'sum of squares'),
  lowerGlobalPool(globalPooling.GlobalAveragePool, 'mean'),
  lowerGlobalPool(globalPooling.GlobalMaxPool, 'max'),
];

/**
 * Whether the layout is fixed. The order of a sum depends on the layout, and the layout on the value's producer, which a part
 * of a network may not have. So that a part rounds as the whole does, `strict` sums pixels in NHWC8 always.
 */
function isSummedNhwc8(
  { options }: LoweringContext,
  kind: ReduceKind,
  dims: readonly number[],
  axes: ReadonlySet<number>,
): boolean {
  if (options.precision !== 'strict' || kind === 'max' || kind === 'min') return false;
  return dims.length >= 3 && nhwc8Size(dims) !== undefined && axes.size > 0 && [...axes].every((axis) => axis > 1);
}

function addReduction(
  context: LoweringContext,
  node: Node,
  kind: ReduceKind,
  axes: ReadonlySet<number>,
  keepsDims: boolean,
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const dims = context.values.dims(x)!;
  const whole = dims.map((size, axis) => (axes.has(axis) ? 1 : size));
  const isNhwc8 = prefersNhwc8(context, x) || isSummedNhwc8(context, kind, dims, axes);
  // Where the axes go, the result has another rank, and is row-major.
  const isNhwc8Result = isNhwc8 && keepsDims && nhwc8Size(whole) !== undefined;
  const source = isNhwc8 ? context.tensors.nhwc8(x) : context.tensors.rowMajor(x);
  const target = isNhwc8Result ? context.tensors.makeNhwc8(y) : context.tensors.makeRowMajor(y);
  context.add({
    kind: 'kernel',
    algorithm: `reduce ${kind}`,
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: elementCount(dims),
    work: elementCount(dims) * 2,
    build: (placement) => {
      const [from, to] = [stridesOf(source, dims, placement), stridesOf(target, whole, placement)];
      const kept = dims.flatMap((size, axis) => (axes.has(axis) ? [] : [{ size, strides: [from[axis]!, to[axis]!] }]));
      const reduced = dims.flatMap((size, axis) => (axes.has(axis) ? [{ size, stride: from[axis]! }] : []));
      return {
        kernel: { name: 'reduce', params: { kind, kept, reduced } },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
}
