/** Random nodes of every operator that is compiled, as graphs of one node, on both executors. */
import { infer } from '../../../src/infer/infer.js';
import { isFloat } from '../../../src/ir/element-type.js';
import { emptyMetadata, type Graph, type Node, Value } from '../../../src/ir/graph.js';
import { numbersOf } from '../../../src/ir/numeric.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { loweredOperators } from '../../../src/lower/all.js';
import { type LowerOptions, lower } from '../../../src/lower/lower.js';
import type { OperatorSchema } from '../../../src/ops/operator.js';
import { findOperator } from '../../../src/ops/registry.js';
import type { ExecutionPlan } from '../../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import type { Tier } from '../../../src/wasm/kernels/kernel.js';
import { graphOf, type OperatorCase } from '../../support/run-operator.js';
import { executePlan } from '../execute-plan.js';
import { elementwiseNodes } from './elementwise.js';
import { integerNodes } from './integers.js';
import { movementNodes } from './movement.js';
import { type Generator, Random, type RandomNode } from './random.js';
import { regionNodes } from './regions.js';
import { selectionNodes } from './selection.js';
import { windowNodes } from './windows.js';

export const generators: Readonly<Record<string, Generator>> = {
  ...elementwiseNodes,
  ...integerNodes,
  ...movementNodes,
  ...regionNodes,
  ...selectionNodes,
  ...windowNodes,
};

/** The last operator set that is known. */
const newest = 28;

export interface NodeCase extends OperatorCase, Pick<RandomNode, 'tolerance' | 'mayRoundOtherwise'> {
  readonly opset: number;
  readonly version: number;
  readonly fed: ReadonlySet<number>;
  /** Whether the first input comes out of a window, in the layout that windows have. */
  readonly isWindowed: boolean;
  readonly seed: number;
}

/** The operator and version that a node is of, by turns. */
export const versionsOfAll: readonly { readonly schema: OperatorSchema; readonly version: number }[] =
  loweredOperators.flatMap((schema) => schema.versions.map((version) => ({ schema, version })));

/** The operator sets in which a version is in force. */
function opsetsOf(schema: OperatorSchema, version: number): [first: number, last: number] {
  const next = schema.versions[schema.versions.indexOf(version) + 1];
  const removed = findOperator({ domain: '', opType: schema.name })!.removedIn;
  return [version, (next ?? removed ?? newest + 1) - 1];
}

export function nodeCase(schema: OperatorSchema, version: number, seed: number): NodeCase {
  const random = new Random(seed);
  const {
    attributes = {},
    constants = [],
    outputs = 1,
    inputs,
    ...rest
  } = generators[schema.name]!(random, version, schema);
  const isConstant = inputs.map((_, i) => constants.includes(i) || (i > 0 && random.chance(0.3)));
  return {
    ...rest,
    op: schema.name,
    opset: random.int(...opsetsOf(schema, version)),
    version,
    inputs,
    outputs,
    attributes: Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) => {
        // Generators give what some version has; which it is says the signature.
        const isThere = value !== undefined && schema.attributes[name]?.existsIn(version) === true;
        return isThere ? [[name, value]] : [];
      }),
    ),
    fed: new Set(inputs.flatMap((tensor, i) => (tensor === undefined || isConstant[i] ? [] : [i]))),
    isWindowed: isWindowable(inputs[0]) && !isConstant[0] && random.chance(0.4),
    seed,
  };
}

function isWindowable(tensor: Tensor | undefined): boolean {
  const rank = tensor?.dims.length ?? 0;
  return tensor?.type === 'float32' && rank >= 3 && rank <= 5 && tensor.size > 0;
}

export function graphOfCase(test: NodeCase): Graph {
  const graph = graphOf(test, new Set([...test.inputs.keys()].filter((i) => !test.fed.has(i))));
  return test.isWindowed ? afterWindow(graph) : graph;
}

/** Puts a pooling of single elements, which changes none, before the first input. */
function afterWindow(graph: Graph): Graph {
  const [node] = graph.nodes;
  const [x] = node!.inputs;
  const pooled = new Value('pooled');
  const rank = x!.declared?.kind === 'tensor' ? x!.declared.shape!.length : 0;
  const kernel = { kind: 'ints', value: new Array<bigint>(rank - 2).fill(1n) } as const;
  const window: Node = {
    name: 'window',
    domain: '',
    opType: 'MaxPool',
    opset: 12,
    inputs: [x],
    outputs: [pooled],
    attributes: new Map([['kernel_shape', kernel]]),
    metadata: emptyMetadata,
    index: 1,
  };
  return { ...graph, nodes: [window, { ...node!, inputs: [pooled, ...node!.inputs.slice(1)] }] };
}

/** What is wrong with the node; undefined for a legal one. */
export function problemOf(graph: Graph): string | undefined {
  return infer(graph).diagnostics.find(({ severity }) => severity === 'error')?.message;
}

function feedsOf({ inputs, fed }: NodeCase): Tensor[] {
  return inputs.filter((tensor, i): tensor is Tensor => tensor !== undefined && fed.has(i));
}

export function runReference(test: NodeCase, graph = graphOfCase(test)): readonly Tensor[] {
  return execute(scheduleReferences(graph), feedsOf(test)).outputs;
}

export function planOf(graph: Graph, options: Partial<LowerOptions> = {}): ExecutionPlan {
  return lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1, ...options });
}

export function runCompiled(
  test: NodeCase,
  plan: ExecutionPlan,
  tier: Tier,
  graph = graphOfCase(test),
): readonly Tensor[] {
  return executePlan(graph, plan, tier, feedsOf(test), 1 + (test.seed % 3));
}

/** How two results differ, or undefined. */
export function differenceOf(
  actual: Tensor,
  expected: Tensor,
  { tolerance = 2e-5, mayRoundOtherwise = false }: Pick<RandomNode, 'tolerance' | 'mayRoundOtherwise'>,
): string | undefined {
  if (actual.type !== expected.type || actual.dims.join() !== expected.dims.join()) {
    return `${actual.type}[${actual.dims}] for ${expected.type}[${expected.dims}]`;
  }
  const [a, e] = [numbersOf(actual), numbersOf(expected)];
  const magnitude = Array.from(e).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1,
  );
  const allowed = isFloat(expected.type) ? tolerance * magnitude : mayRoundOtherwise ? 1 : 0;
  // Two neighbors among floats of 8 bits are a quarter apart at most.
  const share = mayRoundOtherwise && expected.type.startsWith('float8') ? 1 / 4 : 0;
  for (let i = 0; i < e.length; i++) {
    if (Object.is(a[i], e[i]) || Math.abs(a[i]! - e[i]!) <= Math.max(allowed, share * Math.abs(e[i]!))) continue;
    return `element ${i} is ${a[i]}, expected ${e[i]}`;
  }
  return undefined;
}

/** A node as text, to make it again. */
export function describeCase({ op, version, opset, seed, inputs, attributes = {}, fed, isWindowed }: NodeCase): string {
  const values = inputs.map((tensor, i) =>
    tensor === undefined ? '—' : `${fed.has(i) ? '' : 'constant '}${tensor.type}[${tensor.dims}]`,
  );
  const settings = JSON.stringify(attributes, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
  return `${op}-${version} (operator set ${opset}, seed ${seed}) of ${values.join(', ')}${isWindowed ? ' after a window' : ''} with ${settings}`;
}
