/** What inference offers to the shape rules of operators. */

import type { Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import type { Graph } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import type { Shape, TensorType } from '../ir/shape.js';

/** Makes an error. It is called only if sizes disagree, because formatting them is expensive. */
export type Otherwise = () => Problem;

export interface UnifyOptions {
  /** Broadcasting: one of the two may also be 1. */
  readonly orOne?: boolean;
  /** The error for sizes that differ for certain, in the operator's own words. */
  readonly otherwise?: Otherwise;
}

/** What inference knows of a value that enters or leaves a subgraph. */
export interface KnownValue {
  readonly type: TensorType | undefined;
  /** Its elements, if shape arithmetic follows them. */
  readonly known?: SymbolicTensor | undefined;
}

/** A shape rule's view of its node. */
export interface InferContext<A> {
  /** The since-version of the operator in force. */
  readonly version: number;
  readonly attributes: A;
  readonly inputs: readonly (TensorType | undefined)[];
  /** Number of outputs that the node lists, without trailing unnamed ones. */
  readonly outputCount: number;
  /** The shape of input `i`; undefined if its rank is unknown or the input is absent. */
  shape(i: number): Shape | undefined;
  /** The element type of input `i`; undefined if unknown. */
  elementType(i: number): ElementType | undefined;
  /** The value of input `i`, if shape arithmetic knows it. */
  known(i: number): SymbolicTensor | undefined;
  /**
   * The value of input `i` if shape arithmetic knows some of its elements. `isUnknown` tells the others, which only a run
   * knows.
   */
  partlyKnown(i: number): SymbolicTensor | undefined;
  /** `partlyKnown`; unknown elements for a small tensor of numbers of which none is known. */
  withUnknowns(i: number): SymbolicTensor | undefined;
  /** The shape of the tensor whose elements input `i` counts row-major, if it has the indices of a MaxPool. */
  pooledShape(i: number): Shape | undefined;
  /** The shape of the tensor that input `i` lists row-major, if it is a Reshape of one to a single axis. */
  flattenedShape(i: number): Shape | undefined;
  /** An element that only a run knows. */
  unknownElement(): Dim;
  /**
   * The size that `a` and `b` must share. Sizes that differ for certain are reported as an error, and inference goes on
   * with a fresh size; if it cannot be decided, a constraint of this node is recorded. `what` names the pair: "channels
   * of X and W".
   */
  unify(a: Dim, b: Dim, what: string, options?: UnifyOptions): Dim;
  /**
   * The size `dim`, which must be at least `least`. If it never is, `otherwise` is reported, and inference continues
   * with a fresh size; if it depends on sizes, a constraint is recorded. `what` names it: "windows along axis 2".
   */
  atLeast(dim: Dim, least: number, what: string, otherwise: Otherwise): Dim;
  /**
   * Whether `dim` is at least 0 provided that all sizes inferred so far are: H − 4 is not negative once some tensor has
   * H − 8 rows.
   */
  isNonNegative(dim: Dim): boolean;
  /** The same, provided that all sizes of the graph are, those of later nodes as well. */
  isNeverNegative(dim: Dim): boolean;
  /** a / b if b divides a at all sizes that meet what is required of them; undefined if that is not known. */
  quotient(a: Dim, b: Dim): Dim | undefined;
  /** An unknown size: a new symbol with its reason. It is at least `min` (default: 0). */
  fresh(reason: string, min?: number): Dim;
  /** Whether a pooling's window that overhangs counts at open sizes too, as it does at numbers; see `pooling/pool.ts`. */
  readonly countsOverhangs?: boolean;
  /** Reports without ending the rule. */
  warn(problem: Problem): void;
  /**
   * Infers a subgraph in this node's scope and returns its outputs. A rule may infer a graph again with inputs of more
   * general types; then the findings and constraints of the first time count. Errors in a graph that may not run are
   * warnings, and its constraints are dropped.
   */
  inferGraph(
    graph: Graph,
    inputs?: readonly KnownValue[],
    options?: { readonly mayNotRun?: boolean },
  ): readonly KnownValue[];
  /** The outputs of a subgraph from the last `inferGraph`. */
  graphOutputs(graph: Graph): readonly KnownValue[];
}
