/**
 * The forward walk: from the types of the inputs to the type of every value, with sizes as symbolic expressions. The
 * walk never stops: a node that fails leaves a diagnostic and the best available type, and consequences of it are not
 * reported.
 */
import { type Diagnostic, defineProblem, diagnostic, nodeLabel, type Problem, ProblemError } from '../diagnostics.js';
import type { Constraint } from '../ir/constraint.js';
import { type Bindings, type Dim, DimTooComplexError, rangeOf, substitute, symbol, unknownInteger } from '../ir/dim.js';
import { isFloat, isInteger } from '../ir/element-type.js';
import { type Constant, type Graph, heldType, type Node, referenceTo, subgraphsOf, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import {
  isSmall,
  isUnknown,
  maxKnownElements,
  type SymbolicTensor,
  symbolicFromTensor,
  symbolicTensor,
} from '../ir/quantity.js';
import { isConcrete, type Shape, sequenceOf, type TensorType, tensorType } from '../ir/shape.js';
import { elementCount } from '../ir/tensor.js';
import { finish, type Steps } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import { followingBudget } from '../limits/work.js';
import { bind } from '../ops/bind.js';
import type { KnownValue } from '../ops/infer-context.js';
import type { BoundOperator } from '../ops/operator.js';
import { referenceWork } from '../ops/reference-work.js';
import { findOperator } from '../ops/registry.js';
import { NodeContext, type SubgraphInference } from './context.js';
import { declaredMismatch } from './declared.js';
import { Earlier, type Findings } from './earlier.js';
import { evaluate, isEvaluated, isFollowed } from './evaluate.js';
import { Ledger } from './ledger.js';
import { keepsRank } from './rank-keeping.js';

export interface InferOptions {
  /** Sizes (or expressions) for the model's symbols. */
  readonly bindings?: Bindings;
  /** Shapes of inputs by name, which replace the declared ones. */
  readonly inputShapes?: ReadonlyMap<string, Shape>;
  /** Types of inputs, in place of the declared ones. */
  readonly inputTypes?: ReadonlyMap<Value, TensorType> | undefined;
  /** Elements of inputs by name, if they are known before a run. */
  readonly inputValues?: ReadonlyMap<string, SymbolicTensor>;
  /**
   * Whether open sizes are those at which onnxruntime and unstride run a pooling, some of whose windows overhang (default: those
   * at which all tools do).
   */
  readonly countsOverhangs?: boolean;
  /** The file that messages name. */
  readonly file?: string | undefined;
  /** Ends the work with US2008. Work on the calling thread sees only what aborts the signal before it or within it. */
  readonly signal?: AbortSignal | undefined;
}

/** What those know who infer a graph again. */
export interface KnownEarlier {
  /** What is known of the graph for other sizes, or for any, with the same bindings. */
  readonly earlier?: Inference | undefined;
}

export interface Inference {
  /** Types of all values of the graph and its subgraphs. */
  readonly types: ReadonlyMap<Value, TensorType>;
  /** The elements of values that shape arithmetic could follow. */
  readonly known: ReadonlyMap<Value, SymbolicTensor>;
  /** The bound operator of each node, if its operator is known. */
  readonly operators: ReadonlyMap<Node, BoundOperator>;
  /** Requirements of nodes that hold for some sizes and not for others. */
  readonly constraints: readonly Constraint[];
  /** Requirements of nodes that no size meets; each has a diagnostic. */
  readonly refuted: readonly Constraint[];
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws ModelError US2008 when the signal of the options is aborted */
export function infer(graph: Graph, options: InferOptions = {}): Inference {
  return finish(inferSteps(graph, options));
}

/**
 * The same, node by node of the outermost graph.
 * @param earlier of the graph before it was changed: what nodes were found to make of values of known sizes holds as long as
 * they read the same
 */
export function* inferSteps(graph: Graph, options: InferOptions = {}, earlier?: Inference): Steps<Inference> {
  const first = yield* walked(graph, options, undefined, earlier);
  const { multiples, least, missesFacts } = first.ledger;
  const hasFacts = !multiples.isEmpty || least.size > 0;
  if (!missesFacts || !hasFacts || first.refuted.length > 0) return first;
  // Exporters compute sizes before the nodes that ask for multiples, so what these say is known to a second walk only.
  const second = yield* walked(graph, options, first.ledger);
  return second.ledger.implies(first.ledger) ? second : first;
}

function* walked(graph: Graph, options: InferOptions, assumed?: Ledger, earlier?: Inference): Steps<Walk> {
  const walk = new Walk(options, assumed);
  walk.earlier = earlier instanceof Walk ? new Earlier(earlier) : undefined;
  walk.bindInputs(graph);
  yield* walk.steps(graph);
  // It would keep all before it.
  walk.earlier = undefined;
  return walk;
}

const inputWithoutShape = defineProblem('US1215', { input: 'string' }, ({ input }) => ({
  message: `the input '${input}' has no shape: what is computed from it has none either`,
  value: input,
  hint: 'export with example inputs, or declare the shape; an open size is a symbol',
}));

const sizeTooComplex = defineProblem('US1213', { reason: 'string' }, ({ reason }) => ({
  message: `${reason}; the sizes after this node are not followed`,
}));

const operatorUnknown = defineProblem(
  'US1305',
  { operator: 'string', areDeclared: 'boolean' },
  ({ operator, areDeclared }) => ({
    message: `the operator ${operator} is not supported; the shapes of its outputs ${areDeclared ? 'are taken from the file' : 'are not known, and the file does not tell them all'}`,
    hint: 'the model can be inspected, but not run past this node',
  }),
);

const rankUnknown = defineProblem('US1217', { value: 'string' }, ({ value }) => ({
  message: `the rank of '${value}' depends on data that only a run knows`,
  value,
  hint: 'what is computed from it has no shape either; declare it in the file, or make what decides it a constant',
}));

const negativeSize = defineProblem(
  'US1207',
  { axis: 'integer', value: 'string', size: 'size' },
  ({ axis, value, size }) => ({
    message: `axis ${axis} of '${value}' has a negative size`,
    value,
    expected: 'a size of at least 0',
    actual: String(size),
  }),
);

const workExceeded = 'what is known before the run takes too long to compute';

/** Of an element of a value that is followed. */
const bytesOfElement = 8;

/** The most elements of a value of which none is known that are followed, as sizes of a tensor's axes. */
const maxUnknowns = 16;

class Walk implements Inference, Findings {
  readonly types = new Map<Value, TensorType>();
  readonly known = new Map<Value, SymbolicTensor>();
  readonly partlyKnown = new Map<Value, SymbolicTensor>();
  readonly producers = new Map<Value, Node>();
  readonly operators = new Map<Node, BoundOperator>();
  /** While a subgraph is inferred, this is a separate ledger based on the model's; diagnostics are separate too. */
  ledger: Ledger;
  readonly constraints: readonly Constraint[];
  readonly refuted: readonly Constraint[];
  diagnostics: Diagnostic[] = [];
  private readonly bindings: Bindings;
  private readonly inputShapes: ReadonlyMap<string, Shape>;
  private readonly inputTypes: InferOptions['inputTypes'];
  private readonly inputValues: ReadonlyMap<string, SymbolicTensor>;
  readonly countsOverhangs: boolean;
  private readonly file: string | undefined;
  private readonly signal: AbortSignal | undefined;
  /** Values whose type is the declared one, or unknown, because an earlier node failed. */
  readonly tainted = new Set<Value>();
  readonly unsettled = new Set<Node>();
  /** A walk through much the same graph. */
  earlier: Earlier | undefined;
  private freshCount = 0;
  private readonly budget = followingBudget();
  private isBudgetTold = false;

  /** @param assumed what an earlier walk has found of sizes */
  constructor(options: InferOptions, assumed?: Ledger) {
    this.ledger = new Ledger(undefined, assumed);
    this.constraints = this.ledger.constraints;
    this.refuted = this.ledger.refuted;
    this.bindings = options.bindings ?? new Map();
    this.inputShapes = options.inputShapes ?? new Map();
    this.inputTypes = options.inputTypes;
    this.inputValues = options.inputValues ?? new Map();
    this.countsOverhangs = options.countsOverhangs ?? false;
    this.file = options.file;
    this.signal = options.signal;
  }

  bindInputs(graph: Graph): void {
    for (const input of graph.inputs) {
      const declared = this.inputTypes?.get(input) ?? this.declaredType(input);
      if (declared.sequence !== undefined) {
        this.types.set(input, declared);
        continue;
      }
      const shape = this.inputShapes.get(input.name) ?? declared.shape;
      this.types.set(input, this.asEarlier(input, tensorType(declared.elementType, shape)));
      const known = this.inputValues.get(input.name);
      if (known !== undefined) this.known.set(input, known);
      if (shape !== undefined || input.declared?.kind === 'other') continue;
      this.diagnostics.push(diagnostic(inputWithoutShape({ input: input.name }), { file: this.file }));
    }
  }

  *steps(graph: Graph): Steps<void> {
    for (const [value, constant] of graph.constants) this.constant(value, constant);
    for (const node of graph.nodes) {
      throwIfStopped(this.signal, this.file, 'inference');
      this.node(node);
      yield;
    }
  }

  subgraph(node: Node, graph: Graph, inputs: readonly KnownValue[]): SubgraphInference {
    const { ledger, diagnostics } = this;
    const isTainted = this.readsTainted(node);
    this.ledger = new Ledger(ledger);
    this.diagnostics = [];
    const found = { ledger: this.ledger, diagnostics: this.diagnostics };
    try {
      graph.inputs.forEach((input, i) => {
        this.forget(input);
        const { type = tensorType(undefined, undefined), known } = inputs[i] ?? { type: undefined };
        this.types.set(input, type);
        if (known !== undefined) this.known.set(input, known);
        if (isTainted) this.tainted.add(input);
      });
      finish(this.steps(graph));
    } finally {
      this.ledger = ledger;
      this.diagnostics = diagnostics;
    }
    return { ...found, isTainted: graph.outputs.some((output) => this.tainted.has(output)) };
  }

  /** Drops the results of an earlier inference of the same graph for a value. */
  private forget(value: Value): void {
    if (!this.types.has(value)) return;
    this.known.delete(value);
    this.partlyKnown.delete(value);
    this.tainted.delete(value);
  }

  private constant(value: Value, constant: Constant): void {
    const type = this.asEarlier(value, tensorType(constant.type, constant.dims));
    this.types.set(value, type);
    const declared = value.declared && this.declaredType(value);
    const mismatch = declared && declaredMismatch(value, declared, type, 'its initializer holds');
    if (mismatch !== undefined) this.diagnostics.push(diagnostic(mismatch, { file: this.file }));
    if (!isSmall(constant.dims) || constant.storage === 'external') return;
    try {
      const known = elementsOf(constant);
      if (known !== undefined) this.known.set(value, this.earlier?.elements(value, known) ?? known);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // A constant of a type that is not supported matters only where it is read.
      if (error.problem.code !== 'US1008') this.diagnostics.push(diagnostic(error.problem, { file: this.file }));
    }
  }

  private asEarlier(value: Value, type: TensorType): TensorType {
    return this.earlier?.type(value, type) ?? type;
  }

  /** The type the file declares, its symbols replaced as bound. */
  private declaredType({ declared }: Value): TensorType {
    if (declared?.kind === 'tensor' && this.bindings.size === 0) return heldType(declared)!;
    const bound = ({ elementType, shape, sequence }: TensorType): TensorType =>
      sequence === undefined
        ? tensorType(
            elementType,
            shape?.map((dim) => substitute(dim, this.bindings)),
          )
        : sequenceOf({ ...sequence, element: bound(sequence.element) });
    const held = declared && heldType(declared);
    return held === undefined ? tensorType(undefined, undefined) : bound(held);
  }

  private node(node: Node): void {
    for (const output of node.outputs) {
      if (output === undefined) continue;
      this.forget(output);
      this.producers.set(output, node);
    }
    if (this.earlier?.repeats(node, this)) return;
    if (findOperator(node) === undefined) {
      this.unknownOperator(node);
      return;
    }
    const context = new NodeContext(this, node);
    const bound = this.attempt(context, node, () => this.applyRule(node, context));
    if (bound === undefined) this.fallBack(node);
    // If inputs disagree, there is no value to compute.
    else if (!context.disagrees) this.attempt(context, node, () => this.follow(node, bound, context));
    if (context.subgraphs !== undefined)
      for (const found of context.subgraphs.values()) {
        this.diagnostics.push(...found.diagnostics);
        if (found.ledger !== undefined) this.ledger.adopt(found.ledger);
      }
    this.unvisitedSubgraphs(node, context.subgraphs);
    if (context.looksFurther) this.unsettled.add(node);
  }

  /**
   * Infers branches that are not taken and bodies that no rule visited. Their values get types, but their errors are
   * not reported.
   */
  private unvisitedSubgraphs(node: Node, visited?: ReadonlyMap<Graph, unknown>): void {
    for (const { graph } of subgraphsOf(node)) {
      if (visited?.has(graph)) continue;
      this.subgraph(
        node,
        graph,
        graph.inputs.map((input) => ({ type: this.declaredType(input) })),
      );
    }
  }

  /** The result of `work`. After a problem, which is reported and taints the node's outputs, undefined. */
  private attempt<T>({ readsTainted }: NodeContext, node: Node, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof ProblemError) {
        // A failure after an earlier one would only repeat its cause.
        if (!readsTainted) this.report(node, error.problem);
      } else if (error instanceof DimTooComplexError) {
        this.report(node, sizeTooComplex({ reason: error.message }));
      } else {
        throw error;
      }
      for (const output of node.outputs) if (output !== undefined) this.tainted.add(output);
      return undefined;
    }
  }

  private applyRule(node: Node, context: NodeContext): BoundOperator {
    const bound = bind(node)!;
    this.operators.set(node, bound);
    for (const problem of bound.unread) this.report(node, problem);
    const types = bound.infer(context);
    const isTainted = context.readsTainted || context.returnsTainted;
    node.outputs.forEach((output, i) => {
      if (output === undefined) return;
      const type = this.ranked(node, output, types[i] ?? tensorType(undefined, undefined));
      if (!context.readsTainted && type.shape !== undefined) this.checkSizes(node, output, type.shape);
      this.types.set(output, this.asEarlier(output, type));
      if (isTainted) this.tainted.add(output);
      else this.checkDeclared(node, output);
    });
    return bound;
  }

  /** Takes the declared types of the outputs, since there are no others. */
  private unknownOperator(node: Node): void {
    const outputs = node.outputs.filter((output) => output !== undefined);
    const isTold = outputs.every(({ declared }) => declared?.kind === 'tensor' && declared.shape !== undefined);
    this.report(node, operatorUnknown({ operator: node.opType, areDeclared: isTold }));
    const isTainted = !isTold || this.inputShapes.size > 0 || this.readsTainted(node);
    this.fallBack(node);
    if (isTainted) for (const output of outputs) this.tainted.add(output);
    this.unvisitedSubgraphs(node);
  }

  /**
   * The type that the rule returns. If its rank is unknown, the declared shape is taken. If there is none, the first of
   * several such nodes in a row reports it.
   */
  private ranked(node: Node, output: Value, type: TensorType): TensorType {
    if (isRanked(type)) return type;
    this.unsettled.add(node);
    if (output.declared?.kind === 'other') return type.elementType === undefined ? this.declaredType(output) : type;
    const { shape } = this.declaredType(output);
    if (shape !== undefined && this.inputShapes.size === 0) return tensorType(type.elementType, shape);
    const isFirst = node.inputs.every((input) => input === undefined || isRanked(this.types.get(input)));
    // Branches and loop bodies may intentionally differ in rank.
    if (isFirst && subgraphsOf(node).length === 0) {
      this.report(node, rankUnknown({ value: output.name }));
    }
    return type;
  }

  readsTainted(node: Node): boolean {
    return node.inputs.some((input) => input !== undefined && this.tainted.has(input));
  }

  /** Sizes are at least 0. An operator that can say more about a negative size has reported it itself. */
  private checkSizes(node: Node, value: Value, shape: Shape): void {
    shape.forEach((dim, axis) => {
      if (rangeOf(dim).min >= 0) return;
      const requirement = { kind: 'at-least', left: dim, right: 0 } as const;
      if (this.ledger.require(requirement, node, `size of '${value.name}' at axis ${axis}`) !== false) return;
      throw new ProblemError(negativeSize({ axis, value: value.name, size: dim }));
    });
  }

  /** Computes the values of the node's outputs if they are known before running. */
  private follow(node: Node, bound: BoundOperator, context: NodeContext): void {
    if (node.outputs.every((output) => output === undefined || !isFollowed(this.types.get(output)))) return;
    const values = bound.symbolic(context) ?? this.evaluate(node, bound);
    node.outputs.forEach((output, i) => {
      const value = values?.[i];
      if (output === undefined || value === undefined) return;
      const count = elementCount(value.dims);
      if (count > maxKnownElements || !this.budget.take(0, count * bytesOfElement)) return;
      if (this.partlyKnown.size > 0 && value.elements.some(isUnknown)) this.partlyKnown.set(output, value);
      else this.known.set(output, this.earlier?.elements(output, value) ?? value);
    });
  }

  /** What the reference computes of known inputs, as long as the budget lasts. */
  private evaluate(node: Node, bound: BoundOperator): readonly (SymbolicTensor | undefined)[] | undefined {
    if (!isEvaluated(node, bound, this.known)) return undefined;
    const typesOf = (values: Node['inputs']) => values.map((value) => value && this.types.get(value));
    if (this.budget.take(referenceWork(bound, typesOf(node.inputs), typesOf(node.outputs)), 0))
      return evaluate(node, bound, this.known);
    if (!this.isBudgetTold) this.report(node, sizeTooComplex({ reason: workExceeded }));
    this.isBudgetTold = true;
    return undefined;
  }

  unknowns(value: Value): SymbolicTensor | undefined {
    const type = this.types.get(value);
    if (type?.shape === undefined || !isConcrete(type.shape)) return undefined;
    const count = elementCount(type.shape);
    const { elementType } = type;
    if (elementType === undefined || count > maxUnknowns || !(isInteger(elementType) || isFloat(elementType)))
      return undefined;
    const elements = Array.from({ length: count }, () => this.unknownElement(value.name));
    const made = symbolicTensor(elementType, type.shape, elements);
    this.partlyKnown.set(value, made);
    return made;
  }

  unknownElement(name: string): Dim {
    return unknownInteger(`?${this.freshCount++}`, `an element of '${name}', which is computed at run time`);
  }

  /** Continues with the declared types of the outputs, or only with their ranks if input sizes are not the file's. */
  private fallBack(node: Node): void {
    this.unsettled.add(node);
    const unknown = () => this.fresh(node, 'the node cannot be inferred', 0);
    const [data] = node.inputs;
    const given = data && this.types.get(data);
    for (const output of node.outputs) {
      if (output === undefined) continue;
      const declared = this.declaredType(output);
      const { elementType, shape } = declared;
      if (declared.sequence !== undefined) {
        this.types.set(output, declared);
        continue;
      }
      const ranked = shape ?? (keepsRank(node.opType) ? given?.shape : undefined);
      const isCertain = shape !== undefined && this.inputShapes.size === 0;
      this.types.set(output, tensorType(elementType, isCertain ? shape : ranked?.map(unknown)));
    }
  }

  /** Compares with the declared type, which applies only to the file's own input sizes. */
  private checkDeclared(node: Node, output: Value): void {
    const inferred = this.types.get(output);
    if (this.inputShapes.size > 0 || output.declared?.kind !== 'tensor' || inferred === undefined) return;
    const problem = declaredMismatch(output, this.declaredType(output), inferred);
    if (problem !== undefined) this.report(node, problem);
  }

  report(node: Node, problem: Problem): void {
    // A later walk has to say it again.
    this.unsettled.add(node);
    this.diagnostics.push(diagnostic(problem, { file: this.file, node: referenceTo(node), origin: originOf(node) }));
  }

  fresh(node: Node, reason: string, min: number): Dim {
    const name = `?${this.freshCount++}`;
    return symbol(name, {
      min,
      reason: `${reason} (${nodeLabel(node)})`,
    });
  }
}

const read = new WeakMap<Constant, { readonly known: SymbolicTensor | undefined }>();

/** The elements of a small constant. It is the same in each walk, and read once. @throws ProblemError */
function elementsOf(constant: Constant): SymbolicTensor | undefined {
  const before = read.get(constant);
  if (before !== undefined) return before.known;
  const known = symbolicFromTensor(constant.load());
  read.set(constant, { known });
  return known;
}

/** Whether there is no rank left to know. */
function isRanked(type: TensorType | undefined): boolean {
  return type?.shape !== undefined || type?.sequence !== undefined;
}
