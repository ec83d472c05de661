/** Layers in words and pictures. */
import { printable } from '../../diagnostics/printable.js';
import { nodeLabel } from '../../diagnostics.js';
import { explainLayers } from '../../explain/explain.js';
import type { LayerExplanation } from '../../explain/explanation.js';
import { explanationPage, type PageSection } from '../../explain/picture/page.js';
import { picturesOf } from '../../explain/picture/pictures.js';
import { layerWords } from '../../explain/words/words.js';
import { plainText, renderLayer } from '../../report/explain-text.js';
import type { ExplainedView, ExplainRequest, Sizes } from '../protocol.js';
import { svgDocument } from './svg-document.js';
import type { Workbench } from './workbench.js';

export function explained(bench: Workbench, { node: place, sizes }: ExplainRequest): ExplainedView {
  const { model } = bench.opened;
  const node = model.graph.nodes[place];
  if (node === undefined) throw new TypeError(`the graph has no node ${place}`);
  const { layers, unexplained } = explainLayers(model, bench.check(sizes).inference, [node]);
  const [layer] = layers;
  if (layer !== undefined) {
    const { pictures, ...section } = sectionOf(layer);
    return { ...section, pictures: pictures.map((picture) => ({ ...picture, svg: svgDocument(picture.svg) })) };
  }
  const reason = unexplained[0]?.reason ?? 'is not explained';
  return { heading: printable(nodeLabel(node)), words: printable(`It ${reason}.`), pictures: [] };
}

/** A page with all layers that change sizes. */
export function explanations(bench: Workbench, sizes: Sizes): string {
  const { layers } = explainLayers(bench.opened.model, bench.check(sizes).inference);
  return explanationPage(bench.title, layers.map(sectionOf));
}

function sectionOf(layer: LayerExplanation): PageSection {
  const [, ...words] = renderLayer(layer, plainText, lineLength).trimEnd().split('\n');
  return { heading: layerWords(layer).heading, words: words.join('\n'), pictures: picturesOf(layer) };
}

const lineLength = 80;
