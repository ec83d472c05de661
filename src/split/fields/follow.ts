/** Follows the picture's axes through a network, node by node. */
import { ProblemError, quoted } from '../../diagnostics.js';
import type { Inference } from '../../infer/infer.js';
import type { Dim } from '../../ir/dim.js';
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../../ir/graph.js';
import type { Shape } from '../../ir/shape.js';
import { attributesOf } from '../../ops/bind.js';
import { shapes } from '../../ops/movement/shape.js';
import { type AxisState, commonScales, type Following, uniform } from './common-scales.js';
import { alikeReads, countedAxis, elementwiseRule } from './elementwise.js';
import { type FieldStep, type Fields, type PictureAxes, pictureAxisNames, type Refusal } from './fields.js';
import { timesRatio, zoomOf } from './reads.js';
import { rearrangingReads } from './rearranging.js';
import { reducingReads } from './reducing.js';
import { one, type ScaleRoot, unify } from './relative-scale.js';
import { resamplingReads } from './resampling.js';
import { type AxisSource, NoReads, type OperatorReads, type OutputReads, ruleContext } from './rule.js';
import { isUndoneBy, windowReads } from './windows.js';

const operators: ReadonlyMap<string, OperatorReads> = new Map([
  ...alikeReads,
  ...windowReads,
  ...rearrangingReads,
  ...reducingReads,
  ...resamplingReads,
]);

/** @param pictures inputs with picture axes, the same number of axes for all of them */
export function fieldsOf(graph: Graph, inference: Inference, pictures: PictureAxes): Fields {
  return new FieldWalk(inference, pictures).run(graph);
}

/** What a value's elements depend on that differs between a part of the picture and the whole. */
type Dependence = 'size' | 'random' | 'indices' | 'unknown';

const dependenceWords: Readonly<Record<Dependence, string>> = {
  size: "computes with the picture's size",
  random: 'reads random numbers',
  indices: 'reads indices that count over the whole picture',
  unknown: 'reads what cannot be followed',
};

class FieldWalk {
  private readonly states = new Map<Value, readonly AxisState[]>();
  private readonly dependences = new Map<Value, Dependence>();
  private readonly steps: FieldStep[] = [];
  private readonly refusals: Refusal[] = [];
  private readonly names: readonly string[];
  /** The inputs' scales for each picture axis. */
  private readonly roots: readonly (readonly ScaleRoot[])[];
  /** For indices: the MaxPool that produced them. */
  private readonly poolings = new Map<Value, Node>();

