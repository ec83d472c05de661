/**
 * An operator: a signature and versions, a shape rule, a reference, and optionally a rule for symbolic values and its
 * cost. Each file has one family; `index.ts` lists them.
 */

import { defineProblem, fail, type Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import type { Graph, Node } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { typeOfTensor } from '../ir/sequence.js';
import type { Shape, TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import type { LiveMemory } from '../limits/live-memory.js';
import { finish, type PacedRun } from '../limits/steps.js';
import { type AttributeSpecs, type AttributeValues, readAttributes, unreadAttributes } from './attributes.js';
import type { Expansion } from './expansion.js';
import type { InferContext } from './infer-context.js';
import type { RandomSource } from './random-source.js';
import { checkTypes, type Formals, type Named, nameValues, type Signature } from './signature.js';
import { versionInForce } from './since-version.js';

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
      return new Bound(definition, operator, node);
    },
  };
  return operator;
}

/** One for each node: an object of methods of its own would be many times as large. */
class Bound<const S extends AttributeSpecs, const I extends Formals, const O extends Formals>
  implements BoundOperator<S, I, O>
{
  readonly version: number;
  readonly inputs: Named<I>;
  readonly outputs: Named<O>;
  readonly attributes: AttributeValues<S>;
  readonly unread: readonly Problem[];

  constructor(
    private readonly definition: OperatorDefinition<S, string, I, O>,
    readonly operator: Operator<S, string, I, O>,
    private readonly node: Node,
  ) {
    const { inputs, outputs, attributes } = operator;
    const version = versionInForce(operator, node.opset);
    this.version = version;
    this.inputs = nameValues(node, 'inputs', inputs, version, node.inputs) as Named<I>;
    this.outputs = nameValues(node, 'outputs', outputs, version, node.outputs) as Named<O>;
    this.attributes = readAttributes(attributes, node, version);
    this.unread = unreadAttributes(attributes, node, version);
  }

  infer(context: Unread<InferContext<unknown>>): readonly TensorType[] {
    this.hold(context.inputs);
    return this.definition.infer(this.extend(context));
  }

  symbolic(context: Unread<InferContext<unknown>>): readonly (SymbolicTensor | undefined)[] | undefined {
    return this.definition.symbolic?.(this.extend(context));
  }

  reference(context: Unread<ReferenceContext<unknown>>): readonly Tensor[] {
    return finish(this.referenceSteps(context));
  }

  *referenceSteps(context: Unread<ReferenceContext<unknown>>): PacedRun<readonly Tensor[]> {
    this.hold(context.inputs.map((tensor) => tensor && typeOfTensor(tensor)));
    const made = this.definition.reference(this.extend(context));
    const outputs = 'next' in made ? yield* made : made;
    requireOutputs(this.node, outputs);
    return outputs;
  }

  macs(context: Omit<CostContext<unknown>, 'attributes'>): Dim {
    return this.definition.macs?.({ ...context, attributes: this.attributes }) ?? 0;
  }

  expand(expansion: Expansion): string | undefined {
    return this.definition.expand?.(this, expansion);
  }

  bodies(context: Unread<BodyContext<unknown>>): readonly Body[] {
    return this.definition.bodies?.(this.extend(context)) ?? [];
  }

  private hold(types: readonly (TensorType | undefined)[]): void {
    checkTypes(this.operator.name, this.operator, this.version, types);
  }

  /** Adds to a context what was read of the node. */
  private extend<C extends object>(context: C): C & BoundAttributes<S> {
    const { version, attributes } = this;
    return Object.assign(context, { version, attributes });
  }
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
