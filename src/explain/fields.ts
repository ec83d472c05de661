/** The receptive field and the total stride of a layer's output, back to each input of the graph. */
import { formatNode } from '../diagnostics.js';
import { capturedValues, type Graph, type Node, referenceTo, subgraphsOf, type Value } from '../ir/graph.js';
import { type Fields, pictureAxisNames } from '../split/fields/fields.js';
import { fieldsOf } from '../split/fields/follow.js';
import { receptiveField } from '../split/fields/receptive-field.js';
import type { ExplainContext } from './context.js';
import type { InputField } from './explanation.js';

interface FollowedInput {
  readonly input: Value;
  readonly names: readonly string[];
  readonly fields: Fields;
}

/** Phases of total strides times nodes that are followed of each layer, since there may be many layers. */
const mostSteps = 2 ** 16;

export class InputFields {
  private readonly followed: readonly FollowedInput[];
  private readonly producers = new Map<Value, Node>();

  constructor({ model: { graph }, inference }: ExplainContext) {
    for (const node of graph.nodes)
      for (const output of node.outputs) if (output !== undefined) this.producers.set(output, node);
    this.followed = picturesOf(graph, (input) => inference.types.get(input)?.shape?.length).map(({ input, axes }) => ({
      input,
      names: pictureAxisNames(axes.length),
      fields: fieldsOf(graph, inference, new Map([[input, axes]])),
    }));
  }

  /** One entry for each input that the value is computed from and that has spatial axes. */
  of(value: Value): readonly InputField[] {
    const { nodes, inputs } = this.ancestors(value);
    return this.followed.flatMap(({ input, names, fields }): readonly InputField[] => {
      if (!inputs.has(input)) return [];
      const refusal = fields.refusals.find(({ node }) => nodes.has(node));
      if (refusal !== undefined) {
        const reason = `${formatNode(referenceTo(refusal.node))} ${refusal.reason}`;
        return [{ input: input.name, reason, axes: [] }];
      }
      const followed = (fields.axes.get(value) ?? []).filter((axis) => axis !== undefined);
      if (followed.length === 0)
        return [{ input: input.name, reason: 'no axis of the layer follows an axis of the input', axes: [] }];
      const axes = receptiveField(fields, value, mostSteps).map(({ picture, size }, i) => ({
        name: names[picture] ?? `axis ${picture}`,
        receptiveField: size,
        stride: strideOf(followed[i]?.scale),
      }));
      return [{ input: input.name, reason: null, axes }];
    });
  }

  private ancestors(value: Value): { readonly nodes: ReadonlySet<Node>; readonly inputs: ReadonlySet<Value> } {
    const nodes = new Set<Node>();
    const inputs = new Set<Value>();
    const open = [value];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const node = this.producers.get(next);
      if (node === undefined) inputs.add(next);
      else if (!nodes.has(node)) {
        nodes.add(node);
        for (const input of node.inputs) if (input !== undefined) open.push(input);
        for (const { graph } of subgraphsOf(node)) open.push(...capturedValues(graph));
      }
    }
    return { nodes, inputs };
  }
}

function strideOf(scale: { readonly numerator: number; readonly denominator: number } | undefined) {
  return { numerator: scale?.numerator ?? 1, denominator: scale?.denominator ?? 1 };
}

/** Inputs with one to three spatial axes, which follow batch and channels. */
function picturesOf(graph: Graph, rankOf: (input: Value) => number | undefined) {
  return graph.inputs.flatMap((input) => {
    const rank = rankOf(input);
    if (rank === undefined || rank < 3 || rank > 5) return [];
    return [{ input, axes: Array.from({ length: rank - 2 }, (_, i) => i + 2) }];
  });
}
