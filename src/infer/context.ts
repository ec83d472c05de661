/** The view that an operator's rules have of their node during inference. */
import type { Diagnostic, DiagnosticCode, Problem } from '../diagnostics.js';
import { decide, type Requirement } from '../ir/constraint.js';
import { type Dim, max, min, mul, rangeOf, sub } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import type { Shape, TensorType } from '../ir/shape.js';
import { boundAs } from '../ops/bind.js';
import type { InferContext, KnownValue, Otherwise, UnifyOptions } from '../ops/infer-context.js';
import { reshaping } from '../ops/movement/reshape.js';
import { sizesDiffer } from '../ops/problems.js';
import { pooledValue } from './index-origin.js';
import type { Ledger } from './ledger.js';

/** The results of inferring a subgraph. */
export interface SubgraphInference {
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
  /** Whether an output depends on a node that failed. */
  readonly isTainted: boolean;
}

/** What the walk provides to its nodes. */
export interface WalkState {
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly known: ReadonlyMap<Value, SymbolicTensor>;
  /** Values of which some elements are known; the others are unknown. */
  readonly partlyKnown: ReadonlyMap<Value, SymbolicTensor>;
  /** The node that makes each value so far. */
  readonly producers: ReadonlyMap<Value, Node>;
  readonly ledger: Ledger;
  readonly countsOverhangs: boolean;
  /** Unknown elements of a small tensor of numbers, the same each time; undefined for other tensors. */
  unknowns(value: Value): SymbolicTensor | undefined;
  unknownElement(name: string): Dim;
  readsTainted(node: Node): boolean;
  /** Infers a subgraph of the node for inputs of the given types. Its findings are not reported yet. */
  subgraph(node: Node, graph: Graph, inputs: readonly KnownValue[]): SubgraphInference;
  report(node: Node, problem: Problem): void;
  fresh(node: Node, reason: string, min: number): Dim;
}

export class NodeContext implements Omit<InferContext<unknown>, 'version' | 'attributes'> {
  readonly inputs: readonly (TensorType | undefined)[];
  readonly outputCount: number;
  /** Whether an input depends on a node that failed. */
  readonly readsTainted: boolean;
  /** Notes of reported mismatches by code; further mismatches of the same code are added to them. */
  private mismatches: Map<DiagnosticCode, string[]> | undefined;
  /** The findings of the first inference of each subgraph; the walk reports them and adopts their constraints. */
  subgraphs:
    | Map<Graph, { readonly diagnostics: readonly Diagnostic[]; readonly ledger: Ledger | undefined }>
    | undefined;
  /** Whether an output of a subgraph depends on a node that failed. */
  returnsTainted = false;
  /** Whether the rule has asked for values other than the node's inputs. */
  looksFurther = false;

  constructor(
    private readonly walk: WalkState,
    private readonly node: Node,
  ) {
    this.inputs = node.inputs.map((input) => input && walk.types.get(input));
    this.outputCount = node.outputs.length;
    this.readsTainted = walk.readsTainted(node);
  }

  /** Whether two sizes were found that differ for all values of their symbols. */
  get disagrees(): boolean {
    return this.mismatches !== undefined;
  }

  get countsOverhangs(): boolean {
    return this.walk.countsOverhangs;
  }

  shape(i: number): Shape | undefined {
    return this.inputs[i]?.shape;
  }

  elementType(i: number) {
    return this.inputs[i]?.elementType;
  }

  known(i: number): SymbolicTensor | undefined {
    const input = this.node.inputs[i];
    return input && this.walk.known.get(input);
  }

  partlyKnown(i: number): SymbolicTensor | undefined {
    const input = this.node.inputs[i];
    return input && (this.walk.known.get(input) ?? this.walk.partlyKnown.get(input));
  }

  withUnknowns(i: number): SymbolicTensor | undefined {
    const input = this.node.inputs[i];
    return this.partlyKnown(i) ?? (input && this.walk.unknowns(input));
  }

  pooledShape(i: number): Shape | undefined {
    this.looksFurther = true;
    const pooled = pooledValue(this.node.inputs[i], (value) => value && this.walk.producers.get(value));
    return pooled && this.walk.types.get(pooled)?.shape;
  }

