/**
 * The transforms of Winograd's filtering: of inputs into points, of the points' sums into outputs. First one direction of a tile,
 * by way of memory that stays in the nearest cache, then the other: so all that is in use fits into registers. The innermost
 * loop goes along the channels, so that a row of points is written at a time: processors keep the addresses of few pages at
 * hand for stores.
 */
import { add, forRange, loadVector, minimum, multiply, repeat, storeVector } from '../../arithmetic.js';
import { type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder, FunctionReference } from '../../function.js';
import { emitElementwise } from '../elementwise-expression.js';
import { isInline } from '../epilogue.js';
import { type KernelTarget, product, roundUp } from '../kernel.js';
import { fetchLines, isFar } from '../prefetch.js';
import { storeColumns } from '../store-columns.js';
import { emitLinear, type Lanes } from './linear.js';
import { chunk, locateTile, runsOf, type Tiling, vectorColumns, vectors } from './tiling.js';

function loadLanes(f: FunctionBuilder, address: Local, offset: number): Lanes {
  return Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(address, offset + i * 16)));
}

function storeLanes(f: FunctionBuilder, address: Local, offset: number, lanes: Lanes): void {
  for (const [i, lane] of lanes.entries()) storeVector(f, address, offset + i * 16, lane);
}

const laneBytes = vectorColumns * 4;
const chunkBytes = chunk * 4;

/** Runs the body for pieces of `groups` times eight channels: with how many times eight there are, at most `chunk`. */
function inChunks(f: FunctionBuilder, groups: number, body: (count: number) => void): void {
  const most = chunk / vectorColumns;
  const whole = Math.floor(groups / most);
  repeat(f, whole, () => body(most));
  if (groups % most > 0) body(groups % most);
}

/**
 * Arguments: input, transformed, scratch, first tile, end tile, the tile that `transformed` begins with.
 * @param areFar whether `transformed` is in no near cache
 */
export function inputTransform({ module, tier }: KernelTarget, tiling: Tiling, areFar: boolean): FunctionReference {
  const { params, inputs, high, wide, points, pointsWide } = tiling;
  const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
  const name = `winograd input ${high.points}x${wide.points} channels ${params.channels}`;
  const groups = roundUp(params.channels, vectorColumns) / vectorColumns;
  return module.function(name, type, (f, input, transformed, scratch, begin, end, origin) => {
    const context = { f, tier };
    forRange(f, begin!, end!, 1, (tile) => {
      const source = f.local('i32', input);
      locateTile(f, tiling, tile, [{ pointer: source, strideOf: (axis) => axis.input }]);
      const target = f.local('i32', add(transformed!, multiply(op('i32.sub', tile, origin!), inputs.tile * 4)));
      const column = f.local('i32');
      const row = f.local('i32');
      const from = f.local('i32');
      const to = f.local('i32');
      /** A single point of one direction is the pixel itself: there the other direction reads the input, or writes the points. */
      const isWideOnly = high.points === 1;
      const isHighOnly = !isWideOnly && wide.points === 1;
      const transformHigh = (count: Operand) => {
        f.set(column, isHighOnly ? target : scratch!);
        f.set(row, source);
        repeat(f, wide.points, () => {
          f.set(from, row);
          f.set(to, column);
          forRange(f, 0, count, 1, () => {
            const pixels = Array.from({ length: high.points }, (_, y) =>
              loadLanes(f, from, y * params.height.input * 4),
            );
            for (const [p, lanes] of emitLinear(context, high.inputTransform, pixels).entries()) {
              const at = isHighOnly ? high.places[p]! * pointsWide * inputs.point * 4 : p * wide.points * chunkBytes;
              storeLanes(f, to, at, lanes);
            }
            f.increase(from, laneBytes);
            f.increase(to, laneBytes);
          });
          f.increase(row, params.width.input * 4);
          f.increase(column, chunkBytes);
        });
      };
      const transformWide = (count: Operand) => {
        f.set(row, isWideOnly ? source : scratch!);
        const pixelBytes = isWideOnly ? params.width.input * 4 : chunkBytes;
        for (const { first, count: times } of runsOf(high)) {
          f.set(column, add(target, first * pointsWide * inputs.point * 4));
          repeat(f, times, () => {
            f.set(from, row);
            f.set(to, column);
            forRange(f, 0, count, 1, () => {
              const values = Array.from({ length: wide.points }, (_, q) => loadLanes(f, from, q * pixelBytes));
              for (const [q, lanes] of emitLinear(context, wide.inputTransform, values).entries()) {
                storeLanes(f, to, wide.places[q]! * inputs.point * 4, lanes);
              }
              f.increase(from, laneBytes);
              f.increase(to, laneBytes);
            });
            f.increase(row, wide.points * chunkBytes);
            f.increase(column, pointsWide * inputs.point * 4);
          });
        }
      };
      const some = (count: number) => {
        if (areFar) {
          f.set(column, target);
          repeat(f, points, () => {
            fetchLines(f, column, count * laneBytes);
            f.increase(column, inputs.point * 4);
          });
        }
        if (!isWideOnly) transformHigh(count);
        if (!isHighOnly) transformWide(count);
        f.set(source, add(source, multiply(count, laneBytes)));
        f.set(target, add(target, multiply(count, laneBytes)));
      };
      const { slices } = params;
      if (slices === undefined) inChunks(f, groups, some);
      else {
        repeat(f, slices.size, () => {
          inChunks(f, groups, some);
          f.increase(source, (slices.stride - groups * vectorColumns) * 4);
        });
      }
    });
  });
}

