/**
 * The filters of PNG rows (PNG Specification, section 9), which replace each byte by its difference from a prediction.
 */
import { damaged } from './png-chunks.js';

/** Undoes a filter in place (section 9.2); `above` is the unfiltered row before. */
export function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const { length } = line;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = pixelBytes; i < length; i++) line[i]! += line[i - pixelBytes]!;
      return;
    case 2:
      for (let i = 0; i < length; i++) line[i]! += above[i]!;
      return;
    case 3:
      for (let i = 0; i < length; i++) line[i]! += ((i < pixelBytes ? 0 : line[i - pixelBytes]!) + above[i]!) >> 1;
      return;
    case 4:
      for (let i = 0; i < Math.min(pixelBytes, length); i++) line[i]! += above[i]!;
      for (let i = pixelBytes; i < length; i++)
        line[i]! += paeth(line[i - pixelBytes]!, above[i]!, above[i - pixelBytes]!);
      return;
    default:
      damaged('filters 0 to 4', String(filter));
  }
}

/**
 * The filtered rows, each after its filter's number (section 9). The filter is the one whose bytes, taken as signed,
 * have the least sum of magnitudes (section 12.7). Rows of palette indices, which are not quantities, are not filtered.
 */
export function filtered(data: Uint8Array, rowBytes: number, pixelBytes: number, isIndexed: boolean): Uint8Array {
  const rows = data.length / Math.max(1, rowBytes);
  const out = new Uint8Array(rows * (1 + rowBytes));
  const candidates = Array.from({ length: 5 }, () => new Uint8Array(rowBytes));
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < rows; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    const best = isIndexed ? 0 : bestFilter(row, above, pixelBytes, candidates);
    out[y * (1 + rowBytes)] = best;
    out.set(isIndexed ? row : candidates[best]!, y * (1 + rowBytes) + 1);
    above = row;
  }
  return out;
}

/** Fills the candidates with the row under each filter and returns the number of the best. */
function bestFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number, candidates: readonly Uint8Array[]): number {
  const [none, sub, up, average, nearest] = candidates as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const sums = [0, 0, 0, 0, 0];
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    const left = i < pixelBytes ? 0 : row[i - pixelBytes]!;
    const over = above[i]!;
    const corner = i < pixelBytes ? 0 : above[i - pixelBytes]!;
    none[i] = value;
    sub[i] = value - left;
    up[i] = value - over;
    average[i] = value - ((left + over) >> 1);
    nearest[i] = value - paeth(left, over, corner);
    sums[0]! += magnitude(value);
    sums[1]! += magnitude(sub[i]!);
    sums[2]! += magnitude(up[i]!);
    sums[3]! += magnitude(average[i]!);
    sums[4]! += magnitude(nearest[i]!);
  }
  return sums.indexOf(Math.min(...sums));
}

function magnitude(byte: number): number {
  return byte < 128 ? byte : 256 - byte;
}

/** The Paeth predictor (section 9.4): whichever of left, up and corner is nearest to left + up − corner. */
function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}
