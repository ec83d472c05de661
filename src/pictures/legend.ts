/** Legends: what the colors of a mask mean, drawn under it. */

import { classShares, type Palette } from './class-mask.js';
import type { ClassNames } from './class-names.js';
import { type Picture, rgbBytes, type Size } from './picture.js';
import { type Canvas, capHeight, drawText, fillRectangle, lineHeight, type Rgb, textWidth } from './pixel-text.js';
import { formatShare } from './share.js';

export interface LegendEntry {
  readonly label: number;
  readonly name: string;
  readonly color: Rgb;
  /** Share of the pixels, in 0..1. */
  readonly share: number;
}

/** The classes of the mask with their colors, names and shares, the most frequent first. */
export function legendEntries(mask: Picture, palette: Palette, names: ClassNames = new Map()): LegendEntry[] {
  return classShares(mask).map(({ label, share }) => ({
    label,
    share,
    name: names.get(label) ?? `class ${label}`,
    color: palette[label] ?? [0, 0, 0],
  }));
}

const paper: Rgb = [255, 255, 255];
const ink: Rgb = [32, 32, 32];
const paleInk: Rgb = [112, 112, 112];
const frame: Rgb = [150, 150, 150];

/** Longer names are cut. */
const longestName = 28;

/** Further entries are counted in the last line. */
const mostEntries = 32;

/** Distances, in units of a letter's pixels. */
const margin = 5;
const gap = 4;
const shareGap = 8;
const columnGap = 12;
const lineGap = 3;
const swatch = { width: 12, height: capHeight + 2 } as const;

/**
 * The picture in RGB of 8 bits with its legend under it, on white: a swatch of each class's color, its name, and its share of
 * the pixels. The legend takes as many columns as fit; where the picture is narrower than one of them, white is at its right.
 */
export function addLegend(picture: Picture, entries: readonly LegendEntry[]): Picture {
  if (entries.length === 0) return picture;
  const lines = linesOf(entries);
  const nameWidth = Math.max(...lines.map(({ name }) => textWidth(name, 1)));
  const shareWidth = Math.max(...lines.map(({ share }) => textWidth(share, 1)));
  const columnWidth = swatch.width + gap + nameWidth + shareGap + shareWidth;
  const zoom = Math.max(1, Math.min(zoomFor(picture), Math.floor(picture.width / (columnWidth + 2 * margin))));
  const available = Math.floor(picture.width / zoom) - 2 * margin + columnGap;
  const columns = Math.max(1, Math.min(lines.length, Math.floor(available / (columnWidth + columnGap))));
  const rows = Math.ceil(lines.length / columns);
  const legendWidth = (2 * margin + columns * (columnWidth + columnGap) - columnGap) * zoom;
  const legendHeight = (2 * margin + rows * (lineHeight + lineGap) - lineGap) * zoom;
  const canvas = canvasWith(picture, Math.max(picture.width, legendWidth), picture.height + legendHeight);

  for (const [i, { name, share, color }] of lines.entries()) {
    const x = (margin + Math.floor(i / rows) * (columnWidth + columnGap)) * zoom;
    const y = picture.height + (margin + (i % rows) * (lineHeight + lineGap)) * zoom;
    if (color !== undefined) drawSwatch(canvas, x, y - zoom, zoom, color);
    drawText(canvas, name, x + (swatch.width + gap) * zoom, y, zoom, ink);
    drawText(canvas, share, x + columnWidth * zoom - textWidth(share, zoom), y, zoom, paleInk);
  }
  return { ...canvas, channels: 3 };
}

interface Line {
  readonly name: string;
  readonly share: string;
  readonly color?: Rgb;
}

function linesOf(entries: readonly LegendEntry[]): Line[] {
  const shown = entries.length > mostEntries ? entries.slice(0, mostEntries - 1) : entries;
  const lines: Line[] = shown.map(({ name, share, color }) => ({
    name: shortened(name),
    share: formatShare(share),
    color,
  }));
  const rest = entries.slice(shown.length);
  if (rest.length > 0) {
    const share = rest.reduce((sum, entry) => sum + entry.share, 0);
    lines.push({ name: `${rest.length} more`, share: formatShare(share) });
  }
  return lines;
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length <= longestName ? name : `${characters.slice(0, longestName - 3).join('')}...`;
}

/** The zoom at which letters are readable on small pictures and in proportion on large ones. */
function zoomFor({ width }: Size): number {
  return width < 160 ? 1 : Math.min(8, 2 + Math.floor(width / 640));
}

function drawSwatch(canvas: Canvas, x: number, y: number, zoom: number, color: Rgb): void {
  fillRectangle(canvas, x, y, swatch.width * zoom, swatch.height * zoom, frame);
  fillRectangle(canvas, x + 1, y + 1, swatch.width * zoom - 2, swatch.height * zoom - 2, color);
}

/** White, with the picture in its upper left corner. */
function canvasWith(picture: Picture, fullWidth: number, fullHeight: number): Canvas {
  const { width, height } = picture;
  const rgb = rgbBytes(picture);
  const canvas = { width: fullWidth, height: fullHeight, data: new Uint8Array(fullWidth * fullHeight * 3) };
  fillRectangle(canvas, 0, 0, fullWidth, fullHeight, paper);
  for (let y = 0; y < height; y++) canvas.data.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * fullWidth * 3);
  return canvas;
}
