/**
 * The U: a row for each resolution, columns that descend the encoder and ascend the decoder, skips across. Without skips it
 * is the hourglass of an autoencoder, without an encoder the fan of a generator, with more columns the triangle of U-Net++.
 */
import type { Dim } from '../../ir/dim.js';
import { formatDim } from '../../ir/dim.js';
import type { DrawnBlock, NetworkDrawing } from '../drawing.js';
import { arrowTitle, blockTitle } from '../titles.js';
import { Grid } from './grid.js';
import { type Routed, routesOf } from './route.js';
import type { Point, SceneArrow, SceneBar, SceneBox, SceneText } from './scene.js';
import { mostChannelsOf, slabsOf } from './slabs.js';
import { fitted, fittedPath, textWidth } from './text-width.js';

export interface Placed {
  readonly boxes: readonly SceneBox[];
  readonly arrows: readonly SceneArrow[];
  readonly texts: readonly SceneText[];
  readonly bars: readonly SceneBar[];
  readonly width: number;
  readonly height: number;
}

export interface LayoutOptions {
  sizeText(dim: Dim): string;
  /** How much a block has of what colors show, from 0 to 1. */
  heatOf?: ((block: DrawnBlock) => number | undefined) | undefined;
}

const margin = 16;
const tallest = 128;
const lowest = 34;
/** Of a vector, which has no pixels. */
const vectorHeight = 26;
const gapWidth = 22;
const trackWidth = 7;
const laneHeight = 8;
const rowGap = 18;
const lineHeight = 13;
const widestLabel = 104;
const arrowSpread = 9;

interface Label {
  readonly text: string;
  readonly role: 'name' | 'size';
}

export function layoutU(drawing: NetworkDrawing, options: LayoutOptions): Placed {
  const grid = new Grid(drawing);
  const routes = routesOf(grid, drawing.edges);
  const mostChannels = mostChannelsOf(drawing.blocks);
  const shapes = drawing.blocks.map((block) => ({
    ...slabsOf(block, mostChannels, options.sizeText),
    labels: labelsOf(block, options.sizeText),
  }));
  const columnWidths = Array.from({ length: grid.columns }, () => 0);
  const rowLines = Array.from({ length: grid.rows }, () => 0);
  drawing.blocks.forEach((_, id) => {
    const { row, column } = grid.cells[id]!;
    const { width, labels } = shapes[id]!;
    const widths = labels.map(({ text, role }) => textWidth(text, role));
    columnWidths[column] = Math.max(columnWidths[column]!, width, ...widths);
    rowLines[row] = Math.max(rowLines[row]!, labels.length);
  });
  const lefts: number[] = [];
  let x = margin;
  columnWidths.forEach((width, column) => {
    lefts.push(x);
    x += width + gapWidth + trackWidth * routes.tracks[column]!;
  });
  const width = x - gapWidth - trackWidth * (routes.tracks.at(-1) ?? 0) + margin;
  const heights = rowHeights(drawing);
  const tops: number[] = [];
  let y = margin;
  heights.forEach((height, row) => {
    y += (routes.lanes[row]! > 0 ? laneHeight * routes.lanes[row]! + 4 : 0) + rowLines[row]! * lineHeight + 4;
    tops.push(y);
    y += height + rowGap;
  });
  const texts: SceneText[] = [];
  const boxes = drawing.blocks.map((block, id): SceneBox => {
    const { row, column } = grid.cells[id]!;
    const shape = shapes[id]!;
    const center = lefts[column]! + columnWidths[column]! / 2;
    shape.labels.forEach(({ text, role }, i) => {
      const line = shape.labels.length - i - 1;
      texts.push({ text, role, anchor: 'middle', x: center, y: tops[row]! - 5 - line * lineHeight });
    });
    return {
      block: id,
      x: center - shape.width / 2,
      y: tops[row]!,
      width: shape.width,
      height: heights[row]!,
      slabs: shape.slabs,
      title: blockTitle(block, options.sizeText),
      heat: options.heatOf?.(block),
      isConditioned: block.conditions.length > 0,
    };
  });
  const gapLefts = lefts.map((left, column) => left + columnWidths[column]!);
  const firstLane = (row: number) => tops[row]! - rowLines[row]! * lineHeight - 8;
  const arrows = new ArrowMaker(boxes, gapLefts, firstLane).arrows(drawing, routes.routed);
  return { boxes, arrows, texts, bars: [], width, height: y - rowGap + margin };
}

