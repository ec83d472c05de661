/** Searches remedies: edits of one kind at node after node until inference finds no error. */
import { formatNode, type Remedy, type RemedyEdit, type RemedyKind } from '../diagnostics.js';
import { type Inference, type InferOptions, infer } from '../infer/infer.js';
import type { Graph } from '../ir/graph.js';
import { formatShape, isConcrete } from '../ir/shape.js';
import { applyRemedy } from './edits.js';
import { type Misfit, misfitAt } from './misfit.js';
import { propose } from './propose.js';
import { SizedGraph } from './view.js';

/** Most useful first: kinds that lose nothing and add no node. */
const kinds: readonly RemedyKind[] = ['output_padding', 'output_shape', 'pad', 'crop'];

/** The most misfits that one remedy fixes, one after another. A U-Net has one for each level. */
const maxRounds = 16;
/** The most nodes that all trials together infer, so that huge graphs do not take long. */
const maxInferredNodes = 200_000;

/**
 * The remedies that work: each was applied, and inference then finds no error.
 * @param options numbers for all sizes
 * @param told the options with which the result is described
 */
export function findRemedies(graph: Graph, options: InferOptions, told: InferOptions): Remedy[] {
  const rounds = Math.min(maxRounds, Math.floor(maxInferredNodes / kinds.length / graph.nodes.length));
  return kinds.map((kind) => remedyOf(graph, options, told, kind, rounds)).filter((remedy) => remedy !== undefined);
}

/** Whether a remedy of this kind also fits open sizes; one that states a size fits only that size. */
function fitsOpenSizes(kind: RemedyKind, { types }: Inference, { node }: Misfit): boolean {
  if (kind !== 'output_shape') return true;
  return node.inputs.every((input) => {
    const shape = input && types.get(input)?.shape;
    return shape === undefined || isConcrete(shape.slice(2));
  });
}

function remedyOf(
  graph: Graph,
  options: InferOptions,
  told: InferOptions,
  kind: RemedyKind,
  rounds: number,
): Remedy | undefined {
  let edited = graph;
  const edits: RemedyEdit[] = [];
  const texts: string[] = [];
  for (let round = 0; round <= rounds; round++) {
    const view = new SizedGraph(edited, infer(edited, options));
    if (!hasError(view.inference)) {
      const result = infer(edited, told);
      if (edits.length === 0 || hasError(result)) return undefined;
      const what = kind === 'pad' || kind === 'crop' ? `${kind} ${texts.join(', and ')}` : attributes(kind, edits);
      return { kind, text: `${what}; gives ${outputsText(edited, result)}`, edits };
    }
    const misfit = firstMisfit(view);
    const proposal = misfit && propose(kind, misfit, view);
    if (proposal === undefined || (round === 0 && !fitsOpenSizes(kind, infer(graph, told), misfit!))) return undefined;
    edited = applyRemedy(edited, { kind, edits: proposal });
    edits.push(...proposal);
    if (kind === 'pad' || kind === 'crop') texts.push(...proposal.map((edit) => adjustment(edit, misfit!, view)));
  }
  return undefined;
}

/** The first requirement that is not met, if it requires inputs of equal size. */
export function firstMisfit(view: SizedGraph): Misfit | undefined {
  const node = view.inference.refuted[0]?.node;
  return node && misfitAt(view, node);
}

/** `'relu_7' from [1, 32, 71, 71] to [1, 32, 70, 70] before node_cat (Concat)`. */
function adjustment({ node, input = 0, values }: RemedyEdit, misfit: Misfit, view: SizedGraph): string {
  const value = misfit.node.inputs[input]!;
  const shape = view.shape(value)!;
  return `'${value.name}' ${formatShape(shape)} by ${sidesText(values, shape.length)} before ${formatNode(node)}`;
}

/** `1 at the end of axes 2 and 3`, `1 and 2 at the ends of axis 2`. */
function sidesText(values: readonly number[], rank: number): string {
  const byAmount = new Map<string, number[]>();
  for (let axis = 0; axis < rank; axis++) {
    const [begin, end] = [values[axis]!, values[axis + rank]!];
    if (begin + end === 0) continue;
    const amount = begin === 0 ? `${end} at the end` : end === 0 ? `${begin} at the beginning` : `${begin} and ${end}`;
    byAmount.set(amount, [...(byAmount.get(amount) ?? []), axis]);
  }
  return [...byAmount]
    .map(
      ([amount, axes]) =>
        `${amount} ${amount.includes('at') ? 'of' : 'along'} ${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(' and ')}`,
    )
    .join(', ');
}

function hasError({ diagnostics }: Inference): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

function outputsText(graph: Graph, { types }: Inference): string {
  const outputs = graph.outputs.map((value) => `${value.name} ${formatShape(types.get(value)?.shape)}`);
  return `${outputs.slice(0, 3).join(', ')}${outputs.length > 3 ? ', …' : ''}`;
}

/** Nodes that get the same list are described together. */
function attributes(kind: RemedyKind, edits: readonly RemedyEdit[]): string {
  const nodes = new Map<string, string[]>();
  for (const { node, values } of edits) {
    const list = formatShape(values);
    nodes.set(list, [...(nodes.get(list) ?? []), formatNode(node)]);
  }
  return [...nodes].map(([list, names]) => `${kind} = ${list} at ${names.join(' and ')}`).join(', ');
}
