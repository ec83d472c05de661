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
const labelGap = 7;

export async function layoutFlow(drawing: NetworkDrawing, options: LayoutOptions): Promise<Placed> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'TB', ranksep: 26, nodesep: 22, edgesep: 12, marginx: margin, marginy: margin });
  const mostChannels = mostChannelsOf(drawing.blocks);
  const shapes = drawing.blocks.map((block) => ({
    ...slabsOf(block, mostChannels, options.sizeText),
    labels: labelsOf(block, options.sizeText),
  }));
  const labelWidths = shapes.map(({ labels }) => Math.max(0, ...labels.map(({ text, role }) => textWidth(text, role))));
  shapes.forEach(({ width, labels }, id) => {
    graph.setNode(String(id), {
      // As much room on the left as labels take on the right, so that boxes of a chain are in line.
      width: width + 2 * (labelGap + labelWidths[id]!),
      height: Math.max(boxHeight, labels.length * lineHeight),
    });
  });
  for (const { from, to, kind } of drawing.edges)
    graph.setEdge(String(from), String(to), { weight: kind === 'main' ? 4 : 1 });
  layout(graph);
  const places = drawing.blocks.map(({ id }) => graph.node(String(id)) as Place);
  const texts: SceneText[] = [];
  const boxes = drawing.blocks.map((block, id): SceneBox => {
    const place = places[id]!;
    const { labels, slabs, width } = shapes[id]!;
    const left = place.x - width / 2;
    labels.forEach(({ text, role }, i) => {
      const y = place.y + (i - labels.length / 2) * lineHeight + 10;
      texts.push({ text, role, anchor: 'start', x: left + width + labelGap, y });
    });
    return {
      block: id,
      x: left,
      y: place.y - boxHeight / 2,
      width,
      height: boxHeight,
      slabs,
      title: blockTitle(block, options.sizeText),
      heat: options.heatOf?.(block),
      isConditioned: block.conditions.length > 0,
    };
  });
  const bands = bandsOf(places);
  const arrows = drawing.edges.map((edge): SceneArrow => {
    const { from, to, kind, join } = edge;
    const { points: bends } = graph.edge(String(from), String(to)) as { points: Point[] };
    const ends = [boxes[from]!, boxes[to]!].map(({ x, width }) => x + width / 2) as [number, number];
    const way = [{ x: ends[0], y: places[from]!.y }, ...bends.slice(1, -1), { x: ends[1], y: places[to]!.y }];
    const points = upright(way, bands).map((point, i, all) => {
      if (i === 0) return { ...point, y: boxes[from]!.y + boxHeight };
      return i === all.length - 1 ? { ...point, y: boxes[to]!.y } : point;
    });
    return { from, to, kind, join, points, title: arrowTitle(edge, drawing.blocks[from]!, drawing.blocks[to]!) };
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  // Edges may bend beyond the boxes.
  const bends = arrows.flatMap(({ points }) => points.map(({ x }) => x));
  const least = bends.reduce((a, b) => Math.min(a, b), margin);
  const most = bends.reduce((a, b) => Math.max(a, b), width - margin);
  const move = <T extends Point>(item: T): T => ({ ...item, x: item.x + margin - least });
  return {
    boxes: boxes.map(move),
    arrows: arrows.map((arrow) => ({ ...arrow, points: arrow.points.map(move) })),
    texts: texts.map(move),
    bars: [],
    width: most - least + 2 * margin,
    height,
  };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
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
