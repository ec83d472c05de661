/** What colors and arrows mean, in lines below the drawing; only what is in it. */
import type { LayerKind, NetworkDrawing, SkipJoin } from '../drawing.js';
import { heatSteps } from '../theme.js';
import { joinWords, kindWords } from '../titles.js';
import type { SceneArrow, SceneBar, SceneText } from './scene.js';
import { textWidth } from './text-width.js';

export interface HeatScale {
  /** `MACs, from 0 to 1.2 G`. */
  readonly least: string;
  readonly most: string;
}

export interface LegendRequest {
  readonly drawing: NetworkDrawing;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly heat: HeatScale | undefined;
  readonly hasArrows: boolean;
}

export interface Legend {
  readonly bars: SceneBar[];
  readonly texts: SceneText[];
  readonly arrows: SceneArrow[];
  /** Where it ends. */
  readonly bottom: number;
}

const lineHeight = 20;
const swatch = 14;
const sample = 30;
const stepWidth = 16;

export function legendOf({ drawing, x: left, y: top, width, heat, hasArrows }: LegendRequest): Legend {
  const bars: SceneBar[] = [];
  const texts: SceneText[] = [];
  const arrows: SceneArrow[] = [];
  let x = left;
  let y = top;
  /** @returns where the item begins */
  const take = (need: number): number => {
    if (x > left && x + need > left + width) {
      x = left;
      y += lineHeight;
    }
    const at = x;
    x += need + 18;
    return at;
  };
  const say = (at: number, text: string) => texts.push({ x: at, y: y + 4, text, role: 'legend', anchor: 'start' });
  if (heat === undefined) {
    for (const kind of kindsIn(drawing)) {
      const text = kindWords[kind];
      const at = take(swatch + 6 + textWidth(text, 'legend'));
      bars.push({ kind, x: at, y: y - 7, width: swatch, height: swatch });
      say(at + swatch + 6, text);
    }
  } else {
    const labels = [heat.least, heat.most].map((text) => textWidth(text, 'legend'));
    const at = take(labels[0]! + labels[1]! + heatSteps * stepWidth + 12);
    say(at, heat.least);
    const start = at + labels[0]! + 6;
    for (let i = 0; i < heatSteps; i++)
      bars.push({
        kind: 'bar',
        heat: (i + 0.5) / heatSteps,
        x: start + i * stepWidth,
        y: y - 7,
        width: stepWidth,
        height: swatch,
      });
    say(start + heatSteps * stepWidth + 6, heat.most);
  }
  if (hasArrows) {
    for (const join of joinsIn(drawing)) {
      const text = joinWords[join];
      const at = take(sample + 6 + textWidth(text, 'legend'));
      const points = [
        { x: at, y },
        { x: at + sample, y },
      ];
      arrows.push({ from: -1, to: -1, kind: 'skip', join, points, title: text });
      say(at + sample + 6, text);
    }
    if (drawing.blocks.some(({ conditions }) => conditions.length > 0)) {
      const text = '● conditioned by a vector';
      say(take(textWidth(text, 'legend')), text);
    }
  }
  return { bars, texts, arrows, bottom: y + lineHeight - 8 };
}

function kindsIn({ blocks }: NetworkDrawing): LayerKind[] {
  const found = new Set(blocks.flatMap(({ layers }) => layers.map(({ kind }) => kind)));
  return (Object.keys(kindWords) as LayerKind[]).filter((kind) => found.has(kind));
}

function joinsIn({ edges }: NetworkDrawing): SkipJoin[] {
  const found = new Set(edges.flatMap(({ join }) => join ?? []));
  return (Object.keys(joinWords) as SkipJoin[]).filter((join) => found.has(join));
}
