/** Resize in a picture: the outputs over the grid of the input, each at the position that it is computed at. */
import type { ResizeSample, Size } from '../explanation.js';
import { drawScene, type LayerPicture, type PictureOptions } from './document.js';
import type { Cell } from './grid.js';
import { drawnAxes, ofRank, sizesText } from './layer.js';
import { element, rounded } from './svg.js';
import { dots } from './transposed-cells.js';

/** An axis that is resized, with its first outputs, or all, from the first on. */
export interface PicturedResizeAxis {
  readonly input: number;
  readonly output: number;
  readonly samples: readonly ResizeSample[];
  /** What is written at the axes. */
  readonly sizes: { readonly input: Size; readonly output: Size };
}

interface Sampled {
  readonly axis: PicturedResizeAxis;
  /** Inputs that are drawn, from the first. */
  readonly inputs: number;
  readonly isCut: boolean;
  /** Outputs that are drawn; the middle of the first input is at 0. */
  readonly points: readonly ResizeSample[];
  readonly marked: ResizeSample;
}

/** Inputs that are drawn at most. */
const mostInputs = 10;

/** As in the model: `Resize`, `linear`, `half_pixel`. */
export interface ResizeWords {
  readonly operator: string;
  readonly mode: string;
  readonly coordinates: string;
}

/**
 * The drawing; nothing where one output stands for more inputs than can be drawn.
 * @param axes those that the layer resizes; of three the last two are drawn
 */
export function resizePicture(
  { operator, mode, coordinates }: ResizeWords,
  axes: readonly PicturedResizeAxis[],
  options: PictureOptions = {},
): LayerPicture | undefined {
  const shown = drawnAxes(axes);
  const sampled = shown.flatMap((axis) => sample(axis) ?? []);
  const columns = sampled.at(-1);
  if (columns === undefined || sampled.length < shown.length) return undefined;
  const rows = sampled.length > 1 ? sampled[0] : undefined;
  const weights = (rows?.marked.reads ?? [{ input: 0, weight: 1 }]).flatMap((row) =>
    columns.marked.reads.map((column) => ({
      row: row.input,
      column: column.input,
      weight: row.weight * column.weight,
    })),
  );
  const read = weights.filter(({ weight }) => weight !== 0);
  const cells = cellsOf(rows, columns);
  const cell = Math.min(64, Math.floor(560 / cells[0]!.length));
  const along = sampled.map(({ inputs, isCut, axis }) => [
    { size: `${axis.sizes.input}`, cells: inputs + (isCut ? 1 : 0) },
  ]);
  const terms = read.map(({ weight }) => String(Math.round(weight * 1000) / 1000).replace('-', '−')).join(', ');
  const reads = read.length === 1 ? 'one input' : `${read.length} inputs`;
  const scene = {
    kind: 'sample',
    title: `${operator}, ${sizesText(shown, ({ sizes }) => sizes.input)} → ${sizesText(shown, ({ sizes }) => sizes.output)}`,
    subtitle: `${mode}, ${coordinates}`,
    description: `Each output is computed at a position of the input, drawn as a point in the grid of the inputs. The marked one reads ${reads}.`,
    grids: [
      {
        name: 'input',
        caption: 'outputs over the input',
        rows: cells,
        across: along.at(-1)!,
        down: along.length > 1 ? along[0]! : [],
        over: (size: number) => overlay(rows, columns, read, size),
      },
    ],
    isStacked: true,
    cell,
    notes: [
      `The marked output reads ${reads}${read.length > 1 && read.length <= 4 ? `, with the weights ${terms}` : ''}.`,
      ...ofRank(axes.length),
      ...(sampled.some(({ isCut }) => isCut)
        ? ['The start of the axes is drawn; “⋯” stands for the rest. The numbers at the axes are those of the layer.']
        : []),
    ],
    legend: [
      { mark: 'in', text: 'input' },
      { mark: 'sample', text: 'position of an output' },
      { mark: 'marked', text: 'output that is marked' },
      { mark: 'window', text: 'input that it reads' },
    ] as const,
  };
  return drawScene(scene, options);
}

