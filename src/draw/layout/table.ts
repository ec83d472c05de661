/** A table of blocks with bars for what each costs. */
import { type Dim, formatDim } from '../../ir/dim.js';
import { bytesText, countText } from '../amounts.js';
import type { DrawnBlock, DrawnCosts, NetworkDrawing } from '../drawing.js';
import { typicalNumber } from '../heat.js';
import { blockTitle, layersText } from '../titles.js';
import type { SceneBar, SceneBox, SceneText } from './scene.js';
import { mostChannelsOf, slabsOf } from './slabs.js';
import { fitted, textWidth } from './text-width.js';
import type { LayoutOptions, Placed } from './u.js';

const margin = 16;
const rowHeight = 22;
const barWidth = 90;
const gap = 18;
/** Of a cell of text. */
const widest = 330;

interface Column {
  readonly head: string;
  readonly texts: readonly string[];
  readonly isNumber: boolean;
  /** By row, from 0 to 1. */
  readonly bars?: readonly number[];
}

export function layoutTable(drawing: NetworkDrawing, options: LayoutOptions): Placed {
  const blocks = drawing.blocks.filter(({ role }) => role === 'layers');
  const columns = columnsOf(blocks, options);
  const mostChannels = mostChannelsOf(blocks);
  const shapes = blocks.map((block) => slabsOf(block, mostChannels, options.sizeText));
  const picture = Math.max(0, ...shapes.map(({ width }) => width));
  const texts: SceneText[] = [];
  const bars: SceneBar[] = [];
  const top = margin + rowHeight;
  const put = (text: string, at: number, line: number, role: SceneText['role'], isNumber: boolean) =>
    texts.push({ x: at, y: top + line * rowHeight - 7, text, role, anchor: isNumber ? 'end' : 'start' });
  let x = margin + picture + gap;
  for (const { head, texts: cells, isNumber, bars: shares } of columns) {
    const width = Math.max(textWidth(head, 'head'), ...cells.map((cell) => textWidth(cell, 'cell')));
    const edge = isNumber ? x + width : x;
    put(head, edge, 0, 'head', isNumber);
    cells.forEach((cell, row) => {
      put(cell, edge, row + 1, 'cell', isNumber);
    });
    x += width + gap;
    if (shares === undefined) continue;
    shares.forEach((share, row) => {
      if (share > 0)
        bars.push({
          kind: 'bar',
          x: x - gap / 2,
          y: top + row * rowHeight + 6,
          width: Math.max(1, share * barWidth),
          height: rowHeight - 12,
        });
    });
    x += barWidth + gap / 2;
  }
  const width = x - gap + margin;
  const stripes = blocks.flatMap((_, row): SceneBar[] =>
    row % 2 === 1
      ? []
      : [{ kind: 'stripe', x: margin / 2, y: top + row * rowHeight, width: width - margin, height: rowHeight }],
  );
  const boxes = blocks.map((block, row): SceneBox => {
    const { slabs, width: own } = shapes[row]!;
    return {
      block: block.id,
      x: margin,
      y: top + row * rowHeight + 3,
      width: own,
      height: rowHeight - 6,
      slabs,
      title: blockTitle(block, options.sizeText),
      heat: options.heatOf?.(block),
    };
  });
  const rule: SceneBar = { kind: 'rule', x: margin / 2, y: top, width: width - margin, height: 1 };
  return {
    boxes,
    arrows: [],
    texts,
    bars: [...stripes, ...bars, rule],
    width,
    height: top + blocks.length * rowHeight + margin / 2,
  };
}

function columnsOf(blocks: readonly DrawnBlock[], { sizeText }: LayoutOptions): Column[] {
  const text = (head: string, textOf: (block: DrawnBlock) => string): Column => ({
    head,
    texts: blocks.map((block) => fitted(textOf(block), 'cell', widest)),
    isNumber: false,
  });
  const amount = (
    head: string,
    dimOf: (costs: DrawnCosts) => Dim | undefined,
    format: (dim: Dim | undefined) => string,
  ): Column => {
    const numbers = blocks.map((block) => typicalNumber(dimOf(block) ?? 0));
    const most = Math.max(1, ...numbers);
    return {
      head,
      texts: blocks.map((block) => fitted(format(dimOf(block)), 'cell', widest)),
      isNumber: true,
      bars: numbers.map((number) => number / most),
    };
  };
  const columns = [
    text('block', ({ name, id }) => name || `${id}`),
    text('layers', ({ layers }) => layersText(layers)),
    text('channels', ({ extent }) => (extent.channels === undefined ? '' : formatDim(extent.channels))),
    text('size', ({ extent }) => extent.sizes?.map(sizeText).join(' × ') ?? '?'),
    amount('parameters', ({ parameters }) => parameters, countText),
    amount('MACs', ({ macs }) => macs, countText),
    amount('memory', ({ bytes }) => bytes, bytesText),
  ];
  return columns.filter(({ texts }) => texts.some((cell) => cell !== ''));
}