  constructor(
    private readonly inference: Inference,
    pictures: PictureAxes,
  ) {
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
      this.states.set(input, Array.from(states));
    }
    this.roots = roots;
  }

  run(graph: Graph): Fields {
    for (const node of graph.nodes) this.node(node);
    for (const node of graph.nodes) this.returned(node, graph.outputs);
    const { refusals, ...scales } = commonScales(graph, this.names, this.roots, this.states);
    return { steps: this.steps, refusals: [...this.refusals, ...refusals], ...scales };
  }

  /** Refuses outputs that cannot be put together from parts. */
  private returned(node: Node, outputs: readonly Value[]): void {
    for (const value of node.outputs) {
      if (value === undefined || !outputs.includes(value)) continue;
      const dependence = this.dependences.get(value);
      if (dependence === 'indices') this.refuse(node, 'returns indices that count over the whole picture');
      else if (dependence === 'size') this.refuse(node, "returns what depends on the picture's size");
      else if (dependence === 'random') this.refuse(node, 'returns random numbers');
      else if (this.states.get(value)?.includes(uniform)) this.refuse(node, "returns a constant of the picture's size");
    }
  }

  private refuse(node: Node, reason: string): void {
    this.refusals.push({ node, reason });
  }

  private isFollowing(value: Value | undefined): value is Value {
    return value !== undefined && this.states.get(value)?.some((state) => state?.kind === 'following') === true;
  }

  private node(node: Node): void {
    const captured = subgraphsOf(node).flatMap(({ graph }) => [...capturedValues(graph)]);
    const read = [...node.inputs, ...captured];
    if (read.some((value) => this.isFollowing(value))) {
      this.followingNode(node, captured);
      return;
    }
    const dependence = this.dependenceOf(node, read);
    if (dependence === undefined) return;
    const isFilled = node.opType === 'ConstantOfShape' && dependence === 'size';
    for (const output of node.outputs) {
      if (output === undefined) continue;
      if (isFilled) this.states.set(output, new Array(this.shapeOf(output)?.length ?? 0).fill(uniform));
      else if (dependence === 'size' && this.expandsUniformly(node, output)) continue;
      else this.dependences.set(output, dependence);
    }
  }

  private dependenceOf(node: Node, read: readonly (Value | undefined)[]): Dependence | undefined {
    if (this.inference.operators.get(node)?.operator.isDeterministic === false) return 'random';
    for (const value of read) {
      const found = value && this.dependences.get(value);
      if (found !== undefined) return found;
    }
    // Results of uniform tensors are uniform, and positions do not matter in them.
    const isUniform = read.some((value) => value !== undefined && this.states.get(value)?.includes(uniform));
    return isUniform ? this.uniformResult(node) : undefined;
  }

  /**
   * For nodes that read uniform tensors and constants: elementwise results stay uniform along these axes, others are
   * not followed.
   */
  private uniformResult(node: Node): Dependence | undefined {
    const operator = operators.get(node.opType);
    if (operator === undefined || node.domain !== '') return 'unknown';
    try {
      operator.rule(ruleContext(node, this.inference)).forEach((axes, i) => {
        const output = node.outputs[i];
        if (output === undefined) return;
        this.states.set(
          output,
          axes.map((sources) =>
            sources.some((source) => this.stateOf(node, source) === uniform) ? uniform : undefined,
          ),
        );
      });
      return undefined;
    } catch (error) {
      if (error instanceof NoReads || error instanceof ProblemError) return 'unknown';
      throw error;
    }
  }

  /**
   * Whether the node is an Expand of a value that does not depend on the picture; the result is uniform along the axes
   * that it repeats.
   */
  private expandsUniformly(node: Node, output: Value): boolean {
    const [data] = node.inputs;
    if (node.opType !== 'Expand' || data === undefined || this.dependences.has(data)) return false;
    const [from, to] = [this.shapeOf(data), this.shapeOf(output)];
    if (from === undefined || to === undefined) return false;
    this.states.set(
      output,
      to.map((dim, axis) => {
        const source = from[axis - (to.length - from.length)];
        return source === undefined || (source === 1 && dim !== 1) ? uniform : undefined;
      }),
    );
    return true;
  }

  private followingNode(node: Node, captured: readonly Value[]): void {
    const { opType, outputs } = node;
    if (node.domain === '' && (opType === 'Shape' || opType === 'Size')) {
      this.sizes(node);
      return;
    }
    const reason = this.follow(node, captured);
    if (reason === undefined) return;
    this.refuse(node, reason);
    for (const output of outputs) if (output !== undefined) this.guess(node, output);
  }

  /** A Shape depends on the picture only in the entries for the picture's axes. */
  private sizes(node: Node): void {
    const [data] = node.inputs;
    const states = this.states.get(data!)!;
    const rank = states.length;
    const clamped = (axis: number) => Math.max(0, Math.min(rank, countedAxis(axis, rank)));
    const part = attributesOf(shapes.Shape, node);
    const read = part === undefined ? states : states.slice(clamped(part.start), clamped(part.end ?? rank));
    const isAffected = read.some((state) => state !== undefined);
    for (const output of node.outputs) if (output !== undefined && isAffected) this.dependences.set(output, 'size');
  }

  /** Follows the node's outputs; returns the reason if that is not possible. */
  private follow(node: Node, captured: readonly Value[]): string | undefined {
    if (captured.length > 0) return 'runs a subgraph';
    const bound = this.inference.operators.get(node)?.operator;
    const named = node.domain === '' ? operators.get(node.opType) : undefined;
    const operator = named ?? (bound?.isElementwise ? elementwiseRule : undefined);
    if (operator === undefined) {
      if (bound?.isDeterministic === false) return 'draws random numbers';
      return 'is not known to compute each part of a picture from the parts around it';
    }
    for (const [i, value] of node.inputs.entries()) {
      if (value === undefined) continue;
      const isParameter = operator.parameters.includes(i);
      if (isParameter && this.isFollowing(value)) return 'takes sizes or places that are computed from the picture';
      const dependence = this.dependences.get(value);
      const isAllowed = dependence === undefined || (isParameter && dependence === 'size') || this.isUnpooled(node, i);
      if (!isAllowed) return dependenceWords[dependence];
    }
    try {
      const outputs = operator.rule(ruleContext(node, this.inference));
      const states: (readonly AxisState[])[] = [];
      for (const axes of outputs) {
        const found = this.outputStates(node, operator, axes);
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

  private outputStates(node: Node, operator: OperatorReads, axes: OutputReads): readonly AxisState[] | string {
    const unread = this.unreadAxes(node, axes);
    if (unread.length > 0) {
      const names = unread.map((picture) => this.names[picture]);
      return `${operator.whole} the ${names.join(' and ')}`;
    }
    const states: AxisState[] = [];
    for (const sources of axes) {
      const state = this.joined(node, sources);
      if (typeof state === 'string') return state;
      states.push(state);
    }
    return states;
  }

  /** Picture axes that no axis of the output follows. */
  private unreadAxes(node: Node, axes: OutputReads): readonly number[] {
    const unread = new Set<number>();
    for (const [input, value] of node.inputs.entries()) {
      for (const [axis, state] of (value && this.states.get(value))?.entries() ?? []) {
        if (state?.kind !== 'following') continue;
        const isRead = axes.some((sources) => sources.some((item) => item.input === input && item.axis === axis));
        if (!isRead) unread.add(state.picture);
      }
    }
    return [...unread].sort();
  }

  private joined(node: Node, sources: readonly AxisSource[]): AxisState | string {
    let state: Following | undefined;
    for (const source of sources) {
      const found = this.stateOf(node, source);
      if (found?.kind !== 'following') continue;
      const scale = { root: found.scale.root, ratio: timesRatio(found.scale.ratio, zoomOf(source.reads)) };
      if (state === undefined) state = { kind: 'following', picture: found.picture, scale };
      else if (state.picture !== found.picture) {
        return `joins the ${this.names[state.picture]} with the ${this.names[found.picture]}`;
      } else if (!unify(state.scale, scale)) return 'joins values of different strides';
    }
    const others = sources.filter((source) => this.stateOf(node, source)?.kind !== 'following');
    if (state === undefined)
      return others.some((source) => this.stateOf(node, source) === uniform) ? uniform : undefined;
    const placed = others.find((source) => this.stateOf(node, source) === undefined && this.dimOf(node, source) !== 1);
    if (placed === undefined) return state;
    return `takes ${quoted(node.inputs[placed.input]?.name ?? '')}, which has elements of its own for each position of the ${this.names[state.picture]}`;
  }

  private stateOf(node: Node, { input, axis }: AxisSource): AxisState {
    const value = node.inputs[input];
    return value && this.states.get(value)?.[axis];
  }

  private dimOf(node: Node, { input, axis }: AxisSource): Dim | undefined {
    const value = node.inputs[input];
    return value && this.shapeOf(value)?.[axis];
  }

  private accept(node: Node, outputs: readonly OutputReads[], states: readonly (readonly AxisState[])[]): void {
    outputs.forEach((axes, i) => {
      const value = node.outputs[i];
      if (value === undefined) return;
      this.states.set(value, states[i]!);
      axes.forEach((sources, axis) => {
        const state = states[i]![axis];
        if (state?.kind !== 'following') return;
        this.steps.push({
          node,
          value,
          axis,
          picture: state.picture,
          sources: sources
            .filter((source) => this.stateOf(node, source)?.kind === 'following')
            .map((source) => ({ value: node.inputs[source.input]!, axis: source.axis, reads: source.reads })),
        });
      });
    });
    const indices = node.opType === 'MaxPool' ? node.outputs[1] : undefined;
    if (indices !== undefined) {
      this.dependences.set(indices, 'indices');
      this.poolings.set(indices, node);
    }
  }

  /**
   * Lets the analysis go on after a refused node: its output is taken to follow the picture's axes where it has their
   * sizes.
   */
  private guess(node: Node, output: Value): void {
    const shape = this.shapeOf(output);
    const data = node.inputs.find((value) => this.isFollowing(value));
    const from = data && this.shapeOf(data);
    const states = data && this.states.get(data);
    if (shape === undefined || from === undefined || states === undefined) return;
    const isKept = (axis: number) => states[axis] === undefined || shape[axis] === from[axis] || shape[axis] === 1;
    if (shape.length === from.length && states.every((_, axis) => isKept(axis))) {
      this.states.set(
        output,
        states.map((state, axis) => (shape[axis] === from[axis] ? state : undefined)),
      );
    } else if (states.some((state, axis) => state?.kind === 'following' && (shape[axis] ?? 1) !== 1)) {
      this.dependences.set(output, 'unknown');
    }
  }

  private shapeOf(value: Value): Shape | undefined {
    return this.inference.types.get(value)?.shape;
  }
}
