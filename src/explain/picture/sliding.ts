/**
 * The kernel's window and how it moves. An axis is a group of its own that jumps from position to position, the columns
 * inside the rows, so that a few rules of CSS move it over all positions, without a script. Where less motion is preferred,
 * and on paper, it rests.
 */
import { element, rounded, textElement } from './svg.js';
import type { Theme } from './theme.js';

/** A window along one axis, in cells of the grid that it slides over. */
export interface SlidingAxis {
  /** Cells that it covers, those between its elements included. */
  readonly extent: number;
  readonly kernel: number;
  readonly dilation: number;
  /** Cells from one position to the next. */
  readonly step: number;
  /** The cell at which it begins. */
  readonly begin: number;
  readonly positions: number;
  /** The position at which it stands still. */
  readonly rest: number;
}

/** The first position with the highest score, where a window is shown that stands still. */
export function restingPlace(positions: number, score: (position: number) => number): number {
  let best = 0;
  for (let position = 1; position < positions; position++) if (score(position) > score(best)) best = position;
  return best;
}

function isEmpty(axes: readonly SlidingAxis[]): boolean {
  return axes.some(({ positions }) => positions === 0);
}

const single: SlidingAxis = { extent: 1, kernel: 1, dilation: 1, step: 0, begin: 0, positions: 1, rest: 0 };

function asPlane(axes: readonly SlidingAxis[]): readonly [row: SlidingAxis, column: SlidingAxis] {
  return axes.length > 1 ? [axes[0]!, axes[1]!] : [single, axes[0]!];
}

/**
 * The window with its elements.
 * @param weights of the elements, row by row: written in their lower right corners
 */
export function slidingWindow(axes: readonly SlidingAxis[], cell: number, weights?: readonly string[]): string {
  if (isEmpty(axes)) return '';
  const [row, column] = asPlane(axes);
  const taps = Array.from({ length: row.kernel * column.kernel }, (_, tap) => {
    const x = (tap % column.kernel) * column.dilation * cell;
    const y = Math.floor(tap / column.kernel) * row.dilation * cell;
    const rect = element('rect', { class: 'tap', x: x + 1, y: y + 1, width: cell - 2, height: cell - 2 });
    const weight = weights?.[tap];
    if (weight === undefined) return rect;
    const spot = { x: x + cell - 4, y: y + cell - 4, 'text-anchor': 'end' };
    return rect + textElement(spot, weight);
  });
  const outline = { width: column.extent * cell, height: row.extent * cell };
  const window = element('g', { class: 'window' }, ...taps, element('rect', outline));
  return element(
    'g',
    { transform: `translate(${rounded(column.begin * cell)} ${rounded(row.begin * cell)})` },
    moved(row, column, cell, window, (axis) => axis.step * cell),
  );
}

/** The outline of the output that the window makes. */
export function litCell(axes: readonly SlidingAxis[], cell: number): string {
  if (isEmpty(axes)) return '';
  const [row, column] = asPlane(axes);
  const outline = element('rect', { class: 'lit', x: 1, y: 1, width: cell - 2, height: cell - 2 });
  return moved(row, column, cell, outline, () => cell, 'lit-');
}

function moved(
  row: SlidingAxis,
  column: SlidingAxis,
  cell: number,
  content: string,
  step: (axis: SlidingAxis) => number,
  prefix = '',
): string {
  const at = (axis: SlidingAxis) => rounded(axis.rest * (axis === single ? 0 : step(axis)));
  return element(
    'g',
    { class: `${prefix}down`, transform: `translate(0 ${at(row)})`, 'data-cell': cell },
    element('g', { class: `${prefix}along`, transform: `translate(${at(column)} 0)` }, content),
  );
}

/** The rules that move window and lit output together. */
export function slidingStyle(id: string, axes: readonly SlidingAxis[], cell: number, theme: Theme): string {
  if (isEmpty(axes) || theme === 'print') return '';
  const [row, column] = asPlane(axes);
  const positions = row.positions * column.positions;
  if (positions === 1) return '';
  const beat = Math.min(0.8, Math.max(0.15, 24 / positions));
  const line = column.positions * beat;
  const rules = (prefix: string, step: (axis: SlidingAxis) => number) =>
    keyframes(id, `${prefix}along`, 'X', column.positions, step(column) * cell, line) +
    keyframes(id, `${prefix}down`, 'Y', row.positions, step(row) * cell, line * row.positions);
  const motion = rules('', (axis) => axis.step) + rules('lit-', () => 1);
  const pause = `#${id}:hover :is(${names.map((name) => `.${name}`).join()}){animation-play-state:paused}`;
  return `@media screen and (prefers-reduced-motion:no-preference){${motion}${pause}}`;
}

const names = ['along', 'down', 'lit-along', 'lit-down'];

/** From the first to the last of `count` places in as many jumps. */
function keyframes(id: string, name: string, axis: 'X' | 'Y', count: number, step: number, seconds: number): string {
  if (count <= 1) return '';
  const end = `translate${axis}(${rounded(count * step)}px)`;
  return `@keyframes ${id}-${name}{from{transform:translate${axis}(0)}to{transform:${end}}}#${id} .${name}{animation:${id}-${name} ${rounded(seconds)}s steps(${count},end) infinite}`;
}
