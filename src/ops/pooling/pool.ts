/** MaxPool, AveragePool and LpPool: windows slide over every plane along one to three spatial axes. */

import { add, type Dim, floorDiv, formatDim, max, sub } from '../../ir/dim.js';
import { computeArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag, int } from '../attributes.js';
import { kernelExtent } from '../convolution/conv-transpose-geometry.js';
import {
  asWindowVolume,
  type ConcreteWindow,
  concreteWindows,
  requireKernelRank,
  type SpatialAttributes,
  spatialAttributes,
  type WindowAxis,
  windowAxes,
  windowCount,
  windowTooLarge,
} from '../convolution/window.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, bytes, int64s, reals } from '../type-set.js';
import { expandLpPool } from './lp-expansion.js';

export interface PoolAttributes extends SpatialAttributes {
  readonly kernel_shape: readonly number[];
  readonly ceil_mode?: boolean;
}

const poolAttributes = { ...spatialAttributes, kernel_shape: spatialAttributes.kernel_shape.required() };

export function poolShape(context: InferContext<PoolAttributes>): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 5 });
  if (x === undefined) return undefined;
  const { kernel_shape: kernel, ceil_mode = false } = context.attributes;
  requireKernelRank(kernel, x.length - 2);
  const axes = windowAxes(context.attributes, kernel);
  return [x[0]!, x[1]!, ...axes.map((axis, i) => poolCount(axis, x[i + 2]!, ceil_mode, context))];
}

/**
 * By how many elements a single window exceeds the padded input, if they are fewer than the stride; undefined otherwise.
 * The specification counts no window then. onnxruntime since 1.17 counts one, because it rounds toward zero.
 */
export function overhangOf(axis: WindowAxis, input: number): number | undefined {
  const { stride, padBegin, padEnd, autoPad } = axis;
  if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER' || input < 1) return undefined;
  const overhang = kernelExtent(axis) - (input + padBegin + padEnd);
  return overhang > 0 && overhang < stride ? overhang : undefined;
}

/**
 * How many windows there are along an axis. One that overhangs counts, as in onnxruntime; of an open size legal are those
 * that all tools agree on, unless the context asks for the others too.
 */
function poolCount(
  axis: WindowAxis,
  input: Dim,
  ceilMode = false,
  context?: Pick<InferContext<unknown>, 'atLeast' | 'countsOverhangs'>,
): Dim {
  if (typeof input === 'number' && overhangOf(axis, input) !== undefined) return 1;
  const { stride, padBegin, padEnd, autoPad } = axis;
  const isPadded = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  // With ceil_mode the window counts as it is.
  const isRoundedUp = ceilMode && autoPad === 'NOTSET';
  if (context?.countsOverhangs && typeof input !== 'number' && !isPadded && !isRoundedUp) {
    const room = sub(add(input, padBegin, padEnd), kernelExtent(axis));
    context.atLeast(add(room, stride), 1, `what windows over an axis of size ${formatDim(input)} have`, () =>
      windowTooLarge({ window: kernelExtent(axis), input, padBegin, padEnd }),
    );
    return max(add(floorDiv(room, stride), 1), 1);
  }
  return windowCount(axis, input, ceilMode, context);
}

/** The windows over spatial axes of known sizes. */
export function poolWindows(attributes: PoolAttributes, inputs: readonly number[]): ConcreteWindow[] {
  const axes = windowAxes(attributes, attributes.kernel_shape);
  return concreteWindows(axes, inputs, (axis, input) => poolCount(axis, input, attributes.ceil_mode));
}

/** Reduces the elements of one window, in order, to one output. */
interface Reducer {
  begin(): void;
  /** An element inside the input. */
  see(value: number, index: number): void;
  /** `seen` elements were inside the input, `inPadded` inside the input with its explicit padding. */
  end(seen: number, inPadded: number): number;
}

interface Pooled {
  readonly dims: readonly number[];
  readonly windows: readonly ConcreteWindow[];
}

function pooledDims(attributes: PoolAttributes, x: Tensor): Pooled {
  const windows = poolWindows(attributes, x.dims.slice(2));
  return { dims: [x.dims[0]!, x.dims[1]!, ...windows.map((window) => window.output)], windows };
}

/** Runs the reducer over every window; `emit` gets each output with its index. */
function pool(
  { dims, windows }: Pooled,
  data: ArrayLike<number>,
  reducer: Reducer,
  emit: (o: number, value: number) => void,
): void {
  const [depth, height, width] = asWindowVolume(windows);
  const inputPlane = depth.input * height.input * width.input;
  const planes = dims[0]! * dims[1]!;
  let o = 0;
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * inputPlane;
    for (let od = 0; od < depth.output; od++) {
      const ds = windowSpan(depth, od);
      for (let oh = 0; oh < height.output; oh++) {
        const hs = windowSpan(height, oh);
        for (let ow = 0; ow < width.output; ow++) {
          const ws = windowSpan(width, ow);
          reducer.begin();
          for (let d = ds.first; d < ds.last; d += depth.dilation) {
            for (let h = hs.first; h < hs.last; h += height.dilation) {
              const row = start + (d * height.input + h) * width.input;
              for (let w = ws.first; w < ws.last; w += width.dilation) reducer.see(data[row + w]!, row + w);
            }
          }
          emit(o++, reducer.end(ds.inside * hs.inside * ws.inside, ds.inPadded * hs.inPadded * ws.inPadded));
        }
      }
    }
  }
}

