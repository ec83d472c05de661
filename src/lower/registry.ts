/**
 * Which operator has which lowering. Those that few models have are in groups, each with its kernels a file that is loaded with
 * the first graph that needs it.
 */
import type { Graph, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { loadParts, Part } from '../limits/part.js';
import type { Steps } from '../limits/steps.js';
import { loweredIn, namesIn } from '../ops/operator-names.js';
import { isIntegerType } from '../wasm/kernels/cells.js';
import { type KernelGroup, loadKernelGroup } from '../wasm/kernels/spec.js';
import { isNarrowFloat } from './context/representable-types.js';
import { computedWeights, hasComputedWeights } from './convolution/computed-part.js';
import { convolutionLowerings } from './convolution/conv.js';
import { mayHavePhaseRows, phaseRows } from './convolution/phase-part.js';
import { elementwiseLowerings } from './elementwise/elementwise.js';
import { integerNodes, isScalar } from './elementwise/integer-nodes.js';
import { quantizedNodes } from './elementwise/quantized-part.js';
import type { Lowering } from './lowering.js';
import { concatLowerings } from './movement/concat.js';
import { reshapingLowerings } from './movement/reshape.js';
import { slicingLowerings } from './movement/slice.js';
import { transposeLowerings } from './movement/transpose.js';

/** Always there; a line a family: its file lists its lowerings. */
export const commonLowerings: readonly Lowering[] = [
  ...concatLowerings,
  ...convolutionLowerings,
  ...elementwiseLowerings,
  ...reshapingLowerings,
  ...slicingLowerings,
  ...transposeLowerings,
];

/** By name alone: all of them are operators of ONNX itself. */
export function byOperator(lowerings: readonly Lowering[]): ReadonlyMap<string, Lowering> {
  return new Map(lowerings.map((lowering) => [lowering.schema.name, lowering]));
}

const common = byOperator(commonLowerings);

interface Group {
  readonly name: keyof typeof loweredIn;
  /** Common operators: with these it is loaded too, and of those it has lowerings that go before the common ones. */
  readonly comesWith?: readonly string[];
  readonly replaces?: readonly string[];
  /** What its steps name as a rule; other kernels that a plan names are loaded when its code is emitted. */
  readonly kernels: readonly KernelGroup[];
  load(): Promise<{ readonly lowerings: readonly Lowering[] }>;
}

const groups: readonly Group[] = [
  {
    name: 'channels',
    kernels: [],
    load: () => import('./groups/channels.js'),
  },
  {
    name: 'counting',
    kernels: ['counting'],
    load: () => import('./groups/counting.js'),
  },
  {
    name: 'functions',
    kernels: ['functions'],
    load: async () => {
      const group = await import('./groups/functions.js');
      group.register();
      return group;
    },
  },
  {
    name: 'indexing',
    kernels: ['indexing'],
    load: () => import('./groups/indexing.js'),
  },
  {
    name: 'integers',
    kernels: ['integers'],
    load: () => import('./groups/integers.js'),
  },
  {
    name: 'pooling',
    kernels: ['pooling'],
    load: () => import('./groups/pooling.js'),
  },
  {
    name: 'products',
    kernels: [],
    load: () => import('./groups/products.js'),
  },
  {
    name: 'quantized',
    replaces: ['ConvTranspose'],
    kernels: ['bytes'],
    load: () => import('./groups/quantized.js'),
  },
  {
    name: 'recurrent',
    kernels: ['recurrent'],
    load: () => import('./groups/recurrent.js'),
  },
  {
    name: 'regions',
    kernels: ['regions'],
    load: () => import('./groups/regions.js'),
  },
  {
    name: 'resampling',
    kernels: ['resampling'],
    load: () => import('./groups/resampling.js'),
  },
  {
    name: 'statistics',
    kernels: ['statistics'],
    load: () => import('./groups/statistics.js'),
  },
];

export const loweringGroups = groups.map(({ name, comesWith = [], replaces = [], kernels, load }) => ({
  name,
  operators: namesIn(loweredIn[name]),
  comesWith,
  replaces,
  part: new Part(async () => {
    const [{ lowerings }] = await Promise.all([load(), ...kernels.map(loadKernelGroup)]);
    return byOperator(lowerings);
  }),
}));

const partOf = new Map(
  loweringGroups.flatMap(({ operators, comesWith, part }) =>
    [...operators, ...comesWith].map((name) => [name, part] as const),
  ),
);
const replacing = new Map(
  loweringGroups.flatMap(({ replaces, part }) => replaces.map((name) => [name, part] as const)),
);

/** Rounding to floats of 8 and 4 bits, which trees name. */
export const smallFloats = new Part(async () => {
  await loadKernelGroup('small floats');
  return true;
});

/** Whether the operator has a lowering, loaded or not. */
export function isLowered(opType: string): boolean {
  return common.has(opType) || partOf.has(opType);
}

/** @throws RangeError for one that is not loaded */
export function loweringOf(opType: string): Lowering | undefined {
  const instead = replacing.get(opType);
  if (instead?.isLoaded) return instead.value.get(opType);
  return common.get(opType) ?? partOf.get(opType)?.value.get(opType);
}

/** Loads what lowering the graph takes: its bodies are lowered by themselves. */
export function* loadLowerings(graph: Graph, types: ReadonlyMap<Value, TensorType>): Steps<void> {
  const parts = new Set<Part<unknown>>();
  for (const node of graph.nodes) {
    const part = partOf.get(node.opType);
    if (part !== undefined) parts.add(part);
    if (isScalar(node) || computesIntegers(graph, node, types)) parts.add(integerNodes);
    if (quantizes(node, types)) parts.add(quantizedNodes);
    if (hasComputedWeights(graph, node)) parts.add(computedWeights);
    if (mayHavePhaseRows(graph, node)) parts.add(phaseRows);
    if (node.outputs.some((value) => value !== undefined && isNarrowFloat(types.get(value)?.elementType)))
      parts.add(smallFloats);
  }
  yield* loadParts(parts);
}

/** Whether a node quantizes, or reads or makes integers of 8 bits. */
function quantizes({ opType, inputs, outputs }: Node, types: ReadonlyMap<Value, TensorType>): boolean {
  if (opType === 'QuantizeLinear' || opType === 'DequantizeLinear') return true;
  return [...inputs, ...outputs].some((value) => {
    const type = value && types.get(value)?.elementType;
    return type === 'int8' || type === 'uint8';
  });
}

const elementwise: ReadonlySet<string> = new Set(elementwiseLowerings.map(({ schema }) => schema.name));

/** Whether integers are made or read, those apart that only say what is done: axes, shapes. */
function computesIntegers(
  { constants }: Graph,
  { opType, inputs, outputs }: Node,
  types: ReadonlyMap<Value, TensorType>,
): boolean {
  const read = elementwise.has(opType) ? inputs : inputs.filter((value) => value && !constants.has(value));
  return [...read, ...outputs].some((value) => value !== undefined && isIntegerType(types.get(value)?.elementType));
}
