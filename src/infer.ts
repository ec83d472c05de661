/**
 * The forward walk: from the types of the inputs to the type of every value, with sizes as symbolic expressions.
 * Nothing ends the walk: a node that fails leaves a diagnostic and the best type there is, and what follows from it
 * is not reported again.
 */
import { type Diagnostic, diagnostic, type Problem, ProblemError } from './diagnostics.js';
import { type Bindings, type Dim, DimTooComplexError, rangeOf, type Sym, sub, substitute, symbol } from './ir/dim.js';
import { type Constant, type Graph, type Node, originOf, type Value } from './ir/graph.js';
import { tensorFromNumbers } from './ir/numeric.js';
import { constantsOf, maxKnownElements, type SymbolicTensor, symbolicFromTensor } from './ir/quantity.js';
import { isConcrete, type Shape, type TensorType, tensorType } from './ir/shape.js';
import { elementCount, type Tensor } from './ir/tensor.js';
import { findOperator } from './ops/index.js';
import type { BoundOperator, InferContext } from './ops/operator.js';
import { RandomSource } from './ops/random-source.js';

/** Facts kept for `isNonNegative`, which looks at all of them. */
const maxFacts = 256;

/** Two sizes that a node needs equal and that are not proved equal for all sizes. */
export interface Constraint {
  readonly left: Dim;
  readonly right: Dim;
  readonly node: Node;
  readonly what: string;
}

export interface InferOptions {
  /** Sizes (or expressions) for the model's symbols. */
  readonly bindings?: Bindings;
  /** Shapes of inputs, by name, in place of the declared ones. */
  readonly inputShapes?: ReadonlyMap<string, Shape>;
  /** For messages. */
  readonly file?: string | undefined;
}

export interface Inference {
  /** Every value that the graph and its subgraphs make or read. */
  readonly types: ReadonlyMap<Value, TensorType>;
  /** Values that shape arithmetic could follow. */
  readonly known: ReadonlyMap<Value, SymbolicTensor>;
  /** The operator of every node that has one, attributes read. */
  readonly operators: ReadonlyMap<Node, BoundOperator>;
  readonly constraints: readonly Constraint[];
  readonly diagnostics: readonly Diagnostic[];
}

export function infer(graph: Graph, options: InferOptions = {}): Inference {
  const walk = new Walk(options);
  walk.bindInputs(graph);
  walk.graph(graph);
  return walk;
}

