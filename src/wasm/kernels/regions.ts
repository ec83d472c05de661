/** Grids of bins over regions of images, in NHWC8: lanes are channels. Coordinates are in double precision, as the references'. */
import { add, forRange, loadVector, multiply, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryOp, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Element, loadElement, wordsOf } from './cells.js';
import { type Kernel, type KernelTarget, multiplyAdd, type Tier } from './kernel.js';
import { type PointerAxis, rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import type { View } from './views.js';

interface RegionParams {
  readonly input: View;
  /** Its images are regions, its pixels bins. */
  readonly output: View;
  /** Of the regions' coordinates. */
  readonly scale: number;
}

export interface RoiAlignParams extends RegionParams {
  readonly mode: 'average' | 'max';
  /** Whether coordinates are moved by half an element, and regions may be shorter than one. */
  readonly isHalfPixel: boolean;
  /** Points along an axis of a bin; 0: as many as it has elements. */
  readonly samplingRatio: number;
  readonly index: Element;
  readonly mostPoints: number;
}

const step = 8;

/** Notes of what is wrong with a region: 1 for the image that it names, 2 for its points. */
function note(f: FunctionBuilder, fault: Local, code: number, number: Operand, region: Local): void {
  f.run(memoryOp('i32.store', 0, fault, code));
  f.run(memoryOp('i32.store', 4, fault, number));
  f.run(memoryOp('i32.store', 8, fault, region));
}

/** Emits what is done with some channels of a bin: their number may be less than a group at the end. */
function eachGroup(
  f: FunctionBuilder,
  output: View,
  pointers: readonly Local[],
  body: (pointers: readonly Local[], room: number) => void,
): void {
  const groups = Math.ceil(output.channels / step);
  const lastRoom = Math.min(output.writable - (groups - 1) * step, step);
  const here = pointers.map((pointer) => f.local('i32', pointer));
  repeat(f, lastRoom === step ? groups : groups - 1, () => {
    body(here, step);
    for (const pointer of here) f.increase(pointer, step * 4);
  });
  if (lastRoom < step) body(here, lastRoom);
}

/** Sets all channels of a bin to a number. */
function fillBin(f: FunctionBuilder, output: View, to: Local, number: Operand): void {
  const value = f.local('v128', op('f32x4.splat', number));
  eachGroup(f, output, [to], ([at], room) => storeColumns(f, at!, 0, [value, value], room));
}

function vectorsAt(f: FunctionBuilder, at: Local, room: number): Local[] {
  return Array.from({ length: Math.ceil(room / 4) }, (_, j) => f.local('v128', loadVector(at, j * 16)));
}

function regionAxes({ output }: RegionParams, regionStrides: readonly number[]): readonly PointerAxis[] {
  const still = regionStrides.map(() => 0);
  return [
    { size: output.images, strides: [0, ...regionStrides, output.imageStride] },
    { size: output.height, strides: [0, ...still, output.rowStride] },
  ];
}

/** A point along an axis: whether it is near enough, its neighbors, and their weights. */
interface AxisPoint {
  readonly isInside: Local;
  readonly low: Local;
  readonly high: Local;
  readonly lowWeight: Local;
  readonly highWeight: Local;
}

function pointAt(f: FunctionBuilder, position: Local, size: number): AxisPoint {
  const isInside = f.local('i32', op('i32.and', op('f64.ge', position, -1), op('f64.le', position, size)));
  const inside = f.local('f64', op('f64.min', op('f64.max', position, 0), size - 1));
  const first = f.local('f64', op('f64.floor', inside));
  const low = f.local('i32', op('i32.trunc_sat_f64_s', first));
  const next = f.local('i32', add(low, 1));
  const high = f.local('i32', select('i32', next, size - 1, op('i32.lt_s', next, size)));
  const highWeight = f.local('f64', op('f64.sub', inside, first));
  return { isInside, low, high, lowWeight: f.local('f64', op('f64.sub', 1, highWeight)), highWeight };
}

/**
 * Arguments: input, regions (four coordinates each), the indices of their images, output, three words for a region that does
 * not fit. Units are rows of bins.
 */
export function roiAlign(target: KernelTarget, params: RoiAlignParams): Kernel {
  const { input, output, scale, mode, isHalfPixel, samplingRatio, index, mostPoints } = params;
  const { images, channels, height, width } = output;
  const points = (samplingRatio || 2) ** 2;
  return rowKernel(target, {
    name: 'roi align',
    axes: regionAxes(params, [4, wordsOf(index.cells)]),
    pointers: 5,
    operations: images * height * width * channels * points * 4,
    body: (f, [from, corners, imageIndex, into, fault], [region, row]) => {
      const given = f.local('i64', loadElement(index, imageIndex!));
      f.if(op('i64.ge_u', given, input.images), () => {
        note(f, fault!, 1, op('i32.wrap_i64', given), region!);
        f.set(given, 0);
      });
      const image = f.local('i32', add(from!, multiply(op('i32.wrap_i64', given), input.imageStride * 4)));
      const coordinate = (offset: number) => {
        const scaled = op('f64.mul', op('f64.promote_f32', load('f32.load', corners!, offset * 4)), scale);
        return f.local('f64', isHalfPixel ? op('f64.sub', scaled, 0.5) : scaled);
      };
      const binsAlong = (start: Local, end: Local, count: number) => {
        const extent = op('f64.sub', end, start);
        const length = f.local('f64', op('f64.div', isHalfPixel ? extent : op('f64.max', extent, 1), count));
        const samples = f.local('f64', samplingRatio || op('f64.max', op('f64.ceil', length), 0));
        f.if(op('i32.eqz', op('f64.le', samples, mostPoints)), () => {
          note(f, fault!, 2, op('i32.trunc_sat_f64_s', samples), region!);
          f.set(samples, 0);
        });
        return { start, length, samples, count: f.local('i32', op('i32.trunc_sat_f64_s', samples)) };
      };
      const [left, top, right, bottom] = [0, 1, 2, 3].map(coordinate) as [Local, Local, Local, Local];
      const rows = binsAlong(top, bottom, height);
      const columns = binsAlong(left, right, width);
      const positionOf = ({ start, length, samples }: typeof rows, bin: Operand, sample: Local) => {
        const within = op('f64.div', op('f64.mul', op('f64.add', number(sample), 0.5), length), samples);
        return f.local('f64', op('f64.add', op('f64.add', start, op('f64.mul', number(bin), length)), within));
      };
      const number = (whole: Operand) => op('f64.convert_i32_s', whole);
      const total = f.local('i32', op('i32.mul', rows.count, columns.count));
      forRange(f, 0, width, 1, (bin) => {
        const to = f.local('i32', add(into!, multiply(bin, output.pixelStride * 4)));
        const first = mode === 'max' ? select('f32', Number.NEGATIVE_INFINITY, 0, total) : 0;
        fillBin(f, output, to, first);
        forRange(f, 0, rows.count, 1, (i) => {
          const y = pointAt(f, positionOf(rows, row!, i), input.height);
          forRange(f, 0, columns.count, 1, (j) => {
            const x = pointAt(f, positionOf(columns, bin, j), input.width);
            f.if(
              op('i32.and', y.isInside, x.isInside),
              () => addPoint(f, target.tier, params, image, to, y, x),
              mode === 'max' ? () => raiseBin(f, output, to) : undefined,
            );
          });
        });
        if (mode === 'average') {
          const count = f.local('f32', op('f32.convert_i32_s', select('i32', total, 1, total)));
          const divisor = f.local('v128', op('f32x4.splat', count));
          eachGroup(f, output, [to], ([at], room) => {
            const means = vectorsAt(f, at!, room).map((sum) => f.local('v128', op('f32x4.div', sum, divisor)));
            storeColumns(f, at!, 0, means, room);
          });
        }
      });
    },
  });
}

/** A point outside of the image is 0. */
function raiseBin(f: FunctionBuilder, output: View, to: Local): void {
  eachGroup(f, output, [to], ([at], room) => {
    const raised = vectorsAt(f, at!, room).map((value) => f.local('v128', op('f32x4.max', value, f32x4Const(0))));
    storeColumns(f, at!, 0, raised, room);
  });
}

function addPoint(
  f: FunctionBuilder,
  tier: Tier,
  { input, output, mode }: RoiAlignParams,
  image: Local,
  to: Local,
  y: AxisPoint,
  x: AxisPoint,
): void {
  const corner = (vertical: 'low' | 'high', horizontal: 'low' | 'high') => {
    const share = op('f64.mul', y[`${vertical}Weight`], x[`${horizontal}Weight`]);
    const rowAt = multiply(y[vertical], input.rowStride * 4);
    return {
      weight: f.local('v128', op('f32x4.splat', op('f32.demote_f64', share))),
      at: f.local('i32', add(image, rowAt, multiply(x[horizontal], input.pixelStride * 4))),
    };
  };
  const corners = [corner('low', 'low'), corner('low', 'high'), corner('high', 'low'), corner('high', 'high')];
  eachGroup(f, output, [to, ...corners.map(({ at }) => at)], ([into, ...sources], room) => {
    const totals = vectorsAt(f, into!, room);
    for (const [i, source] of sources.entries()) {
      const { weight } = corners[i]!;
      for (const [j, value] of vectorsAt(f, source, room).entries()) {
        const total = totals[j]!;
        if (mode === 'average') f.set(total, multiplyAdd(tier, value, weight, total));
        else f.set(total, op('f32x4.max', total, op('f32x4.mul', value, weight)));
      }
    }
    storeColumns(f, into!, 0, totals, room);
  });
}

/** Rounds halves away from zero. */
function rounded(f: FunctionBuilder, x: Operand): Local {
  const value = f.local('f64', x);
  const magnitude = f.local('f64', op('f64.floor', op('f64.add', op('f64.abs', value), 0.5)));
  return f.local('f64', select('f64', op('f64.neg', magnitude), magnitude, op('f64.lt', value, 0)));
}

/**
 * Arguments: input, regions (the index of the image, and four coordinates), output, three words for a region that does not
 * fit. Units are rows of bins.
 */
export function maxRoiPool(target: KernelTarget, params: RegionParams): Kernel {
  const { input, output, scale } = params;
  const { images, channels, height, width } = output;
  return rowKernel(target, {
    name: 'max roi pool',
    axes: regionAxes(params, [5]),
    pointers: 4,
    operations: images * height * width * channels * 4,
    body: (f, [from, corners, into, fault], [region, row]) => {
      const value = (offset: number) => op('f64.promote_f32', load('f32.load', corners!, offset * 4));
      const given = f.local('f64', value(0));
      const whole = f.local('f64', op('f64.floor', given));
      const isInside = op('i32.and', op('f64.ge', given, 0), op('f64.lt', given, input.images));
      const isImage = op('i32.and', isInside, op('f64.eq', whole, given));
      f.if(op('i32.eqz', isImage), () => {
        note(f, fault!, 1, op('i32.trunc_sat_f64_s', given), region!);
        f.set(whole, 0);
      });
      const index = op('i32.trunc_sat_f64_s', whole);
      const image = f.local('i32', add(from!, multiply(index, input.imageStride * 4)));
      const corner = (offset: number) => rounded(f, op('f64.mul', value(offset), scale));
      const [left, top, right, bottom] = [1, 2, 3, 4].map(corner) as [Local, Local, Local, Local];
      const span = (start: Local, end: Local, bin: Operand, count: number, size: number) => {
        const length = f.local('f64', op('f64.max', op('f64.add', op('f64.sub', end, start), 1), 1));
        const place = (edge: Operand, rounding: 'f64.floor' | 'f64.ceil') => {
          const within = op(rounding, op('f64.div', op('f64.mul', op('f64.convert_i32_s', edge), length), count));
          const clipped = op('f64.max', op('f64.min', op('f64.add', start, within), size), 0);
          return f.local('i32', op('i32.trunc_sat_f64_s', clipped));
        };
        return { first: place(bin, 'f64.floor'), last: place(add(bin, 1), 'f64.ceil') };
      };
      const rows = span(top, bottom, row!, height, input.height);
      forRange(f, 0, width, 1, (bin) => {
        const columns = span(left, right, bin, width, input.width);
        const to = f.local('i32', add(into!, multiply(bin, output.pixelStride * 4)));
        const isFull = op(
          'i32.and',
          op('i32.lt_s', rows.first, rows.last),
          op('i32.lt_s', columns.first, columns.last),
        );
        fillBin(f, output, to, select('f32', Number.NEGATIVE_INFINITY, 0, isFull));
        forRange(f, rows.first, rows.last, 1, (y) => {
          forRange(f, columns.first, columns.last, 1, (x) => {
            const rowAt = multiply(y, input.rowStride * 4);
            const at = f.local('i32', add(image, rowAt, multiply(x, input.pixelStride * 4)));
            eachGroup(f, output, [to, at], ([total, source], room) => {
              const values = vectorsAt(f, source!, room);
              const totals = vectorsAt(f, total!, room).map((best, j) =>
                f.local('v128', op('f32x4.max', best, values[j]!)),
              );
              storeColumns(f, total!, 0, totals, room);
            });
          });
        });
      });
    },
  });
}