/** Arguments: sums, bias, output, operands..., scratch, first tile, end tile, the tile that `sums` begins with. */
export function outputTransform({ module, tier }: KernelTarget, tiling: Tiling): FunctionReference {
  const { params, sums, operandCount, sumColumns, high, wide, pointsWide } = tiling;
  const { height, width, epilogue } = params;
  const type = { params: Array.from({ length: 7 + operandCount }, () => 'i32' as const), results: [] };
  const name = `winograd output ${high.outputs}x${wide.outputs} columns ${params.columns}`;
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'winograd');
  const pixelBytes = params.writable * 4;
  const areFar = isFar(pixelBytes * product([...params.outer, height, width].map(({ size }) => size)));
  return module.function(name, type, (f, ...args) => {
    const [source, bias, output] = args as [Local, Local, Local];
    const operands = args.slice(3, 3 + operandCount);
    const [scratch, begin, end, origin] = args.slice(3 + operandCount) as [Local, Local, Local, Local];
    const context = { f, tier };
    const rowBytes = wide.points * chunkBytes;
    const edge = f.local('i32', add(scratch, high.outputs * rowBytes));
    const column = f.local('i32');
    const row = f.local('i32');
    const from = f.local('i32');
    const to = f.local('i32');

    /** Of a single point along the height, the other direction reads the sums themselves. */
    const isWideOnly = high.points === 1;
    const pointOffset = (q: number) => (isWideOnly ? wide.places[q]! * sums.point * 4 : q * chunkBytes);

    /** One direction: rows of outputs by points. */
    const transformHigh = (tile: Local, count: Operand) => {
      f.set(column, scratch);
      for (const { first, count: times } of runsOf(wide)) {
        f.set(row, add(tile, first * sums.point * 4));
        repeat(f, times, () => {
          f.set(from, row);
          f.set(to, column);
          forRange(f, 0, count, 1, () => {
            const points = high.places.map((place) => loadLanes(f, from, place * pointsWide * sums.point * 4));
            for (const [y, lanes] of emitLinear(context, high.outputTransform, points).entries()) {
              storeLanes(f, to, y * rowBytes, lanes);
            }
            f.increase(from, laneBytes);
            f.increase(to, laneBytes);
          });
          f.increase(row, sums.point * 4);
          f.increase(column, chunkBytes);
        });
      }
    };
    const finish = (values: Lanes, addresses: readonly Local[], offsets: readonly number[]): Lanes => {
      if (epilogue === undefined) return values;
      const inputs = values.map((value, i) => [
        value,
        ...addresses.map((address, k) => f.local('v128', loadVector(address, (offsets[k]! + i * 4) * 4))),
      ]);
      return emitElementwise(f, tier, epilogue, inputs);
    };

    forRange(f, begin, end, 1, (tile) => {
      const target = f.local('i32', output);
      const sides = operands.map((operand) => f.local('i32', operand));
      const { row: tileRow, column: tileColumn } = locateTile(f, tiling, tile, [
        { pointer: target, strideOf: (axis) => axis.output },
        ...sides.map((pointer, k) => ({ pointer, strideOf: (axis: typeof height) => axis.operands?.[k] ?? 0 })),
      ]);
      const sum = f.local('i32', add(source, multiply(op('i32.sub', tile, origin), sums.tile * 4)));
      const biasAt = f.local('i32', bias);
      const rowsLeft = f.local(
        'i32',
        minimum(f, op('i32.sub', height.size, multiply(tileRow, high.outputs)), high.outputs),
      );
      const columnsLeft = f.local(
        'i32',
        minimum(f, op('i32.sub', width.size, multiply(tileColumn, wide.outputs)), wide.outputs),
      );
      /** A row of outputs of a tile, eight columns. */
      const finishRow = (pointers: readonly [Local, ...Local[]], shiftAt: Local, writable: number) => {
        const points = Array.from({ length: wide.points }, (_, q) => loadLanes(f, from, pointOffset(q)));
        const shift = params.bias ? loadLanes(f, shiftAt, 0) : undefined;
        const outputs = emitLinear(context, wide.outputTransform, points).map((lanes) =>
          shift === undefined ? lanes : lanes.map((lane, i) => f.local('v128', op('f32x4.add', lane, shift[i]!))),
        );
        const [into, ...others] = pointers;
        const whole = () => {
          for (const [x, values] of outputs.entries()) {
            const offsets = others.map((_, k) => x * (width.operands?.[k] ?? 0));
            storeColumns(f, into, x * width.output * 4, finish(values, others, offsets), writable);
          }
        };
        /** By way of memory: for tiles that hang over the edge of the output, and for costly epilogues. */
        const partial = () => {
          for (const [x, values] of outputs.entries()) storeLanes(f, edge, x * laneBytes, values);
          const made = f.local('i32', edge);
          const along = pointers.map((pointer) => f.local('i32', pointer));
          const strides = [width.output, ...others.map((_, k) => width.operands?.[k] ?? 0)];
          forRange(f, 0, columnsLeft, 1, () => {
            const [pixel, ...values] = along as [Local, ...Local[]];
            const zeros = values.map(() => 0);
            storeColumns(f, pixel, 0, finish(loadLanes(f, made, 0), values, zeros), writable);
            f.increase(made, laneBytes);
            for (const [k, pointer] of along.entries()) f.increase(pointer, strides[k]! * 4);
          });
        };
        if (isDeferred) partial();
        else f.if(op('i32.eq', columnsLeft, wide.outputs), whole, partial);
      };
      const some = (count: Operand, writable: number) => {
        if (!isWideOnly) transformHigh(sum, count);
        f.set(row, isWideOnly ? sum : scratch);
        const rows = [target, ...sides].map((pointer) => f.local('i32', pointer));
        forRange(f, 0, rowsLeft, 1, () => {
          f.set(from, row);
          const pointers = rows.map((pointer) => f.local('i32', pointer)) as [Local, ...Local[]];
          const shiftAt = f.local('i32', biasAt);
          forRange(f, 0, count, 1, () => {
            finishRow(pointers, shiftAt, writable);
            for (const pointer of [from, shiftAt, ...pointers]) f.increase(pointer, laneBytes);
          });
          f.increase(row, rowBytes);
          for (const [k, pointer] of rows.entries()) {
            f.increase(pointer, (k === 0 ? height.output : (height.operands?.[k - 1] ?? 0)) * 4);
          }
        });
        for (const pointer of [sum, target, biasAt, ...sides]) f.set(pointer, add(pointer, multiply(count, laneBytes)));
      };
      /** The pixels of the tile: side by side they are one piece. */
      const fetchOutputs = () => {
        const start = f.local('i32', target);
        forRange(f, 0, rowsLeft, 1, () => {
          if (width.output * 4 === pixelBytes) fetchLines(f, start, multiply(columnsLeft, pixelBytes));
          else {
            const pixel = f.local('i32', start);
            forRange(f, 0, columnsLeft, 1, () => {
              fetchLines(f, pixel, pixelBytes);
              f.increase(pixel, width.output * 4);
            });
          }
          f.increase(start, height.output * 4);
        });
      };
      if (areFar) fetchOutputs();
      const groups = sumColumns / vectorColumns;
      // First the groups of eight columns that may be overwritten whole, then the rest.
      const wholeGroups = Math.min(groups, Math.floor(params.writable / vectorColumns));
      inChunks(f, wholeGroups, (count) => some(count, vectorColumns));
      const left = params.writable - wholeGroups * vectorColumns;
      if (wholeGroups < groups && left > 0) some(1, left);
    });
  });
}
