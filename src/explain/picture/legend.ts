/** What the cells and marks of a drawing mean. */
import type { CellKind } from './grid.js';
import { element, rounded, textElement, textWidth } from './svg.js';

export interface LegendItem {
  readonly mark: CellKind | 'cut' | 'window' | 'gap' | 'lit' | 'tap' | 'sample' | 'marked' | 'pool';
  readonly text: string;
}

const cellMarks: readonly string[] = ['in', 'between', 'around', 'added', 'out', 'cut'];

/** Whether the mark is a kind of cell; other marks lie over cells. */
export function isCellMark(mark: LegendItem['mark']): boolean {
  return cellMarks.includes(mark);
}

/** The items in lines of `width` pixels, the first at [left, top]. */
export function drawLegend(
  items: readonly LegendItem[],
  width: number,
  left: number,
  top: number,
): { readonly svg: string; readonly height: number } {
  let x = left;
  let y = top;
  const parts = items.map(({ mark, text }) => {
    const room = 22 + textWidth(text, 13) + 18;
    if (x > left && x + room - 18 > left + width) {
      x = left;
      y += 22;
    }
    const item = element(
      'g',
      { transform: `translate(${rounded(x)} ${rounded(y)})` },
      swatch(mark),
      textElement({ x: 22, y: 12 }, text),
    );
    x += room;
    return item;
  });
  if (items.length === 0) return { svg: '', height: 0 };
  return { svg: element('g', { class: 'legend' }, ...parts), height: y - top + 26 };
}

function swatch(mark: LegendItem['mark']): string {
  const box = { x: 1, y: 1, width: 14, height: 14 };
  switch (mark) {
    case 'cut':
      return (
        element('g', { class: 'around' }, element('rect', box)) +
        element('path', { class: 'cut', d: 'M3 3l10 10m0-10l-10 10' })
      );
    case 'window':
      return element('g', { class: 'window' }, element('rect', box));
    case 'tap':
      return element('g', { class: 'window' }, element('rect', { ...box, class: 'tap' }));
    case 'lit':
      return element('g', { class: 'out' }, element('rect', box)) + element('rect', { ...box, class: 'lit' });
    case 'gap':
      return textElement({ class: 'soft', x: 2, y: 11 }, '⋯');
    case 'sample':
      return element('circle', { class: 'sample', cx: 8, cy: 8, r: 3.5 });
    case 'marked':
      return element('rect', { class: 'marked', x: 3, y: 3, width: 10, height: 10 });
    case 'pool':
      return element('g', { class: 'pool' }, element('rect', box));
    case 'between':
      return (
        element('g', { class: mark }, element('rect', box)) +
        element('path', { class: 'dot', 'stroke-width': 3, d: 'M8 8h0' })
      );
    case 'added':
      return element('g', { class: mark }, element('rect', box), element('path', { d: 'M5 8h6m-3-3v6' }));
    default:
      return element('g', { class: mark }, element('rect', box));
  }
}
