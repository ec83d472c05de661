/**
 * What an operator is: a signature and versions, a shape rule, a reference, and optionally what it does with symbolic
 * values and what it costs. One family a file; `index.ts` lists them.
 */

import { defineProblem, fail, type Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import type { Graph, Node } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { formatShape, type Shape, type TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { type AttributeSpecs, type AttributeValues, readAttributes, unreadAttributes } from './attributes.js';
import { finite, rangeText } from './problems.js';
import type { RandomSource } from './random-source.js';
import { checkTypes, type Formals, type Named, nameValues, type Signature } from './signature.js';

/** What states an error: its words are long texts where sizes are, and most sizes never disagree. */
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
  /** Its elements, where shape arithmetic follows them. */
  readonly known?: SymbolicTensor | undefined;
}

/** What a shape rule sees of its node. */
export interface InferContext<A> {
  /** The since-version of the operator in force. */
  readonly version: number;
  readonly attributes: A;
  readonly inputs: readonly (TensorType | undefined)[];
  /** How many outputs the node lists; trailing ones that are not named do not count. */
  readonly outputCount: number;
  /** The shape of input `i`, undefined when its rank is not known or the input is absent. */
  shape(i: number): Shape | undefined;
  /** The element type of input `i`, where known. */
  elementType(i: number): ElementType | undefined;
  /** The value of input `i` where shape arithmetic knows it. */
  known(i: number): SymbolicTensor | undefined;
  /**
   * The size that `a` and `b` must share. Sizes that differ for certain are reported as an error, and inference goes on
   * with a fresh size; what cannot be decided is recorded as a constraint of this node. `what` names the pair:
   * "channels of X and W".
   */
  unify(a: Dim, b: Dim, what: string, options?: UnifyOptions): Dim;
  /**
   * The size `dim`, which must be at least `least`. One that never is gets reported as `otherwise`, and inference goes on
   * with a fresh size; where it depends on the sizes that is recorded as a constraint. `what` names it: "windows along
   * axis 2".
   */
  atLeast(dim: Dim, least: number, what: string, otherwise: Otherwise): Dim;
  /**
   * Whether `dim` is at least 0 wherever the sizes inferred so far are: every size of a tensor is, so H − 4 is not
   * negative once some tensor has H − 8 rows.
   */
  isNonNegative(dim: Dim): boolean;
  /** A size that cannot be known: a new symbol with its reason. At least `min`, 0 unless told. */
  fresh(reason: string, min?: number): Dim;
  /** Reports without ending the rule. */
  warn(problem: Problem): void;
  /**
   * Infers a subgraph in this node's scope: its outputs. A rule may infer a graph again with inputs of more general types:
   * what was found wrong the first time, and asked of sizes, counts. What is wrong in a graph that may not run is a warning,
   * and what it asks is dropped.
   */
  inferGraph(
    graph: Graph,
    inputs?: readonly KnownValue[],
    options?: { readonly mayNotRun?: boolean },
  ): readonly KnownValue[];
  /** The outputs of a subgraph as the last `inferGraph` left them. */
  graphOutputs(graph: Graph): readonly KnownValue[];
}

/** What a reference computes with. */
export interface ReferenceContext<A> {
  readonly version: number;
  readonly attributes: A;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputCount: number;
  readonly random: RandomSource;
  /** Runs a subgraph in this node's scope. */
  runGraph(graph: Graph, inputs?: readonly Tensor[]): readonly Tensor[];
}

/**
 * What nodes of an operator are read against: all but its rules. Of operators that are loaded only for models that have them
 * it is an object of its own, for what reads nodes and computes nothing.
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
  /** The operator set that took the operator away. */
  readonly removedIn?: number | undefined;
  readonly attributes: S;
  /**
   * Whether every element of the outputs is made of the elements at its place of the inputs, which are broadcast, and in the
   * same way at every place.
   */
  readonly isElementwise?: boolean;
}

export interface OperatorDefinition<
  S extends AttributeSpecs,
  N extends string = string,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends OperatorSchema<S, N, I, O> {
  /** False for operators whose result is not a function of their inputs: never folded. */
  readonly isDeterministic?: boolean;
  /** Types of the outputs, in order; may throw ProblemError. */
  infer(context: InferContext<AttributeValues<S>>): readonly TensorType[];
  /** Values of the outputs, where shape arithmetic can follow. Concrete small inputs need no rule: the reference runs. */
  symbolic?(context: InferContext<AttributeValues<S>>): readonly (SymbolicTensor | undefined)[] | undefined;
  /** The result, by plain loops over typed arrays; may throw ProblemError. */
  reference(context: ReferenceContext<AttributeValues<S>>): readonly Tensor[];
  /** Multiply-accumulate operations, given the types; 0 where absent. */
  macs?(context: CostContext<AttributeValues<S>>): Dim;
}

