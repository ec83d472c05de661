/** MaxUnpool in pictures: each pooled value goes back to one place of its window, which the indices name. */
import type { Size } from '../explanation.js';
import { cellSize } from './cell-size.js';
import { drawScene, type LayerPicture, type PictureOptions } from './document.js';
import type { Cell, Grid, Segment } from './grid.js';
import { drawnAxes, notesOn, sizesText } from './layer.js';
import { representativeTransposed } from './representative.js';
import { element } from './svg.js';
import { dots } from './transposed-cells.js';

/** The windows that were pooled, along an axis. */
export interface UnpooledAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly padBegin: number;
  readonly padEnd: number;
  readonly input: number;
  readonly output: number;
  /** What is written at the axes. */
  readonly sizes: { readonly input: Size; readonly output: Size };
}

interface DrawnAxis {
  readonly input: number;
  readonly output: number;
  readonly gap: number | undefined;
  readonly windows: readonly { readonly from: number; readonly to: number }[];
}

const most = { cells: 14, bare: 17 };

/**
 * Pooled values as letters, the indices that name their places, and the output. Which place of its window a value goes to is
 * known in a run alone; the drawing has an example.
 * @param axes one to three spatial axes; of three the last two are drawn
 */
export function unpoolPicture(axes: readonly UnpooledAxis[], options: PictureOptions = {}): LayerPicture {
  const shown = drawnAxes(axes);
  const represented = shown.map((axis) => {
    const { kernel, stride, padBegin, input, output } = axis;
    const excess = (input - 1) * stride + kernel - padBegin - output;
    const crop = { padBegin, padEnd: Math.max(0, excess), tail: Math.max(0, -excess) };
    return representativeTransposed({ input, kernel, stride, dilation: 1, output, ...crop }, most);
  });
  const drawn = represented.map(({ drawn: axis, gap }): DrawnAxis => {
    const windows = Array.from({ length: axis.input }, (_, i) => {
      const from = i * axis.stride - axis.padBegin;
      return { from: Math.max(0, from), to: Math.min(axis.output, from + axis.kernel) };
    });
    return { input: axis.input, output: axis.output, gap, windows };
  });
  const [rows, columns] = drawn.length > 1 ? [drawn[0]!, drawn[1]!] : [single, drawn[0]!];
  const values = placedValues(rows, columns);
  const sizes = shown.map((axis) => axis.sizes);
  const along = (pick: 'input' | 'output') =>
    sizes.map((size, i): Segment[] => [{ size: String(size[pick]), cells: drawn[i]![pick] }]);
  const isWhole = represented.every(({ gap, isScaled }) => gap === undefined && !isScaled);
  const byPooled = new Map(values.map((value) => [value.row * columns.input + value.column, value]));
  const pooledCells = (text: (value: Value) => string) =>
    cellsOf(rows.input, columns.input, onlyAt(rows.gap), onlyAt(columns.gap), (at) => {
      const value = byPooled.get(at);
      return value === undefined ? { kind: 'in' } : { kind: 'in', text: text(value) };
    });
  const places = new Map(values.map((value) => [value.place, value]));
  const grids: Grid[] = [
    gridOf(
      'pooled',
      'pooled',
      pooledCells(({ name }) => name),
      along('input'),
    ),
    ...(isWhole
      ? [
          gridOf(
            'indices',
            'indices',
            pooledCells(({ place }) => String(place)),
            along('input'),
          ),
        ]
      : []),
    gridOf(
      'output',
      'output',
      cellsOf(rows.output, columns.output, gapWindow(rows), gapWindow(columns), (at) => {
        const value = places.get(at);
        return value === undefined ? { kind: 'between' } : { kind: 'in', text: value.name };
      }),
      along('output'),
      (cell) => windowOutlines(rows, columns, cell),
    ),
  ];
  const scene = {
    kind: 'unpool',
    title: `MaxUnpool, ${sizesText(sizes, ({ input }) => input)} → ${sizesText(sizes, ({ output }) => output)}`,
    subtitle: `windows ${sizesText(shown, ({ kernel }) => kernel)}, stride ${sizesText(shown, ({ stride }) => stride)}`,
    description:
      'Each pooled value goes back to the place in its window that its index names; every other output is zero. An index counts the places row by row, here within the plane.',
    grids,
    isStacked: drawn.length === 1,
    cell: cellSize(grids, drawn.length === 1, true),
    notes: [
      'The places are an example: where the largest value of a window was is known in a run.',
      ...notesOn(axes.length, represented, 'windows and stride'),
    ],
    legend: [
      { mark: 'in', text: 'pooled value' },
      { mark: 'between', text: 'zero' },
      { mark: 'pool', text: 'window that was pooled' },
    ] as const,
  };
  return drawScene(scene, options);
}