function sample(axis: PicturedResizeAxis): Sampled | undefined {
  const first = axis.samples.filter(({ output }, i) => output === i);
  const points = first.filter(({ position }) => position < mostInputs - 0.5);
  const isWhole = points.length === axis.output && axis.input <= mostInputs;
  const last = Math.max(...points.map(({ position }) => position));
  const inputs = isWhole ? axis.input : Math.min(axis.input, mostInputs, Math.max(1, Math.round(last) + 1));
  const inside = points.filter(({ reads }) => reads.every(({ input }) => input < inputs));
  // Away from the border, where an output reads as most of them do.
  const most = Math.max(...inside.map(({ reads }) => reads.length));
  const typical = inside.filter(({ reads }) => reads.length === most);
  const marked = typical[Math.min(typical.length - 1, Math.ceil(typical.length / 3))];
  return marked && { axis, inputs, isCut: inputs < axis.input, points, marked };
}

function cellsOf(rows: Sampled | undefined, columns: Sampled): Cell[][] {
  const length = ({ inputs, isCut }: Sampled) => inputs + (isCut ? 1 : 0);
  return Array.from({ length: rows === undefined ? 1 : length(rows) }, (_, row) =>
    Array.from({ length: length(columns) }, (__, column): Cell => {
      const [inRow, inColumn] = [rows !== undefined && row === rows.inputs, column === columns.inputs];
      return inRow || inColumn ? { kind: 'in', gap: dots(inRow, inColumn) } : { kind: 'in' };
    }),
  );
}

interface Read {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

function overlay(rows: Sampled | undefined, columns: Sampled, read: readonly Read[], cell: number): string {
  const at = ({ position }: ResizeSample) => (position + 0.5) * cell;
  const lines =
    rows === undefined
      ? [{ y: cell / 2, isMarked: true }]
      : rows.points.map((point) => ({ y: at(point), isMarked: point === rows.marked }));
  const spots = lines.flatMap(({ y, isMarked }) =>
    columns.points.map((point) => ({ x: at(point), y, isMarked: isMarked && point === columns.marked })),
  );
  const marked = spots.find((spot) => spot.isMarked);
  const links = read.map(({ row, column }) =>
    marked === undefined
      ? ''
      : `M${rounded(marked.x)} ${rounded(marked.y)}L${(column + 0.5) * cell} ${(row + 0.5) * cell}`,
  );
  return [
    element('g', { class: 'extents' }, ...spots.map(({ x, y }) => extent(x, y, rows, columns, cell))),
    element('g', { class: 'window' }, around(read, cell)),
    element('path', { class: 'link', d: links.join('') }),
    element(
      'g',
      { class: 'samples', 'data-count': spots.length },
      ...spots.map(({ x, y, isMarked }) =>
        isMarked
          ? element('rect', { class: 'marked', x: x - 5, y: y - 5, width: 10, height: 10 })
          : element('circle', { class: 'sample', cx: x, cy: y, r: 3.5 }),
      ),
    ),
  ].join('');
}

/** The part of the input that an output stands for: as far as halfway to its neighbors. */
function extent(x: number, y: number, rows: Sampled | undefined, columns: Sampled, cell: number): string {
  const [width, height] = [spacing(columns) * cell, rows === undefined ? cell : spacing(rows) * cell];
  return element('rect', { x: x - width / 2, y: y - height / 2, width, height });
}

function spacing({ points }: Sampled): number {
  const [first, second] = points;
  return first === undefined || second === undefined ? 1 : second.position - first.position;
}

/** What is read lies together. */
function around(read: readonly Read[], cell: number): string {
  const [rows, columns] = [read.map(({ row }) => row), read.map(({ column }) => column)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
  return element('rect', { x: left * cell, y: top * cell, width: width * cell, height: height * cell });
}
