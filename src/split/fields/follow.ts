/** Follows the picture's axes through a network, node by node. */
import { ProblemError } from '../../diagnostics.js';
import type { Inference } from '../../infer/infer.js';
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../../ir/graph.js';
import { AxisStates, type Dependence } from './axis-states.js';
import { type AxisState, commonScales, uniform } from './common-scales.js';
import { dependOnSizes, passOnDependence } from './dependences.js';
import { expandUnruled, readsOf } from './expanded.js';
import { type FieldStep, type Fields, type PictureAxes, pictureAxisNames, type Refusal } from './fields.js';
import { guessOutput, outputStates } from './output-states.js';
import { one, type ScaleRoot } from './relative-scale.js';
import { NoReads, type OutputReads, ruleContext } from './rule.js';
import { isUndoneBy } from './windows.js';

/** @param pictures inputs with picture axes, the same number of axes for all of them */
export function fieldsOf(graph: Graph, inference: Inference, pictures: PictureAxes): Fields {
  const expanded = expandUnruled(graph, inference);
  const fields = new FieldWalk(expanded.inference, pictures).run(expanded.graph);
  if (expanded.graph === graph) return fields;
  return {
    ...fields,
    steps: fields.steps.map((step) => ({ ...step, node: expanded.placeOf(step.node) })),
    refusals: fields.refusals.map((refusal) => ({ ...refusal, node: expanded.placeOf(refusal.node) })),
  };
}

const dependenceWords: Readonly<Record<Dependence, string>> = {
  size: "computes with the picture's size",
  random: 'reads random numbers',
  indices: 'reads indices that count over the whole picture',
  unknown: 'reads what cannot be followed',
};

class FieldWalk {
  private readonly known: AxisStates;
  private readonly steps: FieldStep[] = [];
  private readonly refusals: Refusal[] = [];
  private readonly names: readonly string[];
  /** The inputs' scales for each picture axis. */
  private readonly roots: readonly (readonly ScaleRoot[])[];
  /** For indices: the MaxPool that produced them. */
  private readonly poolings = new Map<Value, Node>();

  constructor(inference: Inference, pictures: PictureAxes) {
    this.known = new AxisStates(inference);
    const [first] = pictures.values();
    this.names = pictureAxisNames(first?.length ?? 0);
    const roots = this.names.map((): ScaleRoot[] => []);
    for (const [input, axes] of pictures) {
      const states = new Array<AxisState>(inference.types.get(input)?.shape?.length ?? Math.max(...axes) + 1);
      axes.forEach((axis, picture) => {
        const root: ScaleRoot = { name: input.name, of: undefined };
        roots[picture]!.push(root);
        states[axis] = { kind: 'following', picture, scale: { root, ratio: one } };
      });
      this.known.states.set(input, Array.from(states));
    }
    this.roots = roots;
  }

  run(graph: Graph): Fields {
    for (const node of graph.nodes) this.node(node);
    for (const node of graph.nodes) this.returned(node, graph.outputs);
    const { refusals, ...scales } = commonScales(graph, this.names, this.roots, this.known.states);
    const { types } = this.known.inference;
    return { steps: this.steps, refusals: [...this.refusals, ...refusals], ...scales, types };
  }

  /** Refuses outputs that cannot be put together from parts. */
  private returned(node: Node, outputs: readonly Value[]): void {
    for (const value of node.outputs) {
      if (value === undefined || !outputs.includes(value)) continue;
      const dependence = this.known.dependences.get(value);
      if (dependence === 'indices') this.refuse(node, 'returns indices that count over the whole picture');
      else if (dependence === 'size') this.refuse(node, "returns what depends on the picture's size");
      else if (dependence === 'random') this.refuse(node, 'returns random numbers');
      else if (this.known.states.get(value)?.includes(uniform))
        this.refuse(node, "returns a constant of the picture's size");
    }
  }

  private refuse(node: Node, reason: string): void {
    this.refusals.push({ node, reason });
  }

  private node(node: Node): void {
    const captured = subgraphsOf(node).flatMap(({ graph }) => [...capturedValues(graph)]);
    const read = [...node.inputs, ...captured];
    if (read.some((value) => this.known.isFollowing(value))) {
      this.followingNode(node, captured);
      return;
    }
    passOnDependence(this.known, node, read);
  }

  private followingNode(node: Node, captured: readonly Value[]): void {
    const { opType, outputs } = node;
    if (node.domain === '' && (opType === 'Shape' || opType === 'Size')) {
      dependOnSizes(this.known, node);
      return;
    }
    const reason = this.follow(node, captured);
    if (reason === undefined) return;
    this.refuse(node, reason);
    for (const output of outputs) if (output !== undefined) guessOutput(this.known, node, output);
  }

  /** Follows the node's outputs; returns the reason if that is not possible. */
  private follow(node: Node, captured: readonly Value[]): string | undefined {
    if (captured.length > 0) return 'runs a subgraph';
    const bound = this.known.inference.operators.get(node)?.operator;
    const operator = readsOf(node, this.known.inference.operators.get(node));
    if (operator === undefined) {
      if (bound?.isDeterministic === false) return 'draws random numbers';
      return 'is not known to compute each part of a picture from the parts around it';
    }
    for (const [i, value] of node.inputs.entries()) {
      if (value === undefined) continue;
      const isParameter = operator.parameters.includes(i);
      if (isParameter && this.known.isFollowing(value))
        return 'takes sizes or places that are computed from the picture';
      const dependence = this.known.dependences.get(value);
      const isAllowed = dependence === undefined || (isParameter && dependence === 'size') || this.isUnpooled(node, i);
      if (!isAllowed) return dependenceWords[dependence];
    }
    try {
      const outputs = operator.rule(ruleContext(node, this.known.inference));
      const states: (readonly AxisState[])[] = [];
      for (const axes of outputs) {
        const found = outputStates(this.known, this.names, node, operator, axes);
        if (typeof found === 'string') return found;
        states.push(found);
      }
      this.accept(node, outputs, states);
      return undefined;
    } catch (error) {
      if (error instanceof NoReads) return error.message;
      // Inference has reported this as well if it knew the same.
      if (error instanceof ProblemError) return `is at fault: ${error.problem.message}`;
      throw error;
    }
  }

  /** Whether the input has indices that a MaxUnpool reads to put values back where the MaxPool took them from. */
  private isUnpooled(node: Node, input: number): boolean {
    const pooling = this.poolings.get(node.inputs[input]!);
    return pooling !== undefined && node.opType === 'MaxUnpool' && input === 1 && isUndoneBy(pooling, node);
  }

  private accept(node: Node, outputs: readonly OutputReads[], states: readonly (readonly AxisState[])[]): void {
    outputs.forEach((axes, i) => {
      const value = node.outputs[i];
      if (value === undefined) return;
      this.known.states.set(value, states[i]!);
      axes.forEach((sources, axis) => {
        const state = states[i]![axis];
        if (state?.kind !== 'following') return;
        this.steps.push({
          node,
          value,
          axis,
          picture: state.picture,
          sources: sources
            .filter((source) => this.known.stateOf(node, source)?.kind === 'following')
            .map((source) => ({ value: node.inputs[source.input]!, axis: source.axis, reads: source.reads })),
        });
      });
    });
    const indices = node.opType === 'MaxPool' ? node.outputs[1] : undefined;
    if (indices !== undefined) {
      this.known.dependences.set(indices, 'indices');
      this.poolings.set(indices, node);
    }
  }
}
