/**
 * A scene as SVG. Text is text; every box and arrow has a title for who points or listens; names are escaped here and
 * nowhere else.
 */
import { escapeText } from '../diagnostics/markup.js';
import type { Point, Scene, SceneArrow, SceneBar, SceneBox, SceneText } from './layout/scene.js';
import { type DrawTheme, heatSteps, styleSheet } from './theme.js';

/** @param theme undefined: what the reader prefers */
export function renderSvg(scene: Scene, theme: DrawTheme | undefined): string {
  const { width, height, title, description } = scene;
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="drawing-title drawing-description">`,
    `<title id="drawing-title">${escaped(title)}</title>`,
    `<desc id="drawing-description">${escaped(description)}</desc>`,
    `<style>${styleSheet(theme)}</style>`,
    ...(theme === 'light' || theme === 'dark' ? [] : [hatches]),
    `<rect class="background" width="${w}" height="${h}"/>`,
    ...scene.bars.map(barText),
    ...scene.arrows.map(arrowText),
    ...scene.boxes.map(boxText),
    ...scene.texts.map(textText),
    '</svg>\n',
  ].join('\n');
}

const hatches = `<defs>${[
  ['hatch', 'M0 6L6 0M-1 1L1 -1M5 7L7 5'],
  ['cross', 'M0 6L6 0M0 0L6 6'],
  ['dots', 'M2.5 3h1'],
  ['waves', 'M0 3q1.5 -3 3 0t3 0'],
  ['lines', 'M0 1.5h6M0 4.5h6'],
]
  .map(
    ([id, path]) =>
      `<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#fff"/><path d="${path}" fill="none" stroke="#000" stroke-width=".8"/></pattern>`,
  )
  .join('')}</defs>`;

/** As XML text and attributes, in lines as it is. */
export function escaped(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

function num(value: number): string {
  return String(Number(value.toFixed(1)));
}

function heatClass(heat: number): string {
  return `h${Math.min(heatSteps - 1, Math.max(0, Math.floor(heat * heatSteps)))}`;
}

function boxText({ x, y, width, height, slabs, title, heat, isConditioned, block }: SceneBox): string {
  const parts = slabs.map((slab) => {
    const kind = heat === undefined ? `k-${slab.kind}` : heatClass(heat);
    const own = slab.title === '' ? '' : `<title>${escaped(slab.title)}</title>`;
    const rect = `<rect class="slab ${slab.kind === 'times' ? 'k-times' : kind}" x="${num(x + slab.x)}" y="${num(y)}" width="${num(slab.width)}" height="${num(height)}">${own}</rect>`;
    const line = slab.profile?.map((point) => ({
      x: x + slab.x + 5 + point.x * (slab.width - 10),
      y: y + 6 + point.y * (height - 12),
    }));
    const path = line === undefined ? '' : `<path class="profile" d="${pathOf(line)}"/>`;
    if (slab.text === undefined) return rect + path;
    return `${rect}${path}<text class="inside" x="${num(x + slab.x + slab.width / 2)}" y="${num(y + height / 2 + 3.5)}" text-anchor="middle">${escaped(slab.text)}</text>`;
  });
  parts.push(`<rect class="outline" x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}"/>`);
  if (isConditioned === true)
    parts.push(`<circle class="condition" cx="${num(x + width / 2)}" cy="${num(y + height)}" r="3"/>`);
  return `<g class="box" data-block="${block}"><title>${escaped(title)}</title>${parts.join('')}</g>`;
}

function arrowText({ from, to, points, kind, join, title }: SceneArrow): string {
  const classes = ['arrow', kind, ...(join === undefined ? [] : [`j-${join}`])].join(' ');
  const [before, end] = points.slice(-2) as [Point, Point];
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corner = (back: number, side: number) =>
    `${num(end.x - back * cos + side * sin)},${num(end.y - back * sin - side * cos)}`;
  const line = [...points.slice(0, -1), { x: end.x - 5 * cos, y: end.y - 5 * sin }];
  return `<g class="${classes}" data-from="${from}" data-to="${to}"><title>${escaped(title)}</title><path d="${roundedPath(line)}"/><polygon points="${corner(0, 0)} ${corner(7, 3.2)} ${corner(7, -3.2)}"/></g>`;
}

function textText({ x, y, text, role, anchor }: SceneText): string {
  const align = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="${role}" x="${num(x)}" y="${num(y)}"${align}>${escaped(text)}</text>`;
}

function barText({ x, y, width, height, kind, heat }: SceneBar): string {
  const color =
    kind === 'rule' || kind === 'stripe'
      ? kind
      : heat !== undefined
        ? `bar ${heatClass(heat)}`
        : `bar k-${kind === 'bar' ? 'other' : kind}`;
  return `<rect class="${color}" x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}"/>`;
}

function pathOf(points: readonly Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${num(x)} ${num(y)}`).join('');
}

const radius = 5;

/** Corners of horizontal and vertical lines are round. */
function roundedPath(points: readonly Point[]): string {
  if (points.length < 3) return pathOf(points);
  const parts = [`M${num(points[0]!.x)} ${num(points[0]!.y)}`];
  for (let i = 1; i < points.length - 1; i++) {
    const [before, corner, after] = points.slice(i - 1, i + 2) as [Point, Point, Point];
    const start = towards(corner, before);
    const end = towards(corner, after);
    parts.push(`L${num(start.x)} ${num(start.y)}Q${num(corner.x)} ${num(corner.y)} ${num(end.x)} ${num(end.y)}`);
  }
  const last = points.at(-1)!;
  return `${parts.join('')}L${num(last.x)} ${num(last.y)}`;
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
