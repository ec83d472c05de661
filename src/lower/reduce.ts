/** Reductions over axes, and the global pools, which are reductions over the spatial ones. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { globalPooling } from '../ops/pooling/global-pool.js';
import type { ReductionAttributes } from '../ops/reduction/axes.js';
import { reductions } from '../ops/reduction/reduce.js';
import type { Element } from '../wasm/kernels/cells.js';
import { binary, constant, type Elementwise, input, unary, where } from '../wasm/kernels/elementwise-expression.js';
import type { IntegerReduceKind } from '../wasm/kernels/integer-reduce.js';
import type { ReduceKind } from '../wasm/kernels/reduce.js';
import type { LoweringContext } from './context/context.js';
import { nhwc8Size } from './context/tensor.js';
import { addElementwise } from './elementwise/loops.js';
import { prefersNhwc8, stridesOf, wordStrides } from './layouts.js';
import {
  anyElements,
  defineLowering,
  type ElementKind,
  floats,
  floatsAndIntegers,
  kernelsOf,
  type Lowering,
  unfitValue,
} from './lowering.js';
import { elementOf } from './movement/computed-indices.js';
import { makeFilled } from './movement/fill.js';

const computedAxes = 'axes that are computed';

/** The axes, counted from the front: none where the node reduces none. */
function axesOf(
  context: LoweringContext,
  axesInput: Value | undefined,
  { axes, noop_with_empty_axes }: ReductionAttributes,
  rank: number,
): readonly number[] | typeof computedAxes {
  const given = axesInput === undefined ? axes : context.values.integers(axesInput);
  if (given === undefined && axesInput !== undefined) return computedAxes;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (given === undefined || given.length === 0) return noop_with_empty_axes ? [] : all;
  return given.map((axis) => normalizeAxis(axis, rank));
}

type Reductions = (typeof reductions)[number];

function lowerReduction(
  schema: Reductions,
  kind: ReduceKind,
  types: readonly ElementKind[] = floatsAndIntegers,
): Lowering {
  return defineLowering(schema, kernelsOf(types, [computedAxes]), (context, node, { attributes, inputs, outputs }) => {
    const dims = context.tensors.storedDims(inputs.data);
    const element = elementOf(context, inputs.data);
    if (reducesNothing(context, node, inputs.data, outputs.reduced, kind)) return undefined;
    if (dims === undefined || element === undefined || context.values.sizedDims(outputs.reduced) === undefined) {
      return unfitValue;
    }
    const axes = axesOf(context, inputs.axes, attributes, dims.length);
    if (axes === computedAxes) return computedAxes;
    if (element.type !== 'float32') {
      if (kind === 'norm' || kind === 'log of sum') return unfitValue;
      addIntegerReduction(context, node, kind, element, new Set(axes));
    } else if (axes.length === 0) {
      addElementwise(context, { nodes: [node], tree: ofOne(kind), inputs: [inputs.data], output: outputs.reduced });
    } else addReduction(context, [node], inputs.data, outputs.reduced, kind, new Set(axes), attributes.keepdims);
    return undefined;
  });
}

const ofNothing: Readonly<Record<ReduceKind, number>> = {
  sum: 0,
  'sum of magnitudes': 0,
  'sum of squares': 0,
  norm: 0,
  product: 1,
  mean: Number.NaN,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  'log of sum': Number.NEGATIVE_INFINITY,
};

/** Fills the result with what a reduction of no elements is. @returns whether there are none */
function reducesNothing(context: LoweringContext, node: Node, x: Value, y: Value, kind: ReduceKind): boolean {
  const dims = context.values.dims(x);
  if (dims === undefined || elementCount(dims) > 0 || context.values.floatDims(y) === undefined) return false;
  return makeFilled(context, node, y, ofNothing[kind]) !== undefined;
}

/** What a reduction makes of a single element. */
function ofOne(kind: ReduceKind): Elementwise {
  const x = input(0);
  if (kind === 'norm' || kind === 'sum of magnitudes') return unary('abs', x);
  if (kind === 'sum of squares') return binary('mul', x, x);
  return kind === 'log of sum' ? unary('log', x) : x;
}