export interface CostContext<A> {
  readonly attributes: A;
  readonly inputs: readonly (Shape | undefined)[];
  readonly outputs: readonly (Shape | undefined)[];
}

type Unread<C> = Omit<C, 'version' | 'attributes'>;

/** What an operator's version makes of a node's attributes. */
export interface BoundAttributes<S extends AttributeSpecs> {
  /** The since-version of the operator in force. */
  readonly version: number;
  /** Typed, with that version's defaults; what other versions have is absent or at its default. */
  readonly attributes: AttributeValues<S>;
}

/** An operator at one node: its attributes are read, its values named (bind.ts). */
export interface BoundOperator<
  S extends AttributeSpecs = AttributeSpecs,
  I extends Formals = Formals,
  O extends Formals = Formals,
> extends BoundAttributes<S> {
  readonly operator: Operator<S, string, I, O>;
  /** The node's values by the names of the signature; of those that its version does not have, undefined or none. */
  readonly inputs: Named<I>;
  readonly outputs: Named<O>;
  /** Attributes on the node that nothing reads. */
  readonly unread: readonly Problem[];
  /** @throws ProblemError when the types of the inputs do not fit the signature, and what the operator's rule throws */
  infer(context: Unread<InferContext<unknown>>): readonly TensorType[];
  symbolic(context: Unread<InferContext<unknown>>): readonly (SymbolicTensor | undefined)[] | undefined;
  reference(context: Unread<ReferenceContext<unknown>>): readonly Tensor[];
  macs(context: Omit<CostContext<unknown>, 'attributes'>): Dim;
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
  /** True where shape arithmetic with symbols goes through. */
  readonly followsSymbols: boolean;
  readonly countsMacs: boolean;
  /**
   * Reads the node against the signature of its version.
   *
   * @throws ProblemError when the operator set does not have the operator, or attributes or values do not fit it
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
    bind(node) {
      const version = versionInForce(operator, node.opset);
      const values = {
        inputs: nameValues(node, 'inputs', inputs, version, node.inputs) as Named<I>,
        outputs: nameValues(node, 'outputs', outputs, version, node.outputs) as Named<O>,
      };
      const read = { version, attributes: readAttributes(attributes, node, version) };
      const hold = (types: readonly (ElementType | undefined)[]) => checkTypes(name, operator, version, types);
      return {
        operator,
        ...read,
        ...values,
        unread: unreadAttributes(attributes, node, version),
        infer: (context) => {
          hold(context.inputs.map((type) => type?.elementType));
          return definition.infer(extend(context, read));
        },
        symbolic: (context) => definition.symbolic?.(extend(context, read)),
        reference: (context) => {
          hold(context.inputs.map((tensor) => tensor?.type));
          return definition.reference(extend(context, read));
        },
        macs: (context) => definition.macs?.({ ...context, attributes: read.attributes }) ?? 0,
      };
    },
  };
  return operator;
}

/** Operators of one file: a list, and each by its name. */
type Family<O extends Operator> = readonly O[] & { readonly [P in O as P['name']]: P };

export function family<const O extends readonly Operator[]>(...operators: O): Family<O[number]> {
  const byName = Object.fromEntries(operators.map((operator) => [operator.name, operator]));
  return Object.assign([...operators], byName) as unknown as Family<O[number]>;
}

/** A context is made for one node: it is given what was read of that node. */
function extend<C extends object, R extends object>(context: C, read: R): C & R {
  return Object.assign(context, read);
}

/** The version in force at an operator set: the newest not above it; the oldest for sets before all of them. */
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

/** @throws ProblemError US1307 when the operator set does not have the operator */
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

/** The shape of input `i` when its rank is known; a rank other than `ranks` is an error. */
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

/** Input `i` of a reference, which the shape rule or the arity has made sure of. */
export function tensorAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number): Tensor {
  const tensor = context.inputs[i];
  if (tensor === undefined) fail(inputAbsent({ input: i }));
  return tensor;
}

/** `tensorAt`, of a rank that only running may show. @throws ProblemError US1201 when it is another */
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
