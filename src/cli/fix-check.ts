/**
 * Checks that a fixed model still computes the same: compares shapes by inference, and replaced nodes and the whole by
 * running both versions.
 */
import { ModelError, nodeLabel } from '../diagnostics.js';
import { randomTensor } from '../feed/random-tensor.js';
import { type Inference, infer } from '../infer/infer.js';
import { type Bindings, type Dim, symbolsOf } from '../ir/dim.js';
import { emptyMetadata, type Graph, type Model, type Node, Value } from '../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { formatType, isConcrete, type Shape, type TensorType } from '../ir/shape.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { attributesOf } from '../ops/bind.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import { scheduleReferences } from '../plan/reference-schedule.js';
import type { Change } from '../rules/fixes/fix.js';
import { execute } from '../runtime/reference-executor.js';

export interface Verification {
  /** Values whose types were compared. */
  readonly comparedShapes: number;
  /** Number of replaced nodes whose old and new versions were run on integers with equal results. */
  readonly comparedNodes: number;
  /** Whether both versions of the whole model were run on random input; otherwise `reason` says why not. */
  readonly comparedResults: boolean;
  readonly reason?: string;
  /** Differences, because of which the fixed model must not be written. */
  readonly differences: readonly string[];
}

export interface VerifyOptions {
  readonly bindings: Bindings;
  /** If false, results may differ by rounding. */
  readonly keepsEveryBit: boolean;
  readonly seed: number;
}

/** Models with more multiply-accumulates than this are not run, since references would take too long. */
const mostMacs = 3e8;
const mostElements = 2 ** 26;
/** Bytes of live values: what the sizes do not tell, loops, is bounded while it runs. */
const memoryLimit = 4 * mostElements;
/** Relative to the largest magnitude, if results may be rounded. */
const tolerance = 1e-4;

export function verifyFix(
  before: Model,
  after: Model,
  changes: readonly Change[],
  options: VerifyOptions,
): Verification {
  const [was, is] = [before, after].map(({ graph }) => infer(graph, { bindings: options.bindings })) as [
    Inference,
    Inference,
  ];
  const shapes = compareShapes(before.graph, after.graph, was, is);
  const nodes = changes.flatMap(({ node, replacement }) =>
    node === undefined || replacement === undefined ? [] : [compareNodes(node, replacement, was)],
  );
  const results = compareResults(before, after, was, options);
  return {
    comparedShapes: shapes.compared,
    comparedNodes: nodes.filter((outcome) => outcome === 'same').length,
    ...results,
    differences: [
      ...shapes.differences,
      ...nodes.filter((outcome) => outcome !== 'same' && outcome !== 'not run'),
      ...results.differences,
    ],
  };
}

/**
 * Compares all values that both graphs have. Symbols that inference generated are renumbered, so they all count as
 * equal.
 */
function compareShapes(before: Graph, after: Graph, was: Inference, is: Inference) {
  const differences: string[] = [];
  let compared = 0;
  const compare = (name: string, a: TensorType | undefined, b: TensorType | undefined) => {
    compared++;
    const texts = [a, b].map((type) => formatType(type && { ...type, shape: type.shape?.map(withoutNumber) as Shape }));
    if (texts[0] !== texts[1]) differences.push(`'${name}' was ${texts[0]} and is ${texts[1]}`);
  };
  for (const [value, type] of was.types) {
    if (is.types.has(value)) compare(value.name, type, is.types.get(value));
  }
  before.outputs.forEach((output, i) => {
    const now = after.outputs[i];
    if (now !== output) compare(output.name, was.types.get(output), now && is.types.get(now));
  });
  return { compared, differences };
}

function withoutNumber(dim: Dim): Dim | string {
  return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined) ? '?' : dim;
}

/** Runs both versions of a transposed convolution on one channel of small integers, for which sums are exact. */
function compareNodes(before: Node, after: Node, { types }: Inference): string {
  const shapes = [0, 1].map((i) => before.inputs[i] && types.get(before.inputs[i])?.shape);
  const [x, w] = shapes;
  if (x === undefined || w === undefined) return 'not run';
  const needsSize = attributesOf(convTranspose.ConvTranspose, before)?.output_shape !== undefined;
  const input = x
    .slice(2)
    .map((dim) => (typeof dim === 'number' && (needsSize || dim <= 16) ? dim : needsSize ? undefined : 5));
  const kernel = w.slice(2);
  if (!input.every((size) => size !== undefined) || !isConcrete(kernel)) return 'not run';
  if (elementCount(input) * elementCount(kernel) > mostElements) return 'not run';
  const feeds = [integers([1, 1, ...input], 1), integers([1, 1, ...kernel], 2)];
  try {
    const [a, b] = [before, after].map((node) => runNode(node, feeds)) as [Tensor, Tensor];
    const place = `${nodeLabel(before)} alone, on integers,`;
    if (a.dims.join() !== b.dims.join()) return `${place} made [${a.dims.join(', ')}] and makes [${b.dims.join(', ')}]`;
    return numbersOf(a).every((value, i) => value === numbersOf(b)[i]) ? 'same' : `${place} gives other results`;
  } catch (error) {
    if (error instanceof ModelError) return 'not run';
    throw error;
  }
}