/** The positions that window `o` reads along one axis: first, first + dilation, … below last. */
function windowSpan({ input, stride, kernel, dilation, padBegin, padEnd }: ConcreteWindow, o: number) {
  const begin = o * stride - padBegin;
  const end = begin + (kernel - 1) * dilation + 1;
  const first = begin >= 0 ? begin : begin + Math.ceil(-begin / dilation) * dilation;
  const last = Math.min(end, input);
  const inside = Math.max(0, Math.ceil((last - first) / dilation));
  const inPadded = Math.ceil((Math.min(end, input + padEnd) - begin) / dilation);
  return { first, last, inside, inPadded };
}

export function maxPool(
  attributes: PoolAttributes & { readonly storage_order: number },
  x: Tensor,
  outputCount: number,
): readonly Tensor[] {
  const shape = pooledDims(attributes, x);
  const count = elementCount(shape.dims);
  const values = computeArray(x.type, count);
  const indices = new BigInt64Array(outputCount > 1 ? count : 0);
  const flatIndex = attributes.storage_order === 1 ? columnMajorIndex(x.dims) : (index: number) => index;
  let best = Number.NEGATIVE_INFINITY;
  let bestIndex = 0;
  const reducer: Reducer = {
    begin: () => {
      best = Number.NEGATIVE_INFINITY;
      bestIndex = -1;
    },
    see: (value, index) => {
      if (value > best || bestIndex < 0 || Number.isNaN(value)) {
        best = value;
        bestIndex = index;
      }
    },
    end: () => best,
  };
  pool(shape, numbersOf(x), reducer, (o, value) => {
    values[o] = value;
    if (outputCount > 1) indices[o] = BigInt(flatIndex(bestIndex));
  });
  const result = tensorFromNumbers(x.type, shape.dims, values);
  return outputCount > 1 ? [result, new Tensor('int64', shape.dims, indices)] : [result];
}

/** Converts an index to column-major order within each plane (`storage_order` 1). */
function columnMajorIndex(dims: readonly number[]): (index: number) => number {
  const spatial = dims.slice(2);
  const plane = elementCount(spatial);
  return (index) => {
    let rest = index % plane;
    let flat = 0;
    for (let axis = spatial.length - 1; axis >= 0; axis--) {
      flat = flat * spatial[axis]! + (rest % spatial[axis]!);
      rest = Math.floor(rest / spatial[axis]!);
    }
    return index - (index % plane) + flat;
  };
}

export function averagePool(attributes: PoolAttributes & { readonly count_include_pad: boolean }, x: Tensor): Tensor {
  const shape = pooledDims(attributes, x);
  const out = computeArray(x.type, elementCount(shape.dims));
  let sum = 0;
  const reducer: Reducer = {
    begin: () => {
      sum = 0;
    },
    see: (value) => {
      sum += value;
    },
    end: (seen, inPadded) => sum / (attributes.count_include_pad ? inPadded : seen),
  };
  pool(shape, numbersOf(x), reducer, (o, value) => {
    out[o] = value;
  });
  return tensorFromNumbers(x.type, shape.dims, out);
}

function lpPool(attributes: PoolAttributes & { readonly p: number }, x: Tensor): Tensor {
  const shape = pooledDims(attributes, x);
  const out = computeArray(x.type, elementCount(shape.dims));
  const { p } = attributes;
  let sum = 0;
  const reducer: Reducer = {
    begin: () => {
      sum = 0;
    },
    see: (value) => {
      sum += Math.abs(value) ** p;
    },
    end: () => sum ** (1 / p),
  };
  pool(shape, numbersOf(x), reducer, (o, value) => {
    out[o] = value;
  });
  return tensorFromNumbers(x.type, shape.dims, out);
}

export const pooling = family(
  defineOperator({
    name: 'MaxPool',
    versions: [1, 8, 10, 11, 12, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T'), optional('Indices', int64s).from(8)],
    types: { T: reals.from(12, bytes).from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(10),
      ceil_mode: flag(false).from(10),
      storage_order: int(0).from(8).oneOf(0, 1),
    },
    infer: (context) => {
      const shape = poolShape(context);
      return [tensorType(context.elementType(0), shape), tensorType('int64', shape)];
    },
    reference: (context) => maxPool(context.attributes, tensorAt(context, 0), context.outputCount),
  }),
  defineOperator({
    name: 'AveragePool',
    versions: [1, 7, 10, 11, 19, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(19),
      ceil_mode: flag(false).from(10),
      count_include_pad: flag(false).from(7),
    },
    infer: (context) => [tensorType(context.elementType(0), poolShape(context))],
    reference: (context) => [averagePool(context.attributes, tensorAt(context, 0))],
  }),
  defineOperator({
    name: 'LpPool',
    versions: [1, 2, 11, 18, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(18),
      ceil_mode: flag(false).from(18),
      p: int(2),
    },
    infer: (context) => [tensorType(context.elementType(0), poolShape(context))],
    reference: (context) => [lpPool(context.attributes, tensorAt(context, 0))],
    expand: ({ attributes, inputs, outputs }, expansion) => expandLpPool(expansion, attributes, inputs.X, outputs.Y),
  }),
);