  flattenedShape(i: number): Shape | undefined {
    this.looksFurther = true;
    const input = this.node.inputs[i];
    const producer = input && this.walk.producers.get(input);
    const data =
      producer && this.shape(i)?.length === 1 ? boundAs(reshaping.Reshape, producer)?.inputs.data : undefined;
    return data && this.walk.types.get(data)?.shape;
  }

  unknownElement(): Dim {
    return this.walk.unknownElement(this.node.name);
  }

  unify(a: Dim, b: Dim, what: string, { orOne = false, otherwise }: UnifyOptions = {}): Dim {
    if (a === b) return a;
    const isOne = { a: orOne && this.canBeOne(a), b: orOne && this.canBeOne(b) };
    const kind = isOne.a || isOne.b ? 'broadcast' : 'equal';
    if (this.require({ kind, left: a, right: b }, what) === false) {
      this.mismatch(otherwise?.() ?? sizesDiffer({ what, expected: a, actual: b }));
      return this.fresh(`${what} disagree`);
    }
    if (!isOne.b) return isOne.a ? b : simpler(a, b);
    if (!isOne.a || b === 1) return a;
    if (a === 1) return b;
    // If both sizes may be 1, the result is the larger one, or 0 if one of them is 0.
    const larger = max(a, b);
    return this.isAtLeast(a, 1) && this.isAtLeast(b, 1) ? larger : mul(larger, min(1, min(a, b)));
  }

  /** After an earlier failure nothing is required, because a finding would only repeat the cause. */
  private require(requirement: Requirement, what: string): boolean | undefined {
    return this.readsTainted ? decide(requirement) : this.walk.ledger.require(requirement, this.node, what);
  }

  private canBeOne(dim: Dim): boolean {
    return rangeOf(dim).max >= 1 && !this.isAtLeast(dim, 2);
  }

  private isAtLeast(dim: Dim, least: number): boolean {
    // By its range most sizes are, and no sum need be built for that.
    return rangeOf(dim).min >= least || this.walk.ledger.isNonNegative(sub(dim, least));
  }

  atLeast(dim: Dim, least: number, what: string, otherwise: Otherwise): Dim {
    if (this.require({ kind: 'at-least', left: dim, right: least }, what) !== false) return dim;
    this.mismatch(otherwise());
    return this.fresh(`${what}: there are none`, least);
  }

  isNonNegative(dim: Dim): boolean {
    return this.walk.ledger.isNonNegative(dim);
  }

  isNeverNegative(dim: Dim): boolean {
    return this.walk.ledger.isNeverNegative(dim);
  }

  quotient(a: Dim, b: Dim): Dim | undefined {
    return this.walk.ledger.quotient(a, b);
  }

  fresh(reason: string, min = 0): Dim {
    return this.walk.fresh(this.node, reason, min);
  }

  warn(problem: Problem): void {
    this.walk.report(this.node, problem);
  }

  inferGraph(
    graph: Graph,
    inputs: readonly KnownValue[] = [],
    { mayNotRun = false }: { readonly mayNotRun?: boolean } = {},
  ): readonly KnownValue[] {
    const { diagnostics, ledger, isTainted } = this.walk.subgraph(this.node, graph, inputs);
    this.returnsTainted ||= isTainted;
    this.subgraphs ??= new Map();
    if (!this.subgraphs.has(graph)) {
      this.subgraphs.set(graph, {
        diagnostics: mayNotRun ? diagnostics.map((item) => ({ ...item, severity: 'warning' as const })) : diagnostics,
        ledger: mayNotRun ? undefined : ledger,
      });
    }
    return this.graphOutputs(graph);
  }

  graphOutputs(graph: Graph): readonly KnownValue[] {
    return graph.outputs.map((output) => ({ type: this.walk.types.get(output), known: this.walk.known.get(output) }));
  }

  /** Reports an error and lets the rule continue; if height and width both disagree, that is one finding. */
  private mismatch(problem: Problem): void {
    if (this.readsTainted) return;
    this.mismatches ??= new Map();
    const notes = this.mismatches.get(problem.code);
    if (notes !== undefined) {
      notes.push(`also ${problem.message} (${problem.expected} and ${problem.actual})`);
      return;
    }
    const first = [...(problem.notes ?? [])];
    this.mismatches.set(problem.code, first);
    this.walk.report(this.node, { ...problem, notes: first });
  }
}

/** Of two sizes that a constraint makes equal, the more specific one. */
function simpler(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return b.toString().length < a.toString().length ? b : a;
}
