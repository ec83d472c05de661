/**
 * How the pixels of an output are cut into tiles. A tile with fewer pixels than registers hold leaves multiplications idle, and
 * reads the weights as often as a full one: so tiles go on from one row to the next within a unit.
 */
import { splitEvenly } from './kernel.js';

/** Tiles of so many pixels, one after another. */
export interface TileRun {
  /** The first one's first pixel. */
  readonly first: number;
  readonly times: number;
  readonly pixels: number;
}

/** The share of pixels that is worth computing twice, so that there is no code for tiles of another size. */
const worthRepeating = 1 / 32;

/**
 * Tiles as equal as can be, of at most so many pixels.
 * @param mayRepeat whether the last tile may begin before the one before it ends
 */
export function tileRuns(pixels: number, most: number, mayRepeat = false): TileRun[] {
  const count = Math.ceil(pixels / most);
  if (mayRepeat && count > 1 && count * most - pixels <= pixels * worthRepeating) {
    return [
      { first: 0, times: count - 1, pixels: most },
      { first: pixels - most, times: 1, pixels: most },
    ];
  }
  const { size, larger, smaller } = splitEvenly(pixels, most);
  return [
    { first: 0, times: larger, pixels: size },
    { first: larger * size, times: smaller, pixels: size - 1 },
  ].filter(({ times }) => times > 0);
}

/** What storing a tile and beginning the next takes, and what idles in a tile that is not full, in pixels. */
const tileCost = 1.5;
/** What the code of a last unit takes that has other rows, as a share of the time: a little, as it is compiled in each process. */
const restCost = 0.01;
/** Rows that a unit may have more than are asked for, unless an output has hardly more pixels than a few tiles. */
const moreRows = 5;
const fewPixels = 36;

/** The rows of a unit, at least so many, that are expected to take the least time with tiles of at most so many pixels. */
export function rowsOfUnits(height: number, width: number, least: number, most: number): number {
  if (least >= height || (height > moreRows && height * width <= fewPixels)) return Math.max(1, height);
  const time = (rows: number) => rows * width + Math.ceil((rows * width) / most) * tileCost;
  let [best, bestCost] = [least, Number.POSITIVE_INFINITY];
  for (let rows = least; rows <= Math.min(height, least + moreRows); rows++) {
    const rest = height % rows;
    const cost = (Math.floor(height / rows) * time(rows) + time(rest)) * (rest === 0 ? 1 : 1 + restCost);
    if (cost < bestCost) [best, bestCost] = [rows, cost];
  }
  return best;
}
