/** The network as a picture. */
import { nodeLabel } from '../../diagnostics.js';
import { type DrawnNetwork, draw } from '../../draw/draw.js';
import type { DrawnView, DrawRequest, Sizes } from '../protocol.js';
import { svgDocument } from './svg-document.js';
import type { Workbench } from './workbench.js';

export async function drawing(bench: Workbench, request: DrawRequest): Promise<DrawnView> {
  const { model } = bench.opened;
  const { text, network } = await drawn(bench, request);
  const places = new Map(model.graph.nodes.map((node, place) => [nodeLabel(node), place]));
  return {
    svg: svgDocument(text),
    blocks: network.blocks.map(({ nodes }) => nodes.flatMap((label) => places.get(label) ?? [])),
  };
}

/** The drawing as a file. */
export async function drawingText(bench: Workbench, request: DrawRequest): Promise<string> {
  return (await drawn(bench, request)).text;
}

function drawn(bench: Workbench, { sizes, detail, byTime }: DrawRequest): Promise<DrawnNetwork> {
  const profile = byTime ? bench.last?.trace : undefined;
  const options = { dims: sizes, levelOfDetail: detail, title: bench.title, profile };
  return draw(bench.opened.model, { ...options, format: 'svg' });
}

/** A page around the drawing, with the blocks as a table. */
export async function drawingPage(bench: Workbench, sizes: Sizes): Promise<string> {
  const { text } = await draw(bench.opened.model, { dims: sizes, title: bench.title, format: 'html' });
  return text;
}
