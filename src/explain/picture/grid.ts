/** One grid of cells with its caption and the sizes along its axes, as SVG with the room that it takes. */
import { element, rounded, textElement, textWidth } from './svg.js';

/**
 * What a cell is: an input, a zero between inputs, a zero around them, one added at the end, an output, or an output shaded by
 * what is written in it.
 */
export type CellKind = 'in' | 'between' | 'around' | 'added' | 'out' | `shade${1 | 2 | 3 | 4}`;

export interface Cell {
  readonly kind: CellKind;
  /** Taken off by the crop. */
  readonly isCut?: boolean;
  /** In a row or column that stands for those left out. */
  readonly gap?: string;
  readonly text?: string | undefined;
}

/** A part of an axis: what is written at it, and the cells that it spans. */
export interface Segment {
  readonly size: string;
  readonly cells: number;
}

export interface Grid {
  /** For whoever reads the structure: `padded`. */
  readonly name: string;
  readonly caption: string;
  /** Rows of cells, all of one length. */
  readonly rows: readonly (readonly Cell[])[];
  /** Along the top, from the left. */
  readonly across: readonly Segment[];
  /** Along the left side, from the top; none for one axis. */
  readonly down: readonly Segment[];
  /** Whether numbers leave room for others in the lower right corners of their cells. */
  readonly hasCorners?: boolean;
  /** What lies over the cells, in units of cells: drawn by whoever knows it, from the size of a cell. */
  readonly over?: ((cell: number) => string) | undefined;
}

export interface PlacedGrid {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** The middle of the cells, from the left and from the top. */
  readonly center: number;
  readonly middle: number;
}

const captionHeight = 24;
const rulerHeight = 24;
const sizeText = 12;

export function drawGrid(grid: Grid, cell: number, x: number, y: number): PlacedGrid {
  const columns = grid.rows[0]?.length ?? 0;
  const isStaggered = staggered(grid.across, cell);
  const left = grid.down.length === 0 ? 0 : 14 + Math.max(...grid.down.map(({ size }) => textWidth(size, sizeText)));
  const top = captionHeight + rulerHeight + (isStaggered ? 14 : 0);
  const width = left + Math.max(columns * cell, textWidth(grid.caption, 13) * 1.06, 24);
  const height = top + Math.max(grid.rows.length * cell, 16);
  const cells = grid.rows.flatMap((line, row) =>
    line.map((each, column) => ({ ...each, x: column * cell, y: row * cell })),
  );
  const body = [
    textElement({ class: 'caption', x: left, y: 14 }, grid.caption),
    rulerAcross(grid.across, cell, left, top),
    rulerDown(grid.down, cell, left, top),
    element(
      'g',
      { transform: `translate(${rounded(left)} ${top})` },
      ...cellGroups(cells, cell),
      grid.over?.(cell) ?? '',
      texts(cells, cell, grid.hasCorners === true ? 0.39 : 0.5),
    ),
  ];
  const svg = element(
    'g',
    {
      class: 'grid',
      'data-grid': grid.name,
      'data-columns': columns,
      'data-rows': grid.rows.length,
      transform: `translate(${rounded(x)} ${rounded(y)})`,
    },
    ...body,
  );
  return { svg, width, height, center: left + (columns * cell) / 2, middle: top + (grid.rows.length * cell) / 2 };
}

/** Where the sizes along the top stand: one above the other where they are wider than what they are written at. */
function staggered(segments: readonly Segment[], cell: number): boolean {
  let end = Number.NEGATIVE_INFINITY;
  for (const { center, size } of placed(segments, cell)) {
    const half = textWidth(size, sizeText) / 2;
    if (center - half < end + 3) return true;
    end = center + half;
  }
  return false;
}

function placed(segments: readonly Segment[], cell: number) {
  let at = 0;
  return segments
    .filter(({ cells }) => cells > 0)
    .map(({ size, cells }) => {
      const start = at * cell;
      at += cells;
      return { size, start, end: at * cell, center: (start + at * cell) / 2 };
    });
}

function rulerAcross(segments: readonly Segment[], cell: number, left: number, top: number): string {
  const line = top - 6;
  const isStaggered = staggered(segments, cell);
  return placed(segments, cell)
    .map(({ size, start, end, center }, i) => {
      const lift = isStaggered && i % 2 === 1 ? 14 : 0;
      const tick = `M${rounded(left + start + 1.5)} ${line - 3}v6m0-3H${rounded(left + end - 1.5)}m0-3v6`;
      return (
        element('path', { class: 'rule', d: tick }) +
        textElement({ class: 'size', x: left + center, y: line - 6 - lift, 'text-anchor': 'middle' }, size)
      );
    })
    .join('');
}

