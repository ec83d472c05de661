/** The report of `unstride inspect`, node by node: plain data for the renderers in this folder. */
import { type Diagnostic, nodeLabel } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { type Constraint, formatRequirement } from '../ir/constraint.js';
import { add, type Dim, mul, symbolsOf, unlessTooComplex } from '../ir/dim.js';
import { elementCountOf } from '../ir/element-count-of.js';
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import { type Constant, type Graph, type Model, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import { formatType, isConcrete, type Shape, type TensorType } from '../ir/shape.js';
import { elementCount } from '../ir/tensor.js';
import { attributesOf } from '../ops/bind.js';
import { constants } from '../ops/creation/constant.js';
import { scheduleReferences } from '../plan/reference-schedule.js';

export interface ValueReport {
  readonly name: string;
  /** Null if unknown or not a tensor. */
  readonly elementType: ElementType | null;
  readonly shape: Shape | null;
  /** The declared type of a value that is not a tensor: a sequence, an optional, a map. */
  readonly description?: string;
}

export interface SubgraphReport {
  /** The attribute that holds the subgraph: `then_branch`, `body`. */
  readonly attribute: string;
  readonly nodes: readonly NodeReport[];
}

export interface NodeReport {
  /** May be empty. */
  readonly name: string;
  readonly opType: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  /** Index in the file's list of nodes. */
  readonly index: number;
  /** The since-version in force; null if the operator is unknown. */
  readonly version: number | null;
  readonly outputs: readonly ValueReport[];
  /** Number of elements of weights that no node before reads. */
  readonly parameters: number;
  /** Multiply-accumulate operations; null if unknown. */
  readonly macs: Dim | null;
  /** Bytes of the outputs; null if unknown. */
  readonly activationBytes: Dim | null;
  readonly subgraphs: readonly SubgraphReport[];
  /** File and line in the exporter's source. */
  readonly origin: string | null;
}

export interface InspectedSize {
  readonly name: string;
  readonly text: string;
}

export interface ConstraintReport {
  /** `equal`, `broadcast` (equal, or one of them 1), `at-least` (left ≥ right). */
  readonly kind: Constraint['kind'];
  readonly left: Dim;
  readonly right: Dim;
  /** Names the two sizes: `sizes at axis 2`. */
  readonly what: string;
  readonly node: string;
}

export interface InspectTotals {
  /** Number of nodes, including those of subgraphs. */
  readonly nodes: number;
  /** Number of nodes whose operator is unknown. */
  readonly unknownNodes: number;
  readonly parameters: number;
  readonly parameterBytes: number;
  /** Sum over the nodes with known MACs; a subgraph counts once, however often it runs. */
  readonly macs: Dim | null;
  readonly activationBytes: Dim | null;
  /** Peak bytes of activations if each value is freed after its last reader; null while sizes are open. */
  readonly peakActivationBytes: number | null;
}

export interface InspectReport {
  readonly file: string | null;
  /** Bytes of the model file. */
  readonly byteLength: number | null;
  readonly producer: { readonly name: string; readonly version: string };
  readonly irVersion: number;
  /** Version by domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  /** Symbols in the shapes of the inputs that are not bound. */
  readonly symbols: readonly string[];
  readonly nodes: readonly NodeReport[];
  /** The legal values of each open size: `multiple of 16`. */
  readonly sizes: readonly InspectedSize[];
  /** Requirements of nodes that do not hold for all sizes. */
  readonly constraints: readonly ConstraintReport[];
  readonly totals: InspectTotals;
  readonly diagnostics: readonly Diagnostic[];
}

export interface InspectSource {
  readonly model: Model;
  readonly inference: Inference;
  /** The solution of the constraints. */
  readonly sizes?: readonly InspectedSize[];
  readonly diagnostics?: readonly Diagnostic[];
  readonly file?: string | undefined;
  readonly byteLength?: number | undefined;
}

/** Builds the report. Does not throw: what is unknown is null. */
export function inspectModel({
  model,
  inference,
  sizes = [],
  diagnostics,
  file,
  byteLength,
}: InspectSource): InspectReport {
  const { graph } = model;
  const builder = new ReportBuilder(inference);
  const nodes = builder.nodes(graph);
  const inputs = graph.inputs.map((value) => builder.value(value));
  return {
    file: file ?? null,
    byteLength: byteLength ?? null,
    producer: model.producer,
    irVersion: model.irVersion,
    opsets: Object.fromEntries(model.opsets),
    inputs,
    outputs: graph.outputs.map((value) => builder.value(value)),
    symbols: openSymbols(inputs.map(({ shape }) => shape)),
    nodes,
    sizes,
    constraints: constraintReports(inference.constraints),
    totals: { ...builder.totals(nodes), peakActivationBytes: peakBytes(graph, inference) },
    diagnostics: diagnostics ?? inference.diagnostics,
  };
}

/** The totals that do not depend on memory. */
export function costOf(
  graph: Graph,
  inference: Inference,
): Pick<InspectTotals, 'nodes' | 'parameters' | 'parameterBytes' | 'macs'> {
  return new ReportBuilder(inference).cost(graph);
}

/** The names of the symbols in the shapes, in order of appearance. */
export function openSymbols(shapes: readonly (Shape | null | undefined)[]): string[] {
  const dims = shapes.flatMap((shape) => shape ?? []);
  return [...new Set(dims.flatMap((dim) => [...symbolsOf(dim).keys()]))];
}

export function valueReport(value: Value, { types }: Pick<Inference, 'types'>): ValueReport {
  const type = types.get(value);
  const { declared } = value;
  const told = declared?.kind === 'other' ? declared.description : undefined;
  const description = type?.sequence === undefined ? told : formatType(type);
  return {
    name: value.name,
    elementType: type?.elementType ?? null,
    shape: type?.shape ?? null,
    ...(description === undefined ? {} : { description }),
  };
}

class ReportBuilder {
  private parameterCount = 0;
  private parameterBytes = 0;
  private readonly counted = new Set<Value>();
  /** Weights of the graph and of the graphs around it. */
  private readonly constants = new Map<Value, Constant>();

  constructor(private readonly inference: Inference) {}

  value(value: Value): ValueReport {
    return valueReport(value, this.inference);
  }

  nodes(graph: Graph): NodeReport[] {
    for (const [value, constant] of graph.constants) this.constants.set(value, constant);
    return graph.nodes.map((node) => this.node(node));
  }

  private node(node: Node): NodeReport {
    const bound = this.inference.operators.get(node);
    return {
      name: node.name,
      opType: node.opType,
      domain: node.domain,
      index: node.index,
      version: bound?.version ?? null,
      outputs: node.outputs.filter((output) => output !== undefined).map((output) => this.value(output)),
      parameters: this.parameters(node),
      macs: this.macs(node) ?? null,
      activationBytes:
        sumOf(node.outputs.map((output) => (output === undefined ? 0 : bytesOf(this.inference.types.get(output))))) ??
        null,
      subgraphs: subgraphsOf(node).map(({ attribute, graph }) => ({ attribute, nodes: this.nodes(graph) })),
      origin: originOf(node) ?? null,
    };
  }

  private macs(node: Node): Dim | undefined {
    const bound = this.inference.operators.get(node);
    if (bound === undefined) return undefined;
    if (!bound.operator.countsMacs) return 0;
    const shapes = (values: readonly (Value | undefined)[]) =>
      values.map((value) => value && this.inference.types.get(value)?.shape);
    const inputs = shapes(node.inputs);
    const outputs = shapes(node.outputs);
    if (inputs.some((shape, i) => shape === undefined && node.inputs[i] !== undefined)) return undefined;
    if (outputs.some((shape, i) => shape === undefined && node.outputs[i] !== undefined)) return undefined;
    return unlessTooComplex(() => bound.macs({ inputs, outputs }));
  }

  /**
   * Number of elements of weights that the node is the first to read; int64, bool and string constants are not counted.
   */
  private parameters(node: Node): number {
    let count = 0;
    const take = ({ type, dims, byteLength }: Constant) => {
      if (type === 'int64' || type === 'bool' || type === 'string') return;
      count += elementCount(dims);
      this.parameterBytes += byteLength;
    };
    for (const input of node.inputs) {
      const constant = input && this.constants.get(input);
      if (constant === undefined || this.counted.has(input!)) continue;
      this.counted.add(input!);
      take(constant);
    }
    const value = attributesOf(constants.Constant, node)?.value;
    if (value !== undefined) take(value);
    this.parameterCount += count;
    return count;
  }

  cost(graph: Graph): ReturnType<typeof costOf> {
    const macs: (Dim | undefined)[] = [];
    const visit = ({ constants, nodes }: Graph) => {
      for (const [value, constant] of constants) this.constants.set(value, constant);
      for (const node of nodes) {
        this.parameters(node);
        macs.push(this.macs(node) ?? 0);
        for (const { graph: inner } of subgraphsOf(node)) visit(inner);
      }
    };
    visit(graph);
    return {
      nodes: macs.length,
      parameters: this.parameterCount,
      parameterBytes: this.parameterBytes,
      macs: sumOf(macs) ?? null,
    };
  }

  totals(nodes: readonly NodeReport[]): Omit<InspectTotals, 'peakActivationBytes'> {
    const all = [...flatten(nodes)];
    return {
      nodes: all.length,
      unknownNodes: all.filter(({ version }) => version === null).length,
      parameters: this.parameterCount,
      parameterBytes: this.parameterBytes,
      macs: sumOf(all.map(({ macs }) => macs ?? 0)) ?? null,
      activationBytes: sumOf(all.map(({ activationBytes }) => activationBytes ?? 0)) ?? null,
    };
  }
}

function* flatten(nodes: readonly NodeReport[]): Iterable<NodeReport> {
  for (const node of nodes) {
    yield node;
    for (const subgraph of node.subgraphs) yield* flatten(subgraph.nodes);
  }
}

function sumOf(dims: readonly (Dim | undefined)[]): Dim | undefined {
  return dims.every((dim) => dim !== undefined) ? unlessTooComplex(() => add(...dims)) : undefined;
}

/** Bytes of a tensor in memory, where an element takes at least one byte. */
function bytesOf(type: TensorType | undefined): Dim | undefined {
  const { elementType, shape } = type ?? {};
  if (elementType === undefined || shape === undefined) return undefined;
  const { bits } = elementTypeFacts(elementType);
  return bits === 0 ? undefined : unlessTooComplex(() => mul(elementCountOf(shape), Math.ceil(bits / 8)));
}

function peakBytes(graph: Graph, inference: Inference): number | null {
  const sizeOf = (value: Value): number => {
    const type = inference.types.get(value);
    const bytes = type?.shape !== undefined && isConcrete(type.shape) ? bytesOf(type) : undefined;
    return typeof bytes === 'number' ? bytes : Number.NaN;
  };
  const live = new Map<Value, number>();
  let now = 0;
  let peak = 0;
  const hold = (value: Value) => {
    live.set(value, sizeOf(value));
    now += live.get(value)!;
    peak = Math.max(peak, now);
  };
  graph.inputs.forEach(hold);
  for (const { node, releases } of scheduleReferences(graph).steps) {
    for (const output of node.outputs) if (output !== undefined) hold(output);
    for (const value of releases) {
      now -= live.get(value) ?? 0;
      live.delete(value);
    }
  }
  return Number.isNaN(peak) ? null : peak;
}

/** Each requirement once, with the first node that has it. */
function constraintReports(constraints: readonly Constraint[]): ConstraintReport[] {
  const reports = new Map<string, ConstraintReport>();
  for (const { kind, left, right, what, node } of constraints) {
    const key = formatRequirement({ kind, left, right });
    if (!reports.has(key)) {
      reports.set(key, {
        kind,
        left,
        right,
        what,
        node: nodeLabel(node),
      });
    }
  }
  return [...reports.values()];
}