/** Rows between the finest and the coarsest resolution by the logarithm of their pixels. */
export function rowHeights({ levels }: NetworkDrawing): number[] {
  const logarithms = levels.flatMap(({ pixels, isVector }) => (isVector ? [] : [Math.log(pixels)]));
  const [top, bottom] = [Math.max(...logarithms), Math.min(...logarithms)];
  return levels.map(({ pixels, isVector }) => {
    if (isVector) return vectorHeight;
    if (top === bottom) return (tallest + lowest) / 2;
    return lowest + ((tallest - lowest) * (Math.log(pixels) - bottom)) / (top - bottom);
  });
}

export function labelsOf(block: DrawnBlock, sizeText: (dim: Dim) => string): Label[] {
  const { name, extent, role, isBottleneck } = block;
  const labels: Label[] = [];
  const title = name !== '' ? name : isBottleneck ? 'bottleneck' : '';
  if (title !== '')
    labels.push({ text: (role === 'layers' ? fittedPath : fitted)(title, 'name', widestLabel), role: 'name' });
  const { channels, sizes } = extent;
  const isEnd = role !== 'layers';
  if (channels !== undefined)
    labels.push({
      text: fitted(`${formatDim(channels)}${isEnd && sizes?.length === 0 ? '' : ' ch'}`, 'size', widestLabel),
      role: 'size',
    });
  if (sizes !== undefined && sizes.length > 0)
    labels.push(...sizeLines(sizes.map(sizeText)).map((text) => ({ text, role: 'size' as const })));
  return labels;
}

/** In one line, or where that is too wide a line for each axis. */
function sizeLines(texts: readonly string[]): string[] {
  const line = texts.join(' × ');
  if (texts.length === 1 || texts.length > 3 || textWidth(line, 'size') <= widestLabel)
    return [fitted(line, 'size', widestLabel)];
  return texts.map((text, i) => fitted(i < texts.length - 1 ? `${text} ×` : text, 'size', widestLabel));
}

/** From sides of boxes, each arrow where no other one ends. */
class ArrowMaker {
  private readonly ends = new Map<string, number>();

  constructor(
    private readonly boxes: readonly SceneBox[],
    /** By column: where the gap after it begins. */
    private readonly gaps: readonly number[],
    /** By row: the height of the first lane above its labels. */
    private readonly firstLane: (row: number) => number,
  ) {}

  arrows({ blocks }: NetworkDrawing, routed: readonly Routed[]): SceneArrow[] {
    return routed.map((item) => {
      const { edge } = item;
      const { from, to, kind, join } = edge;
      return { from, to, kind, join, points: this.points(item), title: arrowTitle(edge, blocks[from]!, blocks[to]!) };
    });
  }

  private points({ edge, from, to, route, lane, first, second }: Routed): Point[] {
    const source = this.boxes[edge.from]!;
    const target = this.boxes[edge.to]!;
    const isSkip = edge.kind === 'skip';
    const right = source.x + source.width;
    if (route === 'straight') {
      const y = source.y + source.height * (isSkip ? 0.3 : 0.5);
      return [
        { x: right, y },
        { x: target.x, y },
      ];
    }
    const exit = source.y + source.height * (isSkip ? 0.6 : 0.75);
    if (route === 'down') {
      const x = right - Math.min(source.width / 2, 6) - this.next(`bottom ${edge.from}`) * arrowSpread;
      const y = this.entry(edge.to, isSkip);
      return [
        { x, y: source.y + source.height },
        { x, y },
        { x: target.x, y },
      ];
    }
    if (route === 'up') {
      const x = target.x + Math.min(target.width / 2, 6) + this.next(`under ${edge.to}`) * arrowSpread;
      return [
        { x: right, y: exit },
        { x, y: exit },
        { x, y: target.y + target.height },
      ];
    }
    const x = this.gaps[from.column]! + gapWidth * 0.35 + first * trackWidth;
    const y = this.entry(edge.to, isSkip);
    if (route === 'gap') {
      return [
        { x: right, y: exit },
        { x, y: exit },
        { x, y },
        { x: target.x, y },
      ];
    }
    const laneY = this.firstLane(to.row) - lane * laneHeight;
    const back = this.gaps[to.column - 1]! + gapWidth * 0.35 + second * trackWidth;
    return [
      { x: right, y: exit },
      { x, y: exit },
      { x, y: laneY },
      { x: back, y: laneY },
      { x: back, y },
      { x: target.x, y },
    ];
  }

  /** Heights at the left side of a box, from the middle on; skips along the row have the upper part. */
  private entry(block: number, isSkip: boolean): number {
    const { y, height } = this.boxes[block]!;
    if (!isSkip) return y + height * 0.5;
    const count = this.next(`left ${block}`);
    return y + height * Math.min(0.95, 0.62 + 0.09 * count);
  }

  private next(key: string): number {
    const count = this.ends.get(key) ?? 0;
    this.ends.set(key, count + 1);
    return Math.min(count, 4);
  }
}