class Walk implements Inference {
  readonly types = new Map<Value, TensorType>();
  readonly known = new Map<Value, SymbolicTensor>();
  readonly operators = new Map<Node, BoundOperator>();
  readonly constraints: Constraint[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private readonly bindings: Bindings;
  private readonly inputShapes: ReadonlyMap<string, Shape>;
  private readonly file: string | undefined;
  /** Sizes that their expressions alone do not keep from being negative; the model's validity does. */
  private readonly nonNegative = new Set<Sym>();
  private freshCount = 0;

  constructor(options: InferOptions) {
    this.bindings = options.bindings ?? new Map();
    this.inputShapes = options.inputShapes ?? new Map();
    this.file = options.file;
  }

  bindInputs(graph: Graph): void {
    for (const input of graph.inputs) {
      const declared = this.declaredType(input);
      this.types.set(input, tensorType(declared.elementType, this.inputShapes.get(input.name) ?? declared.shape));
    }
  }

  graph(graph: Graph): void {
    for (const [value, constant] of graph.constants) this.constant(value, constant);
    for (const node of graph.nodes) this.node(node);
  }

  private constant(value: Value, constant: Constant): void {
    this.types.set(value, tensorType(constant.type, constant.dims));
    if (elementCount(constant.dims) > maxKnownElements || constant.storage === 'external') return;
    const known = symbolicFromTensor(constant.load());
    if (known !== undefined) this.known.set(value, known);
  }

  /** The type the file declares, its symbols replaced as bound. */
  private declaredType(value: Value): TensorType {
    const { declared } = value;
    if (declared?.kind !== 'tensor') return tensorType(undefined, undefined);
    return tensorType(
      declared.elementType,
      declared.shape?.map((dim) => substitute(dim, this.bindings)),
    );
  }

  private node(node: Node): void {
    const operator = findOperator(node);
    if (operator === undefined) {
      this.report(node, {
        code: 'US1305',
        message: `the operator ${node.opType} is not supported; the shapes of its outputs are taken from the file`,
        hint: 'the model can be inspected, but not run past this node',
      });
      this.fallBack(node);
      return;
    }
    try {
      const bound = operator.bind(node);
      this.operators.set(node, bound);
      for (const problem of bound.unread) this.report(node, problem);
      const context = new NodeContext(this, node);
      const types = bound.infer(context);
      node.outputs.forEach((output, i) => {
        if (output !== undefined) this.setType(output, types[i] ?? tensorType(undefined, undefined));
      });
      this.follow(node, bound, context);
    } catch (error) {
      if (error instanceof ProblemError) {
        // A rule that failed on what an earlier failure left behind would only repeat the cause.
        this.report(node, error.problem);
      } else if (error instanceof DimTooComplexError) {
        this.report(node, { code: 'US1213', message: `${error.message}; the sizes after this node are not followed` });
      } else {
        throw error;
      }
      this.fallBack(node);
    }
  }

  private setType(value: Value, type: TensorType): void {
    this.types.set(value, type);
    for (const dim of type.shape ?? []) {
      if (typeof dim !== 'number' && dim.range.min < 0 && this.nonNegative.size < maxFacts) this.nonNegative.add(dim);
    }
  }

  isNonNegative(dim: Dim): boolean {
    if (rangeOf(dim).min >= 0) return true;
    if (rangeOf(dim).max < 0) return false;
    for (const fact of this.nonNegative) if (rangeOf(sub(dim, fact)).min >= 0) return true;
    return false;
  }

  /** Computes what the node's outputs are worth, where that is known before running. */
  private follow(node: Node, bound: BoundOperator, context: NodeContext): void {
    if (node.outputs.every((output) => output === undefined || !isSmall(this.types.get(output)))) return;
    const values = bound.symbolic(context) ?? this.evaluate(node, bound);
    node.outputs.forEach((output, i) => {
      const value = values?.[i];
      if (output !== undefined && value !== undefined && value.elements.length <= maxKnownElements)
        this.known.set(output, value);
    });
  }

  /** Runs the reference when every input is known in numbers. */
  private evaluate(node: Node, bound: BoundOperator): readonly (SymbolicTensor | undefined)[] | undefined {
    if (!bound.operator.isDeterministic) return undefined;
    const inputs: (Tensor | undefined)[] = [];
    for (const input of node.inputs) {
      if (input === undefined) {
        inputs.push(undefined);
        continue;
      }
      const tensor = concreteTensor(this.known.get(input));
      if (tensor === undefined) return undefined;
      inputs.push(tensor);
    }
    const outputs = bound.reference({
      inputs,
      outputCount: node.outputs.length,
      random: new RandomSource(0),
      runGraph: () => {
        throw new ProblemError({ code: 'US2007', message: 'subgraphs are not run during inference' });
      },
    });
    return outputs.map(symbolicFromTensor);
  }

  /** Goes on with what the file declares of the node's outputs. */
  private fallBack(node: Node): void {
    for (const output of node.outputs) if (output !== undefined) this.types.set(output, this.declaredType(output));
  }

  report(node: Node, problem: Problem): void {
    const { name, opType, domain, index } = node;
    this.diagnostics.push(
      diagnostic(problem, { file: this.file, node: { name, opType, domain, index }, origin: originOf(node) }),
    );
  }

  fresh(node: Node, reason: string, min: number): Dim {
    const name = `?${this.freshCount++}`;
    return symbol(name, {
      min,
      reason: `${reason} (${node.name === '' ? `${node.opType} #${node.index}` : node.name})`,
    });
  }
}

class NodeContext implements Omit<InferContext<unknown>, 'version' | 'attributes'> {
  readonly inputs: readonly (TensorType | undefined)[];
  readonly outputCount: number;

  constructor(
    private readonly walk: Walk,
    private readonly node: Node,
  ) {
    this.inputs = node.inputs.map((input) => input && walk.types.get(input));
    this.outputCount = node.outputs.length;
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

  unify(a: Dim, b: Dim, what: string): Dim {
    if (a === b) return a;
    const difference = rangeOf(sub(a, b));
    if (difference.min > 0 || difference.max < 0) {
      throw new ProblemError({
        code: 'US1202',
        message: `${what} must be equal`,
        expected: String(a),
        actual: String(b),
      });
    }
    this.walk.constraints.push({ left: a, right: b, node: this.node, what });
    return simpler(a, b);
  }

  isNonNegative(dim: Dim): boolean {
    return this.walk.isNonNegative(dim);
  }

  fresh(reason: string, min = 0): Dim {
    return this.walk.fresh(this.node, reason, min);
  }

  warn(problem: Problem): void {
    this.walk.report(this.node, problem);
  }

  inferGraph(graph: Graph, inputs: readonly (TensorType | undefined)[] = []): readonly (TensorType | undefined)[] {
    graph.inputs.forEach((input, i) => {
      this.walk.types.set(input, inputs[i] ?? tensorType(undefined, undefined));
    });
    this.walk.graph(graph);
    return graph.outputs.map((output) => this.walk.types.get(output));
  }
}

/** Under a constraint that both are equal, the one that says more. */
function simpler(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return b.toString().length < a.toString().length ? b : a;
}

function isSmall(type: TensorType | undefined): boolean {
  return type?.shape !== undefined && isConcrete(type.shape) && elementCount(type.shape) <= maxKnownElements;
}

/** The tensor that a known value is, once no symbol is left in it. */
export function concreteTensor(value: SymbolicTensor | undefined): Tensor | undefined {
  const numbers = value && constantsOf(value);
  return numbers && tensorFromNumbers(value.type, value.dims, numbers);
}
