/**
 * Resizing as separable interpolation by tables: for each output row and column its taps, each with the input position that
 * it reads and a weight. Nearest is one tap, linear two, cubic four; every coordinate convention is a table.
 */
import { add, loadVector, multiply, repeat } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import { type Kernel, type KernelTarget, multiplyAdd } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { sliceAxes, type View } from './views.js';

export interface ResampleParams {
  readonly input: View;
  readonly output: View;
  /** Taps along the height and the width. One tap has no weight. */
  readonly taps: readonly [number, number];
  /** Taps along the depth of a volume, where that is resized. */
  readonly slices?: number;
}

export interface ResampleTap {
  /** Input coordinate, inside of the input. */
  readonly position: number;
  readonly weight: number;
}

/**
 * The table of an axis: for each output its taps' distances from the first element in bytes (i32), then their weights (f32).
 * @param stride of the input along the axis, in floats.
 */
export function resampleTable(outputs: readonly (readonly ResampleTap[])[], stride: number): Uint8Array {
  const taps = outputs[0]?.length ?? 0;
  const table = new DataView(new ArrayBuffer(outputs.length * taps * 8));
  for (const [i, output] of outputs.entries()) {
    for (const [k, { position, weight }] of output.entries()) {
      table.setInt32((i * taps * 2 + k) * 4, position * stride * 4, true);
      table.setFloat32((i * taps * 2 + taps + k) * 4, weight, true);
    }
  }
  return new Uint8Array(table.buffer);
}

const step = 8;
const vectors = step / 4;

/**
 * Arguments: input, output, table of rows, table of columns, table of slices where there is one. Units are rows of the output.
 */
export function resample(target: KernelTarget, params: ResampleParams): Kernel {
  const { input, output, taps, slices } = params;
  const [high, wide] = taps;
  const deep = slices ?? 1;
  const lines = deep * high;
  const isBilinear = deep === 1 && high === 2 && wide === 2;
  const groups = Math.ceil(output.channels / step);
  const lastRoom = Math.min(output.writable - (groups - 1) * step, step);
  return rowKernel(target, {
    name: `resample ${slices === undefined ? '' : `${slices}x`}${high}x${wide} taps`,
    axes: [
      ...sliceAxes(output, [
        { imageStride: input.imageStride, sliceStride: slices === undefined ? input.sliceStride : 0 },
        output,
      ]),
      { size: output.height, strides: [0, output.rowStride] },
    ],
    pointers: slices === undefined ? 4 : 5,
    operations:
      output.images * output.depth * output.height * output.width * output.channels * (lines * wide + lines) * 2,
    body: (f, pointers, indices) => {
      const [source, into, rowTable, columnTable, sliceTable] = pointers as [Local, Local, Local, Local, Local?];
      const weightsOf = (at: Local, count: number) =>
        Array.from({ length: count }, (_, k) => f.local('v128', load('v128.load32_splat', at, (count + k) * 4)));
      /** The addresses of an output's taps and their weights, from those of the axes before: slices, then rows. */
      const entryOf = (
        table: Local,
        index: Operand,
        count: number,
        starts: readonly Local[],
        factors: readonly Local[],
      ) => {
        const entry = f.local('i32', add(table, multiply(index, count * 8)));
        const addresses = starts.flatMap((start) =>
          Array.from({ length: count }, (_, k) => f.local('i32', add(start, load('i32.load', entry, k * 4)))),
        );
        if (count === 1) return { addresses, weights: factors };
        const own = weightsOf(entry, count);
        const weights =
          factors.length === 0
            ? own
            : factors.flatMap((factor) => own.map((weight) => f.local('v128', op('f32x4.mul', factor, weight))));
        return { addresses, weights };
      };
      const sliceIndex = output.depth > 1 ? indices.at(-2)! : 0;
      const planes =
        sliceTable === undefined
          ? { addresses: [source], weights: [] }
          : entryOf(sliceTable, sliceIndex, deep, [source], []);
      const { addresses: rows, weights: rowWeights } = entryOf(
        rowTable,
        indices.at(-1)!,
        high,
        planes.addresses,
        planes.weights,
      );
      const column = f.local('i32', columnTable);
      repeat(f, output.width, () => {
        const distances = Array.from({ length: wide }, (_, k) => f.local('i32', load('i32.load', column, k * 4)));
        const weights = wide === 1 ? [] : weightsOf(column, wide);
        const addresses = rows.map((from) => distances.map((distance) => f.local('i32', add(from, distance))));
        const to = f.local('i32', into);
        // Bilinear sums go term by term, each by the product of its weights, as onnxruntime's do: rounded to integers
        // afterwards, as dynamic quantization does, another order would flip some.
        const products = isBilinear
          ? rowWeights.map((row) => weights.map((weight) => f.local('v128', op('f32x4.mul', weight, row))))
          : [];
        const sumTerms = (): Operand[] => {
          let sums: Operand[] | undefined;
          for (const [y, along] of addresses.entries()) {
            for (const [x, from] of along.entries()) {
              const before = sums;
              sums = Array.from({ length: vectors }, (_, j) => {
                const term = op('f32x4.mul', products[y]![x]!, loadVector(from, j * 16));
                return f.local('v128', before === undefined ? term : op('f32x4.add', before[j]!, term));
              });
            }
          }
          return sums!;
        };
        const emit = (room: number) => {
          if (isBilinear) {
            storeColumns(f, to, 0, sumTerms(), room);
            return;
          }
          let total: Operand[] | undefined;
          for (const [y, along] of addresses.entries()) {
            const line = interpolate(along, weights);
            const before = total;
            total = Array.from({ length: vectors }, (_, j) => {
              if (lines === 1) return line[j]!;
              const value =
                before === undefined
                  ? op('f32x4.mul', line[j]!, rowWeights[y]!)
                  : multiplyAdd(target.tier, line[j]!, rowWeights[y]!, before[j]!);
              return f.local('v128', value);
            });
          }
          storeColumns(f, to, 0, total!, room);
        };
        const interpolate = (along: readonly Local[], factors: readonly Local[]): Local[] => {
          let sums: Local[] | undefined;
          for (const [x, from] of along.entries()) {
            const before: Local[] | undefined = sums;
            sums = Array.from({ length: vectors }, (_, j) => {
              const value = loadVector(from, j * 16);
              if (factors.length === 0) return f.local('v128', value);
              const term =
                before === undefined
                  ? op('f32x4.mul', value, factors[x]!)
                  : multiplyAdd(target.tier, value, factors[x]!, before[j]!);
              return f.local('v128', term);
            });
          }
          return sums!;
        };
        repeat(f, lastRoom === step ? groups : groups - 1, () => {
          emit(step);
          for (const pointer of [...addresses.flat(), to]) f.increase(pointer, step * 4);
        });
        if (lastRoom < step) emit(lastRoom);
        f.increase(into, output.pixelStride * 4);
        f.increase(column, wide * 8);
      });
    },
  });
}
