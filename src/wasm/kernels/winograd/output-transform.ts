/** The transform of the points' sums into outputs: like that of the inputs, one direction of a tile after the other. */
import { add, forRange, loadVector, minimum, multiply, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { call, type Local, type Operand, op } from '../../expression.js';
import type { OutputAxis } from '../convolution.js';
import { emitElementwise } from '../elementwise-expression.js';
import { isInline } from '../epilogue.js';
import { type KernelTarget, product } from '../kernel.js';
import { fetchingFunction, isFar } from '../prefetch.js';
import { type Sized, sizedFunction } from '../sized.js';
import { storeColumns } from '../store-columns.js';
import { emitLinear, type Lanes } from './linear.js';
import { matrixKey } from './matrices.js';
import { poolTile } from './pool-tile.js';
import { eachTile, walkSizes } from './tile-walk.js';
import { type Tiling, vectorColumns } from './tiling.js';
import {
  alongChannels,
  chunkBytes,
  inChunks,
  laneBytes,
  loadLanes,
  loadPlaces,
  loopPlaces,
  storePlaces,
} from './vectors.js';

/** Own arguments: sums, bias, output, operands..., scratch, first tile, end tile, the tile that `sums` begins with. */
export function outputTransform({ module, tier }: KernelTarget, tiling: Tiling): Sized {
  const { params, sums, operandCount, sumColumns, high, wide, pointsWide } = tiling;
  const { height, width, epilogue, bias: isShifted, pooled } = params;
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'winograd');
  const pixelBytes = params.writable * 4;
  const fetch = fetchingFunction(module);
  const areFar = isFar(pixelBytes * product([...params.outer, height, width].map(({ size }) => size)));
  const readCount = pooled === undefined ? operandCount : operandCount - 1;
  // First the groups of eight columns that may be overwritten whole, then the rest.
  const groups = sumColumns / vectorColumns;
  const wholeGroups = Math.min(groups, Math.floor(params.writable / vectorColumns));
  const writableRest = wholeGroups < groups ? params.writable - wholeGroups * vectorColumns : 0;
  const strides = [
    (axis: OutputAxis) => axis.output,
    ...Array.from({ length: operandCount }, (_, k) => (axis: OutputAxis) => axis.operands?.[k] ?? 0),
  ];
  const sizes = {
    tile: sums.tile * 4,
    point: sums.point * 4,
    pointRow: pointsWide * sums.point * 4,
    lastPoint: wide.places.at(-1)! * sums.point * 4,
    lastRow: high.places.at(-1)! * pointsWide * sums.point * 4,
    height: height.size,
    width: width.size,
    groups: wholeGroups > 1 ? [wholeGroups] : [],
    rows: strides.map((strideOf) => strideOf(height) * 4),
    pixels: strides.map((strideOf) => strideOf(width) * 4),
    /** Of pixels that are read ahead. */
    fetched: areFar && pooled !== 'only' ? pixelBytes : 0,
    walk: walkSizes(tiling, pooled === 'only' ? [() => 0, ...strides.slice(1)] : strides),
    pooled: pooled === undefined ? [] : [params.columns / vectorColumns],
  };
  const matrices = [high.outputTransform, wide.outputTransform] as const;
  const [tileHeight, tileWidth] = [high.outputs, wide.outputs];
  const [alongHigh, alongWide] = [high.points, wide.points];
  const flags = [
    pooled !== undefined,
    isShifted,
    isDeferred,
    Math.min(wholeGroups, 2),
    writableRest,
    operandCount,
    sizes.walk.length,
  ];
  const form = `${matrices.map(matrixKey).join(' by ')} ${flags.join()} ${exactJson(epilogue ?? '')}`;
  const name = `winograd output ${tileHeight}x${tileWidth}`;
  return sizedFunction(module, { form, name, own: 7 + operandCount }, sizes, (f, own, s) => {
    const [source, bias, output] = own as [Local, Local, Local];
    const operands = own.slice(3, 3 + operandCount);
    const [scratch, begin, end, origin] = own.slice(3 + operandCount) as [Local, Local, Local, Local];
    const context = { f, tier };
    const rowBytes = alongWide * chunkBytes;
    const edge = f.local('i32', add(scratch, tileHeight * rowBytes));
    const first = f.local('i32', add(source, op('i32.mul', op('i32.sub', begin, origin), s.tile)));
    const [sum, column, row, from, to, biasAt] = f.locals(6, 'i32') as [Local, Local, Local, Local, Local, Local];

    /** Of a single point along the height, the other direction reads the sums themselves. */
    const isWideOnly = alongHigh === 1;

    /** One direction: rows of outputs by points. */
    const transformHigh = (count: Operand) => {
      f.set(column, scratch);
      loopPlaces(f, row, sum, alongWide, { pitch: s.point, last: s.lastPoint }, () => {
        f.set(from, row);
        f.set(to, column);
        alongChannels(f, [from, to], count, () => {
          const points = loadPlaces(f, from, alongHigh, { pitch: s.pointRow, last: s.lastRow });
          storePlaces(f, to, emitLinear(context, matrices[0], points), { pitch: rowBytes });
        });
        f.increase(column, chunkBytes);
      });
    };
    const finish = (values: Lanes, addresses: readonly Local[]): Lanes => {
      if (epilogue === undefined) return values;
      const inputs = values.map((value, i) => [
        value,
        ...addresses.map((address) => f.local('v128', loadVector(address, i * 16))),
      ]);
      return emitElementwise(f, tier, epilogue, inputs);
    };
    const advance = (pointers: readonly Local[], strides: readonly Local[]) => {
      for (const [k, pointer] of pointers.entries()) f.set(pointer, add(pointer, strides[k]!));
    };

    eachTile(f, [begin, end], [output, ...operands], s.walk, (tile, place) => {
      const starts = tile.slice(0, 1 + readCount).map((pointer) => f.local('i32', pointer));
      const left = (size: Local, index: Local, most: number) =>
        f.local('i32', minimum(f, op('i32.sub', size, multiply(index, most)), most));
      const rowsLeft = left(s.height, place.row, tileHeight);
      const columnsLeft = left(s.width, place.column, tileWidth);
      f.set(sum, first);
      f.set(biasAt, bias);
      /** A row of outputs of a tile, eight columns. */
      const finishRow = (pointers: readonly Local[], shiftAt: Local, writable: number) => {
        const spacing = isWideOnly ? { pitch: s.point, last: s.lastPoint } : { pitch: chunkBytes };
        const points = loadPlaces(f, from, alongWide, spacing);
        const sums = emitLinear(context, matrices[1], points);
        const shift = isShifted ? loadLanes(f, shiftAt) : undefined;
        const outputs = sums.map((lanes) =>
          shift === undefined ? lanes : lanes.map((lane, i) => f.local('v128', op('f32x4.add', lane, shift[i]!))),
        );
        const whole = () => {
          const [into, ...others] = pointers.map((pointer) => f.local('i32', pointer)) as [Local, ...Local[]];
          for (const [x, values] of outputs.entries()) {
            if (x > 0) advance([into, ...others], s.pixels);
            storeColumns(f, into, 0, finish(values, others), writable);
          }
        };
        /** By way of memory: for tiles that hang over the edge of the output, and for costly epilogues. */
        const partial = () => {
          storePlaces(f, edge, outputs, { pitch: laneBytes });
          const made = f.local('i32', edge);
          const along = pointers.map((pointer) => f.local('i32', pointer));
          forRange(f, 0, columnsLeft, 1, () => {
            const [pixel, ...values] = along as [Local, ...Local[]];
            storeColumns(f, pixel, 0, finish(loadLanes(f, made), values), writable);
            f.increase(made, laneBytes);
            advance(along, s.pixels);
          });
        };
        if (isDeferred) partial();
        else f.if(op('i32.eq', columnsLeft, tileWidth), whole, partial);
      };
      const some = (count: Operand, writable: number) => {
        if (!isWideOnly) transformHigh(count);
        f.set(row, isWideOnly ? sum : scratch);
        const rows = starts.map((pointer) => f.local('i32', pointer));
        repeat(f, rowsLeft, () => {
          f.set(from, row);
          const pointers = rows.map((pointer) => f.local('i32', pointer));
          const shiftAt = f.local('i32', biasAt);
          alongChannels(f, [from, shiftAt, ...pointers], count, () => finishRow(pointers, shiftAt, writable));
          f.increase(row, rowBytes);
          advance(rows, s.rows);
        });
        for (const pointer of [sum, biasAt, ...starts]) f.set(pointer, add(pointer, multiply(count, laneBytes)));
      };
      const [rowPitch, pixelPitch] = [s.rows[0]!, s.pixels[0]!];
      f.if(s.fetched, () => f.run(call(fetch, tile[0]!, rowsLeft, columnsLeft, s.fetched, rowPitch, pixelPitch)));
      if (wholeGroups > 0) inChunks(f, s.groups[0], (count) => some(count, vectorColumns));
      if (writableRest > 0) some(1, writableRest);
      const [groupsPooled] = s.pooled;
      if (groupsPooled !== undefined) {
        const maxima = [s.rows, s.pixels].map((strides) => f.local('i32', add(strides.at(-1)!, strides.at(-1)!)));
        const sizesOfTile = [rowsLeft, columnsLeft, groupsPooled, rowPitch, pixelPitch];
        f.run(call(poolTile(module), tile[0]!, tile.at(-1)!, ...sizesOfTile, ...maxima));
      }
      f.set(first, add(first, s.tile));
    });
  });
}