function integers(dims: readonly number[], seed: number): Tensor {
  let state = seed;
  const values = Float32Array.from({ length: elementCount(dims) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 15) - 7;
  });
  return tensorFromNumbers('float32', dims, values);
}

function runNode(node: Node, feeds: readonly Tensor[]): Tensor {
  const inputs = feeds.map((_, i) => new Value(`x${i}`));
  const output = new Value('y');
  const attributes = new Map(node.attributes);
  attributes.delete('group');
  // If output_shape has batch and channels, only its spatial entries are read.
  const alone: Node = { ...node, inputs, outputs: [output], attributes, metadata: emptyMetadata };
  const graph: Graph = { name: '', inputs, outputs: [output], nodes: [alone], constants: new Map() };
  return execute(scheduleReferences(graph), feeds).outputs[0]!;
}

function compareResults(
  before: Model,
  after: Model,
  was: Inference,
  { keepsEveryBit, seed }: VerifyOptions,
): Pick<Verification, 'comparedResults' | 'reason' | 'differences'> {
  const skip = (reason: string) => ({ comparedResults: false, reason, differences: [] });
  const reason = whyNotRun(before.graph, was);
  if (reason !== undefined) return skip(reason);
  const feeds = before.graph.inputs.map((input, i) => {
    const { elementType, shape } = was.types.get(input)!;
    return randomTensor(elementType!, shape as readonly number[], seed + i).tensor;
  });
  let expected: readonly Tensor[];
  try {
    expected = execute(scheduleReferences(before.graph), feeds, { memoryLimit }).outputs;
  } catch (error) {
    if (error instanceof ModelError) return skip(`the model cannot be run as it was: ${error.diagnostics[0]!.message}`);
    throw error;
  }
  try {
    const actual = execute(scheduleReferences(after.graph), feeds, { memoryLimit }).outputs;
    const differences = before.graph.outputs.flatMap(
      ({ name }, i) => difference(name, expected[i]!, actual[i]!, keepsEveryBit ? 0 : tolerance) ?? [],
    );
    return { comparedResults: true, differences };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { comparedResults: false, differences: [`it cannot be run any more: ${error.diagnostics[0]!.message}`] };
  }
}

function whyNotRun(graph: Graph, { types, operators }: Inference): string | undefined {
  const open = new Set<string>();
  for (const input of graph.inputs) {
    const { elementType, shape } = types.get(input) ?? {};
    if (elementType === undefined || elementType === 'string' || shape === undefined)
      return `the input '${input.name}' is not a tensor of numbers`;
    for (const dim of shape) for (const name of symbolsOf(dim).keys()) open.add(name);
  }
  if (open.size > 0) return `sizes are open: bind them with --dim ${[...open].map((name) => `${name}=…`).join(',')}`;
  let macs = 0;
  let elements = 0;
  for (const node of graph.nodes) {
    const bound = operators.get(node);
    if (bound === undefined) return `${nodeLabel(node)} cannot be run`;
    if (!bound.operator.isDeterministic) return `${nodeLabel(node)} draws random numbers`;
    const shapesOf = (values: readonly (Value | undefined)[]) =>
      values.map((value) => value && types.get(value)?.shape);
    const outputs = shapesOf(node.outputs);
    for (const shape of outputs) if (shape !== undefined && isConcrete(shape)) elements += elementCount(shape);
    const cost = bound.macs({ inputs: shapesOf(node.inputs), outputs });
    if (typeof cost === 'number') macs += cost;
  }
  if (macs > mostMacs || elements > mostElements)
    return `it takes ${(macs / 1e9).toPrecision(2)} billion multiply-accumulates`;
  return undefined;
}

function difference(name: string, a: Tensor, b: Tensor, limit: number): string | undefined {
  if (a.type !== b.type || a.dims.join() !== b.dims.join()) {
    return `the output '${name}' was ${a.type}[${a.dims.join(', ')}] and is ${b.type}[${b.dims.join(', ')}]`;
  }
  if (a.type === 'string') return undefined;
  const [expected, actual] = [numbersOf(a), numbersOf(b)];
  let scale = 0;
  for (const value of expected) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(expected[i], actual[i]) || Math.abs(expected[i]! - actual[i]!) <= limit * scale) continue;
    return `the output '${name}' differs at element ${i}: it was ${expected[i]} and is ${actual[i]}`;
  }
  return undefined;
}
