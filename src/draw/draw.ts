/** Draws a network: its graph becomes data, the data a scene, the scene a text. */
import type { Bindings } from '../ir/dim.js';
import type { Model } from '../ir/graph.js';
import { type BuiltDrawing, buildDrawing, type LevelOfDetail } from './build.js';
import type { NetworkDrawing } from './drawing.js';
import { type DrawColor, heatOf } from './heat.js';
import { renderHtml } from './html.js';
import { nodeTimes, type ProfileTrace } from './profile.js';
import { type DrawStyle, sceneOf } from './scene.js';
import { renderSvg } from './svg.js';
import type { DrawTheme } from './theme.js';

export interface DrawOptions {
  /** `html` is a page around the picture, with the layers as a table (default: `svg`). */
  readonly format?: 'svg' | 'html' | undefined;
  /** Default: the U where the network is one, otherwise the graph in layers (`flow`). */
  readonly style?: DrawStyle | undefined;
  /** Default: `blocks`, where layers that follow each other at one resolution are one box. */
  readonly levelOfDetail?: LevelOfDetail | undefined;
  /** Default: light or dark as the reader prefers, and the one for print where it is printed. */
  readonly theme?: DrawTheme | undefined;
  /** Sizes for open symbols; those without one are written as expressions. */
  readonly dims?: Bindings | undefined;
  /** What colors show (default: kinds of layers; with `profile` the time). */
  readonly color?: DrawColor | undefined;
  /** A trace of a run, for `color: 'time'`. */
  readonly profile?: ProfileTrace | undefined;
  /** Above the picture (default: the graph's name). */
  readonly title?: string | undefined;
}

export interface DrawnNetwork {
  /** The picture, or the page. */
  readonly text: string;
  readonly network: NetworkDrawing;
  /** The style that it is drawn in. */
  readonly style: DrawStyle;
  /** Milliseconds of the profile's steps, and of those that belong to nodes of the network; undefined without a profile. */
  readonly profiled: { readonly total: number; readonly known: number } | undefined;
}

/**
 * @throws TypeError where colors are to show time and there is no profile
 */
export async function draw(model: Model, options: DrawOptions = {}): Promise<DrawnNetwork> {
  const { format = 'svg', levelOfDetail = 'blocks', dims = new Map(), theme, profile } = options;
  const built = buildDrawing(model.graph, { dims, levelOfDetail });
  const { drawing, sizeText } = built;
  const color = options.color ?? (profile === undefined ? undefined : 'time');
  if (color === 'time' && profile === undefined) throw new TypeError("color 'time' needs a profile");
  const times = profile && nodeTimes(profile, drawing.blocks);
  const heat = color && heatOf(drawing, color, (block) => times?.of(block) ?? 0);
  const style = options.style ?? fittingStyle(built);
  const title = options.title ?? (drawing.name || 'network');
  const svg = renderSvg(await sceneOf({ drawing, sizeText, title, style, heat }), theme);
  const text = format === 'svg' ? svg : renderHtml({ svg, drawing, sizeText, title, theme });
  return { text, network: drawing, style, profiled: times && { total: times.total, known: times.known } };
}

/** More rows and columns are no U that anybody would recognize. */
const mostLevels = 12;
const mostBlocks = 60;
/** Blocks in a row, where there are so few rows that it is no U. */
const longestChain = 10;
const fewLevels = 2;
/** A U's skips stay at their resolution, but for some. */
const mostCrossing = 1 / 3;

function fittingStyle({ drawing }: BuiltDrawing): DrawStyle {
  const { blocks, levels, edges } = drawing;
  const layers = blocks.filter(({ role }) => role === 'layers');
  if (layers.length > mostBlocks || levels.length > mostLevels) return 'flow';
  if (levels.length <= fewLevels) return layers.length > longestChain * levels.length ? 'flow' : 'u';
  const skips = edges.filter(({ kind }) => kind === 'skip');
  const crossing = skips.filter(({ from, to }) => blocks[from]!.level !== blocks[to]!.level);
  return crossing.length > 4 && crossing.length > mostCrossing * skips.length ? 'flow' : 'u';
}
