/**
 * An operator: a signature and versions, a shape rule, a reference, and optionally a rule for symbolic values and its
 * cost. Each file has one family; `index.ts` lists them.
 */

import { defineProblem, fail, type Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import type { Graph, Node } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { typeOfTensor } from '../ir/sequence.js';
import { formatShape, type Shape, type TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import type { LiveMemory } from '../limits/live-memory.js';
import { finish, type PacedRun } from '../limits/steps.js';
import { type AttributeSpecs, type AttributeValues, readAttributes, unreadAttributes } from './attributes.js';
import type { Expansion } from './expansion.js';
import { finite, rangeText } from './problems.js';
import type { RandomSource } from './random-source.js';
import { checkTypes, type Formals, type Named, nameValues, type Signature } from './signature.js';

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

/** For nodes that are known to have no subgraphs. */
// biome-ignore lint/correctness/useYield: there is nothing to run
export function* noGraphs(): PacedRun<readonly Tensor[]> {
  return [];
}

/** A reference's view of its node. */
export interface ReferenceContext<A> {
  readonly version: number;
  readonly attributes: A;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputCount: number;
  readonly random: RandomSource;
  /** Counts what the reference keeps from one subgraph's run to the next; absent where nothing is counted. */
  readonly live?: LiveMemory | undefined;
  /** Runs a subgraph in this node's scope, in steps, between which a run can be stopped. */
  runGraph(graph: Graph, inputs?: readonly Tensor[]): PacedRun<readonly Tensor[]>;
}

/**
 * The part of an operator by which nodes are read: everything but its rules. For operators that are loaded on demand it
 * is a separate object, for code that reads nodes without computing them.
 */
export interface OperatorSchema<
  S extends AttributeSpecs = AttributeSpecs,
  N extends string = string,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends Signature<I, O> {
  readonly name: N;
  /** Default: '' (ai.onnx). */
  readonly domain?: string;
  /** Every since-version, ascending. */
  readonly versions: readonly number[];
  /** The opset that removed the operator. */
  readonly removedIn?: number | undefined;
  readonly attributes: S;
  /**
   * Whether each element of the outputs depends only on the elements at the same position of the broadcast inputs, in
   * the same way at every position.
   */
  readonly isElementwise?: boolean;
}

/** A subgraph as its node runs it, as far as types tell before a run. */
export interface Body {
  /** The attribute that the graph is. */
  readonly attribute: string;
  readonly graph: Graph;
  /** Types of the graph's inputs in the first round. */
  readonly inputs: readonly TensorType[];
  /** Whether it may run more than once for each time that the node does. */
  readonly repeats: boolean;
  /** Outputs that are inputs of the next round: they have to keep their types for one plan to do for all rounds. */
  readonly states: readonly { readonly output: number; readonly input: number }[];
  /** Inputs that are true whenever the graph runs. */
  readonly isTrue: readonly number[];
}

/** What an operator tells its subgraphs' types from. */
export interface BodyContext<A> extends Pick<InferContext<A>, 'version' | 'attributes' | 'inputs' | 'outputCount'> {}

export interface OperatorDefinition<
  S extends AttributeSpecs,
  N extends string = string,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends OperatorSchema<S, N, I, O> {
  /** False for operators whose result is not a function of their inputs, which are never folded. */
  readonly isDeterministic?: boolean;
  /** Types of the outputs, in order; may throw ProblemError. */
  infer(context: InferContext<AttributeValues<S>>): readonly TensorType[];
  /**
   * Values of the outputs, if shape arithmetic can follow them. For small concrete inputs the reference is run instead.
   */
  symbolic?(context: InferContext<AttributeValues<S>>): readonly (SymbolicTensor | undefined)[] | undefined;
  /** The result, by plain loops over typed arrays, or in steps where subgraphs run; may throw ProblemError. */
  reference(context: ReferenceContext<AttributeValues<S>>): readonly Tensor[] | PacedRun<readonly Tensor[]>;
  /** Multiply-accumulate operations for the given types (default: 0). */
  macs?(context: CostContext<AttributeValues<S>>): Dim;
  /**
   * Adds the nodes of other operators that are the same as this one. The reference does not rest on it. If the node has
   * no such form, returns the reason, a noun phrase, and adds nothing.
   */
  readonly expand?: ((node: BoundNode<S, I, O>, expansion: Expansion) => string | undefined) | undefined;
  /** The subgraphs, for operators that run some; may throw ProblemError. */
  bodies?(context: BodyContext<AttributeValues<S>>): readonly Body[];
}

export interface CostContext<A> {
  readonly attributes: A;
  readonly inputs: readonly (Shape | undefined)[];
  readonly outputs: readonly (Shape | undefined)[];
}

type Unread<C> = Omit<C, 'version' | 'attributes'>;

/** A node's attributes as read by the operator's version. */
export interface BoundAttributes<S extends AttributeSpecs> {
  /** The since-version of the operator in force. */
  readonly version: number;
  /** Typed, with that version's defaults. Attributes of other versions are absent or have their default. */
  readonly attributes: AttributeValues<S>;
}

/** A node as its operator reads it: attributes typed, values named. */
export interface BoundNode<
  S extends AttributeSpecs = AttributeSpecs,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends BoundAttributes<S> {
  /**
   * The node's values by the names of the signature; undefined, or an empty list, for those that its version does not
   * have.
   */
  readonly inputs: Named<I>;
  readonly outputs: Named<O>;
}

/** An operator bound to a node, with attributes read and values named (bind.ts). */
export interface BoundOperator<
  S extends AttributeSpecs = AttributeSpecs,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends BoundNode<S, I, O> {
  readonly operator: Operator<S, string, I, O>;
  /** Attributes of the node that are not read. */
  readonly unread: readonly Problem[];
  /** @throws ProblemError if the types of the inputs do not fit the signature, or if the operator's rule throws one */
  infer(context: Unread<InferContext<unknown>>): readonly TensorType[];
  symbolic(context: Unread<InferContext<unknown>>): readonly (SymbolicTensor | undefined)[] | undefined;
  reference(context: Unread<ReferenceContext<unknown>>): readonly Tensor[];
  /** The same, with a pause before each run of a subgraph. */
  referenceSteps(context: Unread<ReferenceContext<unknown>>): PacedRun<readonly Tensor[]>;
  macs(context: Omit<CostContext<unknown>, 'attributes'>): Dim;
  /** Adds nodes of other operators to the expansion; only for operators that expand. Returns the reason if it cannot. */
  expand(expansion: Expansion): string | undefined;
  /** The node's subgraphs; none where it cannot be told what they are given. */
  bodies(context: Unread<BodyContext<unknown>>): readonly Body[];
}

export interface Operator<
  S extends AttributeSpecs = AttributeSpecs,
  N extends string = string,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends OperatorSchema<S, N, I, O> {
  readonly domain: string;
  readonly isDeterministic: boolean;
  readonly isElementwise: boolean;
  /** Whether the operator has a rule for symbolic values. */
  readonly followsSymbols: boolean;
  readonly countsMacs: boolean;
  /** Whether nodes of the operator become nodes of others (passes/expand-operators.ts). */
  readonly expands: boolean;
  /**
   * Reads the node against the signature of its version.
   *
   * @throws ProblemError if the opset does not have the operator, or if attributes or values do not fit it
   */
  bind(node: Node): BoundOperator<S, I, O>;
}

export function defineOperator<
  const S extends AttributeSpecs,
  const N extends string,
  const I extends Formals,
  const O extends Formals,
>(definition: OperatorDefinition<S, N, I, O>): Operator<S, N, I, O> {
  const {
    name,
    domain = '',
    versions,
    removedIn,
    isDeterministic = true,
    isElementwise = false,
    attributes,
    inputs,
    outputs,
  } = definition;
  const operator: Operator<S, N, I, O> = {
    name,
    domain,
    versions,
    removedIn,
    isDeterministic,
    isElementwise,
    attributes,
    inputs,
    outputs,
    types: definition.types ?? {},
    followsSymbols: definition.symbolic !== undefined,
    countsMacs: definition.macs !== undefined,
    expands: definition.expand !== undefined,
    bind(node) {
      const version = versionInForce(operator, node.opset);
      const values = {
        inputs: nameValues(node, 'inputs', inputs, version, node.inputs) as Named<I>,
        outputs: nameValues(node, 'outputs', outputs, version, node.outputs) as Named<O>,
      };
      const read = { version, attributes: readAttributes(attributes, node, version) };
      function* referenceSteps(context: Unread<ReferenceContext<unknown>>): PacedRun<readonly Tensor[]> {
        hold(context.inputs.map((tensor) => tensor && typeOfTensor(tensor)));
        const made = definition.reference(extend(context, read));
        const outputs = 'next' in made ? yield* made : made;
        requireOutputs(node, outputs);
        return outputs;
      }
      const hold = (types: readonly (TensorType | undefined)[]) => checkTypes(name, operator, version, types);
      return {
        operator,
        ...read,
        ...values,
        unread: unreadAttributes(attributes, node, version),
        infer: (context) => {
          hold(context.inputs);
          return definition.infer(extend(context, read));
        },
        symbolic: (context) => definition.symbolic?.(extend(context, read)),
        reference: (context) => finish(referenceSteps(context)),
        referenceSteps,
        macs: (context) => definition.macs?.({ ...context, attributes: read.attributes }) ?? 0,
        expand: (expansion) => definition.expand?.({ ...read, ...values }, expansion),
        bodies: (context) => definition.bodies?.(extend(context, read)) ?? [],
      };
    },
  };
  return operator;
}

const outputNotMade = defineProblem(
  'US1306',
  { operator: 'string', output: 'integer', name: 'string' },
  ({ operator, output, name }) => ({
    message: `${operator} does not make its output ${output}`,
    value: name,
    expected: `a value for '${name}'`,
    actual: 'none, by the attributes and inputs that the node has',
  }),
);

/** @throws ProblemError US1306 if an output that the node names was not made */
function requireOutputs({ opType, outputs }: Node, made: readonly (Tensor | undefined)[]): void {
  outputs.forEach((value, output) => {
    if (value === undefined || made[output] !== undefined) return;
    fail(outputNotMade({ operator: opType, output, name: value.name }));
  });
}

/** The operators of one file, as a list and by name. */
type Family<O extends Operator> = readonly O[] & { readonly [P in O as P['name']]: P };

export function family<const O extends readonly Operator[]>(...operators: O): Family<O[number]> {
  const byName = Object.fromEntries(operators.map((operator) => [operator.name, operator]));
  return Object.assign([...operators], byName) as unknown as Family<O[number]>;
}

/** Adds to a context what was read of its node. */
function extend<C extends object, R extends object>(context: C, read: R): C & R {
  return Object.assign(context, read);
}

/** The version in force at an opset: the newest that is not above it, or the oldest for earlier opsets. */
export function sinceVersion(versions: readonly number[], opset: number): number {
  return versions.findLast((version) => version <= opset) ?? versions[0]!;
}

const operatorTooNew = defineProblem(
  'US1307',
  { operator: 'string', opset: 'integer', since: 'integer' },
  ({ operator, opset, since }) => ({
    message: `operator set ${opset} does not have ${operator}`,
    expected: `operator set ${since} or newer`,
    actual: String(opset),
    hint: `export with opset_version ${since} or above, or without ${operator}`,
  }),
);

const operatorRemoved = defineProblem(
  'US1307',
  { operator: 'string', opset: 'integer', removedIn: 'integer' },
  ({ operator, opset, removedIn }) => ({
    message: `operator set ${opset} does not have ${operator} any more`,
    expected: `operator set ${removedIn - 1} or older`,
    actual: String(opset),
    hint: `${operator} was taken out in operator set ${removedIn}; export again with the operator that took its place`,
  }),
);

/** @throws ProblemError US1307 if the opset does not have the operator */
function versionInForce({ name, versions, removedIn }: OperatorSchema, opset: number): number {
  const [first] = versions;
  if (first !== undefined && opset < first) {
    fail(operatorTooNew({ operator: name, opset, since: first }));
  }
  if (removedIn !== undefined && opset >= removedIn) {
    fail(operatorRemoved({ operator: name, opset, removedIn }));
  }
  return sinceVersion(versions, opset);
}

const axisOutOfRange = defineProblem(
  'US1208',
  { what: 'string', axis: 'integer', rank: 'integer' },
  ({ what, axis, rank }) => ({
    message: `${what} ${axis} is outside a tensor of rank ${rank}`,
    expected: `${-rank} to ${rank - 1}`,
    actual: String(axis),
  }),
);

/** The axis counted from the front; an axis outside [−rank, rank) is an error. */
export function normalizeAxis(axis: number, rank: number, what = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    fail(axisOutOfRange({ what, axis, rank }));
  }
  return axis < 0 ? axis + rank : axis;
}

const wrongRank = defineProblem(
  'US1201',
  { input: 'string', minimum: 'integer', maximum: 'integer?', shape: 'shape' },
  ({ input, minimum, maximum, shape }) => ({
    message: `${input} has the wrong rank`,
    value: input,
    expected: maximum === undefined ? `rank ${minimum} or more` : `rank ${rangeText(minimum, maximum)}`,
    actual: `rank ${shape.length}, ${formatShape(shape)}`,
  }),
);

/** The shape of input `i` if its rank is known; a rank other than `ranks` is an error. */
export function shapeOfRank(
  context: Pick<InferContext<unknown>, 'shape'>,
  i: number,
  name: string,
  ranks: { readonly min?: number; readonly max?: number },
): Shape | undefined {
  const shape = context.shape(i);
  if (shape === undefined) return undefined;
  const { min = 0, max = Number.POSITIVE_INFINITY } = ranks;
  if (shape.length < min || shape.length > max) {
    fail(wrongRank({ input: name, minimum: min, maximum: finite(max), shape }));
  }
  return shape;
}

const inputAbsent = defineProblem('US1306', { input: 'integer' }, ({ input }) => ({
  message: `input ${input} is missing`,
}));

/** Input `i` of a reference; the shape rule or the signature guarantees that it exists. */
export function tensorAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number): Tensor {
  const tensor = context.inputs[i];
  if (tensor === undefined) fail(inputAbsent({ input: i }));
  return tensor;
}

/**
 * `tensorAt`, with a check of the rank, which may be known only at run time. @throws ProblemError US1201 for another
 * rank
 */
export function tensorOfRank(
  context: Pick<ReferenceContext<unknown>, 'inputs'>,
  i: number,
  name: string,
  ranks: { readonly min?: number; readonly max?: number },
): Tensor {
  const tensor = tensorAt(context, i);
  shapeOfRank({ shape: () => tensor.dims }, i, name, ranks);
  return tensor;
}
