/** {@link explainModel} and {@link explainByHand}, which load what explains when they are called. */
import { infer } from '../infer/infer.js';
import type { Bindings } from '../ir/dim.js';
import type { Model, Node } from '../ir/graph.js';
import { registerAllOperators } from '../ops/index.js';
import type { LayerExplanations } from './explain.js';
import type { ConvTransposeExplanation, Framework } from './explanation.js';
import type { HandLayer } from './frameworks/form.js';

export interface ExplainOptions {
  /** Sizes for the symbols in the shapes of the inputs; without them formulas keep the symbols. */
  readonly bindings?: Bindings;
  /** The nodes to explain (default: all that change the size of what they get). */
  readonly nodes?: readonly Node[];
}

/**
 * Says of the layers of `model` how they change sizes, as plain data: of a ConvTranspose its four steps, formula,
 * subconvolutions, overlap and the words of each framework; of strided Conv and pooling, Resize and MaxUnpool what there is to
 * say; of all the receptive field in each input. What `unstride explain --json` prints (schemas/explain.schema.json).
 */
export async function explainModel(model: Model, options: ExplainOptions = {}): Promise<LayerExplanations> {
  registerAllOperators();
  const { explainLayers } = await import('./explain.js');
  const { bindings, nodes } = options;
  return explainLayers(model, infer(model.graph, bindings === undefined ? {} : { bindings }), nodes);
}

/**
 * Says the same of a transposed convolution that is given by hand, and computes it on small numbers. It has one channel and
 * batch 1.
 * @param framework whose parameters these are (default: `onnx`)
 * @throws HandLayerError for what the framework does not take, ProblemError where nothing is left of the output
 */
export async function explainByHand(
  layer: HandLayer,
  framework: Framework = 'onnx',
): Promise<ConvTransposeExplanation> {
  const by = await import('./by-hand.js');
  return by.explainByHand(layer, framework);
}
