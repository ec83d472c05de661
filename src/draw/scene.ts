/** A drawing laid out in the style that is asked for, or that fits it, with its title and legend around it. */
import { counted } from '../diagnostics/units.js';
import { type Dim, hasUnknown } from '../ir/dim.js';
import { countText } from './amounts.js';
import type { NetworkDrawing } from './drawing.js';
import type { Heat } from './heat.js';
import { legendOf } from './layout/legend.js';
import type { Scene } from './layout/scene.js';
import { fitted, textWidth } from './layout/text-width.js';
import { layoutU, type Placed } from './layout/u.js';
import { shortName } from './titles.js';

export type DrawStyle = 'u' | 'flow' | 'table';
export const styles: readonly DrawStyle[] = ['u', 'flow', 'table'];

export interface SceneRequest {
  readonly drawing: NetworkDrawing;
  sizeText(dim: Dim): string;
  /** What the title says. */
  readonly title: string;
  readonly style: DrawStyle;
  readonly heat: Heat | undefined;
}

const margin = 16;
const titleHeight = 46;
const leastWidth = 480;

export async function sceneOf(request: SceneRequest): Promise<Scene> {
  const { drawing, style, heat, sizeText } = request;
  const placed = await layout(style, drawing, { sizeText, heatOf: heat?.of });
  const width = Math.max(leastWidth, placed.width);
  const left = (width - placed.width) / 2;
  const move = <T extends { readonly x: number; readonly y: number }>(item: T): T => ({
    ...item,
    x: item.x + left,
    y: item.y + titleHeight,
  });
  const legend = legendOf({
    drawing,
    x: margin,
    y: titleHeight + placed.height + 12,
    width: width - 2 * margin,
    heat: heat?.scale,
    hasArrows: placed.arrows.length > 0,
  });
  const title = fitted(request.title, 'title', width - 2 * margin);
  const subtitle = subtitleOf(drawing).reduce((text, part) => {
    const longer = text === '' ? part : `${text}, ${part}`;
    return textWidth(longer, 'subtitle') > width - 2 * margin ? text : longer;
  }, '');
  return {
    width,
    height: legend.bottom + margin,
    title: shortName(request.title),
    description: descriptionOf(drawing),
    boxes: placed.boxes.map(move),
    arrows: [...placed.arrows.map((arrow) => ({ ...arrow, points: arrow.points.map(move) })), ...legend.arrows],
    bars: [...placed.bars.map(move), ...legend.bars],
    texts: [
      { x: margin, y: 24, text: title, role: 'title', anchor: 'start' },
      { x: margin, y: 41, text: subtitle, role: 'subtitle', anchor: 'start' },
      ...placed.texts.map(move),
      ...legend.texts,
    ],
  };
}

async function layout(
  style: DrawStyle,
  drawing: NetworkDrawing,
  options: Parameters<typeof layoutU>[1],
): Promise<Placed> {
  if (style === 'flow') return (await import('./layout/flow.js')).layoutFlow(drawing, options);
  if (style === 'table') return (await import('./layout/table.js')).layoutTable(drawing, options);
  return layoutU(drawing, options);
}

function subtitleOf({ totals, aliases, sizesFor }: NetworkDrawing): string[] {
  return [
    `${countText(totals.parameters)} parameters`,
    ...(totals.macs === undefined || hasUnknown(totals.macs) ? [] : [`${countText(totals.macs)} MACs`]),
    ...(sizesFor === undefined ? [] : [`sizes for ${sizesFor}`]),
    ...aliases.map(({ alias, name }) => `${alias} is ${shortName(name)}`),
  ];
}

/** What there is to see, in words. */
function descriptionOf(drawing: NetworkDrawing): string {
  const { blocks, levels, edges, totals } = drawing;
  const layers = blocks.filter(({ role }) => role === 'layers');
  const skips = edges.filter(({ kind }) => kind === 'skip').length;
  return `${counted(totals.nodes, 'operator')} in ${counted(layers.length, 'block')} at ${counted(levels.length, 'resolution')}, with ${counted(skips, 'skip')}. ${subtitleOf(drawing).join(', ')}.`;
}