function rulerDown(segments: readonly Segment[], cell: number, left: number, top: number): string {
  const line = left - 6;
  return placed(segments, cell)
    .map(({ size, start, end, center }) => {
      const tick = `M${rounded(line - 3)} ${rounded(top + start + 1.5)}h6m-3 0V${rounded(top + end - 1.5)}m-3 0h6`;
      return (
        element('path', { class: 'rule', d: tick }) +
        textElement({ class: 'size', x: line - 6, y: top + center + 4, 'text-anchor': 'end' }, size)
      );
    })
    .join('');
}

const kinds: readonly CellKind[] = ['around', 'between', 'in', 'added', 'out', 'shade1', 'shade2', 'shade3', 'shade4'];

/** The cells, a group for each kind, so that what they share is written once. */
function cellGroups(cells: readonly PlacedCell[], size: number): string[] {
  const groups = [false, true].flatMap((isGap) =>
    kinds.map((kind) => {
      const own = cells.filter((cell) => cell.kind === kind && (cell.gap !== undefined) === isGap);
      if (own.length === 0) return '';
      const group = element(
        'g',
        { class: kind, 'data-count': own.length },
        ...squares(own, size),
        kind === 'added' ? plusses(own, size) : '',
      );
      return isGap ? element('g', { class: 'gap' }, group) : group;
    }),
  );
  return [...groups, ...marks(cells, size)];
}

type PlacedCell = Cell & { readonly x: number; readonly y: number };

/** Cells of a kind: as elements while they are few, as one path where they would make the file large. */
function squares(cells: readonly PlacedCell[], size: number): string[] {
  const side = size - 2;
  if (cells.length <= 100)
    return cells.map(({ x, y }) => element('rect', { x: x + 1, y: y + 1, width: side, height: side }));
  const d = cells.map(({ x, y }) => `M${x + 1} ${y + 1}h${side}v${side}h-${side}z`).join('');
  return [element('path', { class: 'cells', d })];
}

function plusses(cells: readonly PlacedCell[], size: number): string {
  const arm = size / 5;
  const mark = ({ x, y }: PlacedCell) =>
    `M${rounded(x + size / 2 - arm)} ${rounded(y + size / 2)}h${rounded(2 * arm)}m${rounded(-arm)} ${rounded(-arm)}v${rounded(2 * arm)}`;
  return element('path', {
    d: cells
      .filter(({ gap, text }) => gap === undefined && text === undefined)
      .map(mark)
      .join(''),
  });
}

/** A dot in each zero between inputs, a cross over each cell that is cut. */
function marks(cells: readonly PlacedCell[], size: number): string[] {
  const zeros = cells.filter(({ kind, gap, text }) => kind === 'between' && gap === undefined && text === undefined);
  const dot = ({ x, y }: PlacedCell) => `M${rounded(x + size / 2)} ${rounded(y + size / 2)}h0`;
  const cut = cells.filter(({ isCut }) => isCut === true);
  const side = size - 6;
  const cross = ({ x, y }: PlacedCell) =>
    `M${rounded(x + 3)} ${rounded(y + 3)}l${side} ${side}m0-${side}l-${side} ${side}`;
  return [
    zeros.length === 0
      ? ''
      : element('path', { class: 'dot', 'stroke-width': Math.max(2.5, size / 7), d: zeros.map(dot).join('') }),
    cut.length === 0 ? '' : element('path', { class: 'cut', 'data-count': cut.length, d: cut.map(cross).join('') }),
  ];
}

/** The numbers, or the dots of what is left out. @param middle of the text, from the top of its cell, in cells */
function texts(cells: readonly PlacedCell[], size: number, middle: number): string {
  const written = cells.flatMap((cell) => {
    const text = cell.gap ?? cell.text;
    return text === undefined ? [] : [{ ...cell, text }];
  });
  if (written.length === 0) return '';
  const longest = Math.max(...written.map(({ text }) => textWidth(text, 1)));
  const font = Math.max(8, Math.min(14, size * 0.5, (size - 6) / longest));
  const group = (name: string, isGap: boolean) => {
    const own = written.filter(({ gap }) => (gap !== undefined) === isGap);
    if (own.length === 0) return '';
    const spelled = own.map(({ x, y, text }) =>
      textElement({ x: x + size / 2, y: Math.round(y + size * middle + font * 0.36) }, text),
    );
    return element('g', { class: name, style: `--v:${rounded(font)}px` }, ...spelled);
  };
  return group('values', false) + group('values dots', true);
}
