/** Graphs that are no U: ranks from top to bottom, by dagre. */
import type { NetworkDrawing } from '../drawing.js';
import { arrowTitle, blockTitle } from '../titles.js';
import type { Point, SceneArrow, SceneBox, SceneText } from './scene.js';
import { mostChannelsOf, slabsOf } from './slabs.js';
import { textWidth } from './text-width.js';
import { type LayoutOptions, labelsOf, type Placed } from './u.js';

const margin = 16;
const boxHeight = 30;
const lineHeight = 13;

export async function layoutFlow(drawing: NetworkDrawing, options: LayoutOptions): Promise<Placed> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'TB', ranksep: 26, nodesep: 22, edgesep: 12, marginx: margin, marginy: margin });
  const mostChannels = mostChannelsOf(drawing.blocks);
  const shapes = drawing.blocks.map((block) => ({
    ...slabsOf(block, mostChannels, options.sizeText),
    labels: labelsOf(block, options.sizeText),
  }));
  shapes.forEach(({ width, labels }, id) => {
    graph.setNode(String(id), {
      width: Math.max(width, ...labels.map(({ text, role }) => textWidth(text, role))),
      height: boxHeight + labels.length * lineHeight + 4,
    });
  });
  for (const { from, to, kind } of drawing.edges)
    graph.setEdge(String(from), String(to), { weight: kind === 'main' ? 4 : 1 });
  layout(graph);
  const texts: SceneText[] = [];
  const boxes = drawing.blocks.map((block, id): SceneBox => {
    const place = graph.node(String(id)) as { x: number; y: number; height: number };
    const { labels, slabs, width } = shapes[id]!;
    const top = place.y - place.height / 2;
    labels.forEach(({ text, role }, i) => {
      texts.push({ text, role, anchor: 'middle', x: place.x, y: top + (i + 1) * lineHeight - 2 });
    });
    return {
      block: id,
      x: place.x - width / 2,
      y: top + labels.length * lineHeight + 4,
      width,
      height: boxHeight,
      slabs,
      title: blockTitle(block, options.sizeText),
      heat: options.heatOf?.(block),
      isConditioned: block.conditions.length > 0,
    };
  });
  const bands = bandsOf(drawing.blocks.map(({ id }) => graph.node(String(id)) as { y: number; height: number }));
  const arrows = drawing.edges.map((edge): SceneArrow => {
    const { from, to, kind, join } = edge;
    const { points: bends } = graph.edge(String(from), String(to)) as { points: Point[] };
    const points = upright(bends, bands);
    return { from, to, kind, join, points, title: arrowTitle(edge, drawing.blocks[from]!, drawing.blocks[to]!) };
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { boxes, arrows, texts, bars: [], width, height };
}

interface Band {
  readonly center: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the boxes of each rank are, with their labels. */
function bandsOf(nodes: readonly { readonly y: number; readonly height: number }[]): Band[] {
  const heights = new Map<number, number>();
  for (const { y, height } of nodes) heights.set(y, Math.max(height, heights.get(y) ?? 0));
  return [...heights].map(([y, height]) => ({ center: y, top: y - height / 2, bottom: y + height / 2 }));
}

/** Lines that go straight down wherever there are boxes beside them, and aslant only between ranks. */
function upright(points: readonly Point[], bands: readonly Band[]): Point[] {
  const upright: Point[] = [];
  for (const [i, { x, y }] of points.entries()) {
    const band = bands.find(({ top, bottom }) => y >= top - 0.5 && y <= bottom + 0.5);
    if (band === undefined) upright.push({ x, y });
    else if (i === 0) upright.push({ x, y }, { x, y: band.bottom });
    else if (i === points.length - 1) upright.push({ x, y: band.top }, { x, y });
    else upright.push({ x, y: band.top }, { x, y: band.bottom });
  }
  return upright.filter(({ x, y }, i) => i === 0 || x !== upright[i - 1]?.x || y !== upright[i - 1]?.y);
}
