/** A drawing as a document: grids side by side or one below the other, a title, notes, a legend, words for screen readers. */

import { escapeText } from '../../diagnostics/markup.js';
import { drawGrid, type Grid, type PlacedGrid } from './grid.js';
import { drawLegend, isCellMark, type LegendItem } from './legend.js';
import { element, rounded, shortened, textElement, wrapText } from './svg.js';
import { pictureStyle, type Theme } from './theme.js';

export interface PictureOptions {
  /** Default: as the reader's system prefers. */
  readonly theme?: Theme | undefined;
  /** What the layer is called, if anything: `up1 (ConvTranspose)`. Any text. */
  readonly name?: string | undefined;
}

/** A drawing of a layer. */
export interface LayerPicture {
  /** What is drawn; the end of a file's name: `dilate`, `slide`. */
  readonly kind: string;
  readonly title: string;
  /** What is seen, in sentences. */
  readonly description: string;
  /** A whole document, 60 KB at most. */
  readonly svg: string;
}

export interface Scene {
  readonly kind: string;
  readonly title: string;
  readonly subtitle?: string | undefined;
  readonly description: string;
  readonly grids: readonly Grid[];
  /** One below the other; otherwise side by side if they fit. */
  readonly isStacked: boolean;
  readonly cell: number;
  readonly notes: readonly string[];
  readonly legend: readonly LegendItem[];
  /** Styles of its own: what moves. */
  readonly style?: ((id: string, theme: Theme) => string) | undefined;
}

const margin = 20;
const arrowRoom = 52;
const widest = 760;
const narrowest = 400;

export function drawScene(scene: Scene, options: PictureOptions): LayerPicture {
  const { title, description, kind } = scene;
  const theme = options.theme ?? 'auto';
  const body = placeGrids(scene);
  const id = `us-${kind}-${hash([title, options.name, theme, body.svg].join())}`;
  const width = Math.max(narrowest, body.width + 2 * margin);
  const inner = width - 2 * margin;
  let y = margin;
  const lines: string[] = [];
  const write = (text: string, size: number, className: string, lineHeight: number) => {
    for (const line of wrapText(text, size, inner)) {
      y += lineHeight;
      lines.push(textElement({ class: className, x: margin, y: y - 5 }, line));
    }
  };
  if (options.name !== undefined) write(shortened(options.name, 80), 13, 'soft', 18);
  write(title, 17, 'title', 23);
  if (scene.subtitle !== undefined) write(scene.subtitle, 13, 'soft', 19);
  y += 12;
  const grids = element('g', { transform: `translate(${rounded((width - body.width) / 2)} ${rounded(y)})` }, body.svg);
  y += body.height + 14;
  const legend = drawLegend(itemsOf(scene), inner, margin, y);
  y += legend.height;
  for (const note of scene.notes) write(note, 13, 'soft', 18);
  const height = y + margin - 4;
  const names = options.name === undefined ? '' : `${shortened(options.name, 80)}: `;
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      id,
      class: 'unstride-picture',
      'data-picture': kind,
      viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-t ${id}-d`,
    },
    element('title', { id: `${id}-t` }, escapeText(`${names}${title}`)),
    element('desc', { id: `${id}-d` }, escapeText([description, ...scene.notes].join(' '))),
    element('style', {}, pictureStyle(id, theme) + (scene.style?.(id, theme) ?? '')),
    element('rect', { class: 'paper', width, height }),
    ...lines,
    grids,
    legend.svg,
  );
  return { kind, title, description, svg: `${svg}\n` };
}

/** Of the legend what is to be seen in the grids. */
function itemsOf({ legend, grids }: Scene): LegendItem[] {
  const cells = grids.flatMap(({ rows }) => rows.flat());
  const isSeen = (mark: LegendItem['mark']) =>
    mark === 'cut' ? cells.some(({ isCut }) => isCut === true) : cells.some(({ kind }) => kind === mark);
  return legend.filter(({ mark }) => !isCellMark(mark) || isSeen(mark));
}

interface Placed {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

function placeGrids({ grids, isStacked, cell }: Scene): Placed {
  const measured = grids.map((grid) => drawGrid(grid, cell, 0, 0));
  const across = measured.reduce((sum, { width }) => sum + width, (grids.length - 1) * arrowRoom);
  return isStacked || across > widest - 2 * margin ? stack(grids, measured, cell) : row(grids, measured, cell);
}

function row(grids: readonly Grid[], measured: readonly PlacedGrid[], cell: number): Placed {
  const middle = Math.max(...measured.map((grid) => grid.middle));
  const height = Math.max(...measured.map((grid) => middle - grid.middle + grid.height));
  let x = 0;
  const parts = grids.map((grid, i) => {
    const before = i === 0 ? '' : arrow(x + 14, middle, 'right');
    x += i === 0 ? 0 : arrowRoom;
    const placed = drawGrid(grid, cell, x, middle - measured[i]!.middle);
    x += placed.width;
    return before + placed.svg;
  });
  return { svg: parts.join(''), width: x, height };
}

/** One below the other, the middles of their cells in one line. */
function stack(grids: readonly Grid[], measured: readonly PlacedGrid[], cell: number): Placed {
  const center = Math.max(...measured.map((grid) => grid.center));
  const width = Math.max(...measured.map((grid) => center - grid.center + grid.width));
  let y = 0;
  const parts = grids.map((grid, i) => {
    const before = i === 0 ? '' : arrow(center, y + 12, 'down');
    y += i === 0 ? 0 : 44;
    const placed = drawGrid(grid, cell, center - measured[i]!.center, y);
    y += placed.height;
    return before + placed.svg;
  });
  return { svg: parts.join(''), width, height: y };
}

function arrow(x: number, y: number, direction: 'right' | 'down'): string {
  const d = direction === 'right' ? 'h22m-6-5l6 5l-6 5' : 'v20m-5-6l5 6l5-6';
  return element('path', { class: 'rule', 'stroke-width': 1.5, d: `M${rounded(x)} ${rounded(y)}${d}` });
}

/** A short name that follows from the text (FNV-1a), so that pictures in one page have ids of their own. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(36);
}
