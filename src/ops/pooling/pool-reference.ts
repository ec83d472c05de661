/** References of pooling. */
import { computeArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { asWindowVolume, type ConcreteWindow } from '../convolution/window.js';
import type { ReferenceContext } from '../operator.js';
import { type PoolAttributes, poolWindows } from './pool.js';

type MaxPoolAttributes = PoolAttributes & { readonly storage_order: number };
type AveragePoolAttributes = PoolAttributes & { readonly count_include_pad: boolean };

export function maxPooled(
  context: Pick<ReferenceContext<MaxPoolAttributes>, 'attributes' | 'inputs' | 'outputCount'>,
): readonly Tensor[] {
  return maxPool(context.attributes, tensorAt(context, 0), context.outputCount);
}

export function averagePooled(
  context: Pick<ReferenceContext<AveragePoolAttributes>, 'attributes' | 'inputs'>,
): readonly Tensor[] {
  return [averagePool(context.attributes, tensorAt(context, 0))];
}

/** Reduces the elements of one window, in order, to one output. */
export interface Reducer {
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

export function pooledDims(attributes: PoolAttributes, x: Tensor): Pooled {
  const windows = poolWindows(attributes, x.dims.slice(2));
  return { dims: [x.dims[0]!, x.dims[1]!, ...windows.map((window) => window.output)], windows };
}

/** Runs the reducer over every window; `emit` gets each output with its index. */
export function pool(
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

export function maxPool(attributes: MaxPoolAttributes, x: Tensor, outputCount: number): readonly Tensor[] {
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

export function averagePool(attributes: AveragePoolAttributes, x: Tensor): Tensor {
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
