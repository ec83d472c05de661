/** {@link drawNetwork}, which loads what draws when it is called. */
import type { Model } from '../ir/graph.js';
import { registerAllOperators } from '../ops/index.js';
import type { DrawnNetwork, DrawOptions } from './draw.js';

/**
 * The network as people draw it in papers, as SVG or as a page: a row for each resolution, blocks of layers as boxes, skips
 * as arrows; the graph in layers where it is no such network; or a table. What it shows is data as well (`network`). The
 * same model and options give the same text.
 * @param options `dims` gives sizes to symbols, `color` is what colors show, `profile` a trace of a run for that
 * @throws TypeError where colors are to show time and there is no profile
 */
export async function drawNetwork(model: Model, options?: DrawOptions): Promise<DrawnNetwork> {
  registerAllOperators();
  const { draw } = await import('./draw.js');
  return draw(model, options);
}
