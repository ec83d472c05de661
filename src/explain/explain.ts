/** Explains the layers of a model that change the size of what they get: all of them, or those that are asked for. */
import { ProblemError } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { DimTooComplexError } from '../ir/dim.js';
import { type Model, type Node, referenceTo } from '../ir/graph.js';
import { ExplainContext } from './context.js';
import type { LayerExplanation } from './explanation.js';
import { InputFields } from './fields.js';
import { explainedOperators, explainNode, type NodeExplanation } from './nodes.js';

/** A node that cannot be explained, and why, in words that follow its name. */
export interface Unexplained {
  readonly node: Node;
  readonly reason: string;
}

export interface LayerExplanations {
  readonly layers: readonly LayerExplanation[];
  readonly unexplained: readonly Unexplained[];
}

/**
 * Explains `nodes` of the model, or without them every ConvTranspose, MaxUnpool, Resize and Upsample, and every Conv and
 * pooling with a stride above 1. What inference found wrong is in its diagnostics; such nodes are among `unexplained`.
 */
export function explainLayers(model: Model, inference: Inference, nodes?: readonly Node[]): LayerExplanations {
  const context = new ExplainContext(model, inference);
  const fields = new InputFields(context);
  const layers: LayerExplanation[] = [];
  const unexplained: Unexplained[] = [];
  for (const node of nodes ?? context.facts.nodes()) {
    const found = explained(context, node);
    if (typeof found === 'string') {
      if (nodes !== undefined || isAlwaysExplained(node)) unexplained.push({ node, reason: found });
      continue;
    }
    if (nodes === undefined && !isAlwaysExplained(node) && !isStrided(found)) continue;
    const [input, output] = [node.inputs[0], node.outputs[0]];
    layers.push({
      ...found,
      node: referenceTo(node),
      input: input?.name ?? null,
      output: output?.name ?? null,
      fields: output === undefined ? [] : fields.of(output),
    });
  }
  return { layers, unexplained };
}

/** The nodes that {@link explainLayers} explains where none are named. */
export function listedNodes(model: Model, inference: Inference): readonly Node[] {
  const context = new ExplainContext(model, inference);
  return [...context.facts.nodes()].filter((node) => {
    if (isAlwaysExplained(node)) return true;
    const found = explained(context, node);
    return typeof found !== 'string' && isStrided(found);
  });
}

function explained(context: ExplainContext, node: Node): NodeExplanation | string {
  if (node.domain !== '' || !explainedOperators.includes(node.opType))
    return `is ${article(node.opType)}, and what is explained is ${explainedOperators.join(', ')}`;
  try {
    return explainNode(context, node) ?? 'has a shape or a kernel size that is not known before a run';
  } catch (error) {
    if (error instanceof ProblemError) return `is at fault: ${error.problem.message}`;
    if (error instanceof DimTooComplexError) return 'has sizes that are too long to write: give some with --dim';
    throw error;
  }
}

function article(operator: string): string {
  return `${/^[AEIOU]/.test(operator) ? 'an' : 'a'} ${operator}`;
}

function isAlwaysExplained({ domain, opType }: Node): boolean {
  return domain === '' && ['ConvTranspose', 'MaxUnpool', 'Resize', 'Upsample'].includes(opType);
}

function isStrided(layer: NodeExplanation): boolean {
  return layer.kind === 'Window' && layer.axes.some(({ stride }) => stride > 1);
}