const single: DrawnAxis = { input: 1, output: 1, gap: undefined, windows: [{ from: 0, to: 1 }] };

interface Value {
  readonly name: string;
  readonly row: number;
  readonly column: number;
  /** The output that it goes to, counted row by row. */
  readonly place: number;
}

/** An example that looks like one: a place in each window that no other value has. */
function placedValues(rows: DrawnAxis, columns: DrawnAxis): Value[] {
  const taken = new Set<number>();
  const values: Value[] = [];
  rows.windows.forEach((vertical, row) => {
    columns.windows.forEach((horizontal, column) => {
      if (row === rows.gap || column === columns.gap) return;
      const width = horizontal.to - horizontal.from;
      const count = (vertical.to - vertical.from) * width;
      for (let tried = 0; tried < count; tried++) {
        const at = (row * 5 + column * 3 + 1 + tried) % count;
        const place = (vertical.from + Math.floor(at / width)) * columns.output + horizontal.from + (at % width);
        if (taken.has(place)) continue;
        taken.add(place);
        values.push({ name: letter(values.length), row, column, place });
        return;
      }
    });
  });
  return values;
}

/** a to z, then a1 and so on. */
function letter(index: number): string {
  const round = Math.floor(index / 26);
  return String.fromCharCode(97 + (index % 26)) + (round === 0 ? '' : String(round));
}

type IsGap = (at: number) => boolean;

function onlyAt(gap: number | undefined): IsGap {
  return (at) => at === gap;
}

/** The outputs of the window that stands for those left out. */
function gapWindow({ gap, windows }: DrawnAxis): IsGap {
  const window = gap === undefined ? undefined : windows[gap];
  return (at) => window !== undefined && at >= window.from && at < window.to;
}

function cellsOf(rows: number, columns: number, isRowGap: IsGap, isColumnGap: IsGap, cell: (index: number) => Cell) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column): Cell => {
      const own = cell(row * columns + column);
      const [inRow, inColumn] = [isRowGap(row), isColumnGap(column)];
      return inRow || inColumn ? { kind: own.kind, gap: dots(inRow, inColumn) } : own;
    }),
  );
}

function gridOf(
  name: string,
  caption: string,
  rows: readonly (readonly Cell[])[],
  along: readonly Segment[][],
  over?: Grid['over'],
): Grid {
  return { name, caption, rows, across: along.at(-1)!, down: along.length > 1 ? along[0]! : [], over };
}

function windowOutlines(rows: DrawnAxis, columns: DrawnAxis, cell: number): string {
  const outlines = rows.windows.flatMap((vertical, row) =>
    columns.windows.map((horizontal, column) => {
      if (vertical.to <= vertical.from || horizontal.to <= horizontal.from) return '';
      if (row === rows.gap || column === columns.gap) return '';
      return element('rect', {
        x: horizontal.from * cell,
        y: vertical.from * cell,
        width: (horizontal.to - horizontal.from) * cell,
        height: (vertical.to - vertical.from) * cell,
      });
    }),
  );
  return element('g', { class: 'pool' }, ...outlines);
}
