/** How many inputs reach each output of a transposed convolution: with a kernel that the stride does not divide, a checkerboard. */
import type { ConvTransposeAxis } from '../../ops/convolution/conv-transpose-geometry.js';
import { drawScene, type LayerPicture, type PictureOptions } from './document.js';
import type { Cell, CellKind, Segment } from './grid.js';
import { commonSize, drawnAxes, leftOut, ofRank, sizesText } from './layer.js';
import { dots } from './transposed-cells.js';
import type { TransposedAxis } from './transposed-drawing.js';

/** Positions of an axis that are drawn: all, or the first, some in the middle, and the last. */
const most = { line: { all: 18, ends: 5, middle: 6 }, plane: { all: 15, ends: 4, middle: 5 } };

/** Kernels beyond this are not counted. */
const longestKernel = 2 ** 16;

/**
 * The counts, as numbers in the cells of the output and as shades. Nothing for kernels that are too large to count.
 * @param axes one to three spatial axes; of three the last two are drawn
 * @param verdict in words
 */
export function overlapPicture(
  axes: readonly TransposedAxis[],
  verdict: string,
  options: PictureOptions = {},
): LayerPicture | undefined {
  const shown = drawnAxes(axes);
  if (shown.some(({ geometry }) => geometry.kernel > longestKernel)) return undefined;
  const lines = shown.map(({ geometry }) => countsOf(geometry, shown.length > 1 ? most.plane : most.line));
  const columns = lines.at(-1)!;
  const rows = lines.length > 1 ? lines[0]! : [1];
  const size = sizesText(shown, ({ sizes }) => sizes.output);
  const along = shown.map(({ sizes }, i): Segment[] => [{ size: String(sizes.output), cells: lines[i]!.length }]);
  const scene = {
    kind: 'overlap',
    title: `How many inputs reach each output`,
    subtitle: `${size} outputs; kernel ${sizesText(shown, ({ geometry }) => geometry.kernel)}, stride ${commonSize(shown, ({ geometry }) => geometry.stride)}`,
    description: `In each cell of the output stands how many inputs it is a sum of: ${verdict}.`,
    grids: [
      {
        name: 'overlap',
        caption: 'output',
        rows: shaded(rows, columns),
        across: along.at(-1)!,
        down: along.length > 1 ? along[0]! : [],
      },
    ],
    isStacked: true,
    cell: Math.max(24, Math.min(36, Math.floor(640 / Math.max(1, columns.length)))),
    notes: [
      `${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}.`,
      ...ofRank(axes.length),
      ...(lines.some((line) => line.includes(undefined)) ? [leftOut] : []),
    ],
    legend: [],
  };
  return drawScene(scene, options);
}

/** The counts along an axis; undefined for positions that stand for those left out. */
function countsOf(axis: ConvTransposeAxis, { all, ends, middle }: typeof most.line): (number | undefined)[] {
  const { output } = axis;
  const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => inputsAt(axis, from + i));
  if (output <= all) return range(0, output);
  const center = Math.floor((output - middle) / 2);
  return [...range(0, ends), undefined, ...range(center, middle), undefined, ...range(output - ends, ends)];
}

/** How many inputs reach an output position: those i with i·stride + k·dilation − padBegin = output, for all k. */
function inputsAt({ input, kernel, stride, dilation, padBegin }: ConvTransposeAxis, output: number): number {
  let count = 0;
  for (let k = 0; k < kernel; k++) {
    const landing = output + padBegin - k * dilation;
    if (landing >= 0 && landing % stride === 0 && landing / stride < input) count++;
  }
  return count;
}

const shades: readonly CellKind[] = ['shade1', 'shade2', 'shade3', 'shade4'];

function shaded(rows: readonly (number | undefined)[], columns: readonly (number | undefined)[]): Cell[][] {
  const products = rows.flatMap((row) => columns.map((column) => (row ?? 0) * (column ?? 0)));
  const different = [...new Set(products.filter((count) => count > 0))].sort((a, b) => a - b);
  const shadeOf = (count: number) => {
    const rank = different.length === 1 ? 1 : different.indexOf(count) / (different.length - 1);
    return count === 0 ? 'around' : shades[Math.round(rank * (shades.length - 1))]!;
  };
  return rows.map((row) =>
    columns.map((column): Cell => {
      if (row === undefined || column === undefined)
        return { kind: 'shade1', gap: dots(row === undefined, column === undefined) };
      return { kind: shadeOf(row * column), text: String(row * column) };
    }),
  );
}
