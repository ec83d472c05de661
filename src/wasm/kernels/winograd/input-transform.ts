/**
 * The transform of inputs into points. First one direction of a tile, by way of memory that stays in the nearest cache, then the
 * other: so all that is in use fits into registers. The innermost loop goes along the channels, so that a row of points is written
 * at a time: processors keep the addresses of few pages at hand for stores.
 */
import { add, multiply, repeat } from '../../arithmetic.js';
import { call, type Local, type Operand, op } from '../../expression.js';
import { type KernelTarget, product, roundUp } from '../kernel.js';
import { fetchingFunction, fetchLines, isFar } from '../prefetch.js';
import { type Sized, sizedFunction } from '../sized.js';
import { emitLinear } from './linear.js';
import { matrixKey } from './matrices.js';
import { eachTile, walkSizes } from './tile-walk.js';
import { type Tiling, vectorColumns } from './tiling.js';
import {
  alongChannels,
  chunkBytes,
  inChunks,
  laneBytes,
  loadPlaces,
  loopPlaces,
  mostGroups,
  storePlaces,
} from './vectors.js';

/**
 * Own arguments: input, transformed, scratch, first tile, end tile, the tile that `transformed` begins with.
 * @param areFar whether `transformed` is in no near cache
 */
export function inputTransform({ module, tier }: KernelTarget, tiling: Tiling, areFar: boolean): Sized {
  const { params, inputs, high, wide, pointsWide } = tiling;
  const { slices = [] } = params;
  const matrices = [high.inputTransform, wide.inputTransform] as const;
  const [alongHigh, alongWide] = [high.points, wide.points];
  /** A single point of one direction is the pixel itself: there the other direction reads the input, or writes the points. */
  const isWideOnly = alongHigh === 1;
  const isHighOnly = !isWideOnly && alongWide === 1;
  const groups = roundUp(params.channels, vectorColumns) / vectorColumns;
  /** Lines of a point of a chunk, and whether there is a chunk with fewer. */
  const lines = areFar ? Math.ceil((Math.min(groups, mostGroups) * laneBytes) / 64) : 0;
  const hasRest = areFar && groups > mostGroups && groups % mostGroups > 0;
  const { outer, height, width } = params;
  const isInputFar = isFar(params.channels * 4 * product([...outer, height, width].map(({ size }) => size)));
  const fetch = fetchingFunction(module);
  const sizes = {
    row: params.height.input * 4,
    pixel: params.width.input * 4,
    tile: inputs.tile * 4,
    point: inputs.point * 4,
    pointRow: pointsWide * inputs.point * 4,
    lastPoint: wide.places.at(-1)! * inputs.point * 4,
    lastRow: high.places.at(-1)! * pointsWide * inputs.point * 4,
    chunk: params.inTurns ? [tiling.points * inputs.point * 4] : [],
    groups: groups > 1 ? [groups] : [],
    slices: slices.flatMap(({ size, stride }, i) => {
      const inner = slices[i + 1];
      const within = inner === undefined ? groups * vectorColumns : inner.size * inner.stride;
      return [size, (stride - within) * 4];
    }),
    /** Rows that are read ahead, of the columns that the tile before did not read. */
    fetched: isInputFar && slices.length === 0 ? alongHigh : 0,
    walk: walkSizes(tiling, [(axis) => axis.input]),
  };
  const form = `${matrices.map(matrixKey).join(' by ')} ${[lines, hasRest, params.inTurns, groups > 1, slices.length, sizes.walk.length].join()}`;
  const name = `winograd input ${alongHigh}x${alongWide}`;
  return sizedFunction(module, { form, name, own: 6 }, sizes, (f, own, s) => {
    const [input, transformed, scratch, begin, end, origin] = own as [Local, Local, Local, Local, Local, Local];
    const context = { f, tier };
    const first = f.local('i32', add(transformed, op('i32.mul', op('i32.sub', begin, origin), s.tile)));
    const [source, target, column, row, from, to] = f.locals(6, 'i32') as [Local, Local, Local, Local, Local, Local];
    const transformHigh = (count: Operand) => {
      f.set(column, isHighOnly ? target : scratch);
      f.set(row, source);
      repeat(f, alongWide, () => {
        f.set(from, row);
        f.set(to, column);
        alongChannels(f, [from, to], count, () => {
          const pixels = loadPlaces(f, from, alongHigh, { pitch: s.row });
          const spacing = isHighOnly ? { pitch: s.pointRow, last: s.lastRow } : { pitch: alongWide * chunkBytes };
          storePlaces(f, to, emitLinear(context, matrices[0], pixels), spacing);
        });
        f.set(row, add(row, s.pixel));
        f.increase(column, chunkBytes);
      });
    };
    const transformWide = (count: Operand) => {
      f.set(row, isWideOnly ? source : scratch);
      const pitch: Operand = isWideOnly ? s.pixel : chunkBytes;
      loopPlaces(f, column, target, alongHigh, { pitch: s.pointRow, last: s.lastRow }, () => {
        f.set(from, row);
        f.set(to, column);
        alongChannels(f, [from, to], count, () => {
          const values = loadPlaces(f, from, alongWide, { pitch });
          const points = emitLinear(context, matrices[1], values);
          storePlaces(f, to, points, { pitch: s.point, last: s.lastPoint });
        });
        f.increase(row, alongWide * chunkBytes);
      });
    };
    eachTile(f, [begin, end], [input], s.walk, ([pixel]) => {
      f.set(source, pixel!);
      f.set(target, first);
      const allChannels = () =>
        inChunks(f, s.groups[0], (count) => {
          const fetchPoints = (bytes: Operand) => {
            const point = f.local('i32', target);
            repeat(f, alongHigh * alongWide, () => {
              fetchLines(f, point, bytes);
              f.set(point, add(point, s.point));
            });
          };
          const whole = () => fetchPoints(lines * 64);
          const rest = () => fetchPoints(f.local('i32', multiply(count, laneBytes)));
          if (hasRest) f.if(op('i32.eq', count, mostGroups), whole, rest);
          else if (areFar) whole();
          f.if(s.fetched, () => {
            const fresh = add(source, multiply(s.pixel, alongWide - wide.outputs));
            f.run(call(fetch, fresh, s.fetched, wide.outputs, multiply(count, laneBytes), s.row, s.pixel));
          });
          if (!isWideOnly) transformHigh(count);
          if (!isHighOnly) transformWide(count);
          f.set(source, add(source, multiply(count, laneBytes)));
          f.set(target, add(target, s.chunk[0] ?? multiply(count, laneBytes)));
        });
      const allSlices = (axis: number) => {
        const [size, gap] = s.slices.slice(2 * axis);
        if (size === undefined || gap === undefined) allChannels();
        else {
          repeat(f, size, () => {
            allSlices(axis + 1);
            f.set(source, add(source, gap));
          });
        }
      };
      allSlices(0);
      f.set(first, add(first, s.tile));
    });
  });
}
