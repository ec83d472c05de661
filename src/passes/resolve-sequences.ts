/**
 * Sequences whose tensors are known one by one: what takes one tensor of them reads that, and what joins them is a Concat.
 * PyTorch's TorchScript exporter splits and stacks by way of sequences, which only references hold.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { GraphEditor, intAttribute } from '../ir/graph-editor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { boundAs } from '../ops/bind.js';
import { Expansion, type ExpansionFacts } from '../ops/expansion.js';
import { expansionFacts } from '../ops/expansion-facts.js';
import { sequences } from '../ops/sequences/sequence.js';
import { sequenceParts } from '../ops/sequences/split.js';
import type { Pass } from './pass.js';

/** Longer sequences stay: each of their tensors would be a value of its own. */
const mostTensors = 256;

export const resolveSequences: Pass = {
  name: 'resolve-sequences',
  readsTypes: true,
  run(graph, inference) {
    const resolver = new Resolver(graph, inference);
    for (const node of graph.nodes) if (node.domain === '') resolver.visit(node);
    return { graph: resolver.editor.finish(), notes: resolver.notes };
  },
};

/** Makes the tensors of a sequence where someone wants them. */
type Tensors = () => readonly Value[];

class Resolver {
  readonly editor: GraphEditor;
  readonly notes: string[] = [];
  private readonly facts: ExpansionFacts;
  private readonly tensors = new Map<Value, Tensors>();

  constructor(graph: Graph, inference: Inference) {
    this.editor = new GraphEditor(graph);
    this.facts = expansionFacts(graph, inference, this.editor);
  }

  visit(node: Node): void {
    const known = this.tensorsOf(node);
    if (known !== undefined) this.tensors.set(node.outputs[0]!, known);
    else this.take(node);
  }

  /** The tensors of a sequence that the node makes. */
  private tensorsOf(node: Node): Tensors | undefined {
    const made = boundAs(sequences.SequenceConstruct, node);
    if (made !== undefined) return () => made.inputs.inputs;
    if (boundAs(sequences.SequenceEmpty, node) !== undefined) return () => [];
    const insert = boundAs(sequences.SequenceInsert, node);
    if (insert !== undefined) {
      const { input_sequence: sequence, tensor, position } = insert.inputs;
      return this.changed(sequence, position, 1, (values, at) => values.toSpliced(at, 0, tensor));
    }
    const erase = boundAs(sequences.SequenceErase, node);
    if (erase !== undefined) {
      const { input_sequence: sequence, position } = erase.inputs;
      return this.changed(sequence, position, 0, (values, at) => values.toSpliced(at, 1));
    }
    return this.split(node);
  }

  /** @param more places that there are beyond the tensors */
  private changed(
    sequence: Value,
    position: Value | undefined,
    more: 0 | 1,
    change: (values: readonly Value[], at: number) => readonly Value[],
  ): Tensors | undefined {
    const before = this.tensors.get(sequence);
    if (before === undefined) return undefined;
    const values = before();
    const at = position === undefined ? values.length - 1 + more : this.place(position, values.length, more);
    if (at === undefined || at < 0 || values.length >= mostTensors) return undefined;
    return () => change(values, at);
  }

  /** A position that is known, counted from the front; undefined where the sequence does not have it. */
  private place(position: Value, length: number, more: 0 | 1): number | undefined {
    const at = this.facts.numbers(position)?.[0];
    if (at === undefined || at < -length || at >= length + more) return undefined;
    return at < 0 ? at + length : at;
  }

  /** The parts of a tensor: a Split beside the node makes them. */
  private split(node: Node): Tensors | undefined {
    const bound = boundAs(sequenceParts.SplitToSequence, node);
    if (bound === undefined) return undefined;
    const { input, split } = bound.inputs;
    const shape = this.facts.shape(input);
    if (shape === undefined) return undefined;
    const axis = normalizeAxis(bound.attributes.axis, shape.length);
    const sizes = this.partSizes(shape[axis]!, split);
    if (sizes === undefined || sizes.length === 0 || sizes.length > mostTensors) return undefined;
    let parts: readonly Value[] | undefined;
    return () => {
      if (parts !== undefined) return parts;
      const expansion = new Expansion(node, this.facts);
      const pieces = sizes.map(() => expansion.newValue('part'));
      expansion.add('Split', [input, expansion.integers(sizes)], {
        attributes: { axis: intAttribute(axis) },
        output: pieces[0]!,
        others: pieces.slice(1),
      });
      const keeps = split !== undefined || bound.attributes.keepdims;
      parts = keeps ? pieces : pieces.map((piece) => expansion.add('Squeeze', [piece, expansion.integers([axis])]));
      this.editor.replace(node, node, ...expansion.nodes);
      return parts;
    };
  }

  private partSizes(size: unknown, split: Value | undefined): readonly number[] | undefined {
    if (typeof size !== 'number') return undefined;
    const given = split === undefined ? [1] : this.facts.numbers(split);
    if (given === undefined) return undefined;
    if (split !== undefined && this.facts.shape(split)?.length === 1) {
      return given.reduce((sum, part) => sum + part, 0) === size ? given : undefined;
    }
    const [part = 0] = given;
    if (part < 1 || size / part > mostTensors) return undefined;
    return Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part));
  }

  /** Has a node read the tensors themselves. */
  private take(node: Node): void {
    const expansion = new Expansion(node, this.facts);
    const at = boundAs(sequences.SequenceAt, node);
    if (at !== undefined) {
      const values = this.tensors.get(at.inputs.input_sequence)?.();
      const place = values && this.place(at.inputs.position, values.length, 0);
      if (values === undefined || place === undefined) return;
      expansion.add('Identity', [values[place]], { output: at.outputs.tensor });
      this.replace(node, expansion, `takes '${values[place]!.name}'`);
      return;
    }
    const join = boundAs(sequenceParts.ConcatFromSequence, node);
    const values = join && this.tensors.get(join.inputs.input_sequence)?.();
    if (join === undefined || values === undefined || values.length === 0) return;
    const { axis, new_axis: stacks } = join.attributes;
    const pieces = stacks
      ? values.map((value) => expansion.add('Unsqueeze', [value, expansion.integers([axis])]))
      : values;
    expansion.add('Concat', pieces, {
      attributes: { axis: intAttribute(axis) },
      output: join.outputs.concat_result,
    });
    this.replace(node, expansion, `joins ${values.length} tensors`);
  }

  private replace(node: Node, { nodes }: Expansion, what: string): void {
    this.editor.replace(node, ...nodes);
    this.notes.push(`${formatNode(node)} ${what}`);
  }
}