/** The logarithm of a sum of powers, relative to the largest element, so that nothing overflows. */
const lowerLogSumExp = defineLowering(
  reductions.ReduceLogSumExp,
  kernelsOf(floats, [computedAxes]),
  (context, node, { attributes, inputs: { data, axes: axesInput }, outputs: { reduced } }) => {
    const dims = context.values.floatDims(data);
    const onto = context.values.floatDims(reduced);
    if (reducesNothing(context, node, data, reduced, 'log of sum')) return undefined;
    if (dims === undefined || onto === undefined) return unfitValue;
    const axes = axesOf(context, axesInput, attributes, dims.length);
    if (axes === computedAxes) return computedAxes;
    const nodes = [node];
    if (axes.length === 0) {
      addElementwise(context, { nodes, tree: input(0), inputs: [data], output: reduced });
      return undefined;
    }
    const { name } = node;
    const all = new Set(axes);
    const whole = dims.map((size, axis) => (all.has(axis) ? 1 : size));
    const largest = context.values.ownValue(`${name} largest`, whole);
    addReduction(context, nodes, data, largest, 'max', all, true);
    // From infinities nothing is taken: it would be NaN.
    const isNumber = binary('less', unary('abs', input(1)), constant(Number.POSITIVE_INFINITY));
    const base = where(isNumber, input(1), constant(0));
    const powers = context.values.ownValue(`${name} powers`, dims);
    const difference = unary('exp', binary('sub', input(0), base));
    addElementwise(context, { nodes, tree: difference, inputs: [data, largest], output: powers });
    const sum = context.values.ownValue(`${name} sum`, whole);
    addReduction(context, nodes, powers, sum, 'log of sum', all, true);
    const result = attributes.keepdims ? reduced : context.values.ownValue(`${name} result`, whole);
    const total = binary('add', input(0), base);
    addElementwise(context, { nodes, tree: total, inputs: [sum, largest], output: result });
    if (result !== reduced) context.tensors.setResidency(reduced, context.tensors.rowMajor(result));
    return undefined;
  },
);

function addIntegerReduction(
  context: LoweringContext,
  node: Node,
  kind: IntegerReduceKind,
  element: Element,
  axes: ReadonlySet<number>,
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const dims = context.values.dims(x)!;
  const source = context.tensors.stored(x);
  const target = context.tensors.makeStored(y);
  const from = wordStrides(source, dims);
  const to = wordStrides(
    target,
    dims.map((size, axis) => (axes.has(axis) ? 1 : size)),
  );
  const params = {
    kind,
    kept: dims.flatMap((size, axis) => (axes.has(axis) ? [] : [{ size, strides: [from[axis]!, to[axis]!] }])),
    reduced: dims.flatMap((size, axis) => (axes.has(axis) ? [{ size, stride: from[axis]! }] : [])),
    input: element,
    output: { type: element.type, cells: target.cells },
  };
  context.add({
    kind: 'kernel',
    algorithm: `reduce ${kind} of integers`,
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: elementCount(dims),
    work: elementCount(dims) * 4,
    build: () => ({
      kernel: { name: 'integer reduce', params },
      pointers: [{ tensor: source }, { tensor: target }],
    }),
  });
}

function lowerGlobalPool(
  schema: typeof globalPooling.GlobalAveragePool | typeof globalPooling.GlobalMaxPool,
  kind: 'mean' | 'max',
): Lowering {
  return defineLowering(schema, kernelsOf(floats), (context, node, { inputs, outputs }) => {
    const dims = context.values.floatDims(inputs.X);
    if (dims === undefined || dims.length < 3) return unfitValue;
    const spatial = new Set(dims.map((_, axis) => axis).slice(2));
    addReduction(context, [node], inputs.X, outputs.Y, kind, spatial, true);
    return undefined;
  });
}

export const reductionLowerings: readonly Lowering[] = [
  lowerLogSumExp,
  lowerReduction(reductions.ReduceL1, 'sum of magnitudes'),
  lowerReduction(reductions.ReduceL2, 'norm', floats),
  lowerReduction(reductions.ReduceLogSum, 'log of sum', floats),
  lowerReduction(reductions.ReduceMax, 'max', anyElements),
  lowerReduction(reductions.ReduceMean, 'mean'),
  lowerReduction(reductions.ReduceMin, 'min', anyElements),
  lowerReduction(reductions.ReduceProd, 'product'),
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

export function addReduction(
  context: LoweringContext,
  nodes: readonly Node[],
  x: Value,
  y: Value,
  kind: ReduceKind,
  axes: ReadonlySet<number>,
  keepsDims: boolean,
): void {
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
    nodes,
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
