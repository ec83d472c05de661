/** Layers of 1 to 1024 channels in whichever form: what kernels give is within 1e-4 of the reference's largest magnitude. */
import { infer } from '../../../src/infer/infer.js';
import { declaredShape, type Graph, type Value } from '../../../src/ir/graph.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import type { ConvolutionAlgorithm } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { executePlan } from '../../lower/execute-plan.js';
import { planOf } from '../../lower/nodes/node-case.js';
import { Random } from '../../lower/nodes/random.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import type { Part, Verdict } from './part.js';

const closeness = largestMagnitude(1e-4);

/** Multiplications of a layer, and weights: references would take all of the time. */
const mostTerms = 4e6;
const mostWeights = 4e5;

const winograd = (['winograd', 'winograd steps', 'winograd panels'] as const).flatMap((name) =>
  [2, 4, 6].map((outputs): ConvolutionAlgorithm => ({ name, outputs })),
);
/** Half of the time the one that is expected to be fastest. */
const algorithms: readonly ConvolutionAlgorithm[] = [{ name: 'direct' }, { name: 'small-N' }, ...winograd];

/** 1 to 1024, small and large ones alike often. */
function channelsOf(random: Random): number {
  const most = 2 ** random.int(0, 10);
  return random.chance(0.5) ? most : random.int(1, most);
}

interface Layer {
  readonly graph: Graph;
  readonly words: string;
}

function noise(random: Random, dims: readonly number[], magnitude: number): Tensor {
  return float32(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => (2 * random.next() - 1) * magnitude),
  );
}

/** Weights that keep the scale of what they are multiplied with. */
function weights(random: Random, b: GraphBuilder, dims: readonly number[], fan: number): Value {
  return b.constant(noise(random, dims, Math.sqrt(6 / fan)));
}

function product(random: Random): Layer | undefined {
  const [rows, sum, columns] = [random.int(1, 300), channelsOf(random), channelsOf(random)];
  if (rows * sum * columns > mostTerms || sum * columns > mostWeights) return undefined;
  const b = new GraphBuilder();
  const x = b.input('x', [rows, sum]);
  const isTransposed = random.chance(0.5);
  const w = weights(random, b, isTransposed ? [columns, sum] : [sum, columns], sum);
  const y = b.add('Gemm', [x, w, random.maybe(b.constant(noise(random, [columns], 1)))], {
    transB: isTransposed ? 1 : 0,
  });
  return { graph: b.graph(follow(random, b, y, [rows, columns])), words: `Gemm ${rows}x${sum}x${columns}` };
}

function convolution(random: Random): Layer | undefined {
  const rank = random.pick([1, 2, 2, 2, 2, 3]);
  const isTransposed = random.chance(0.4);
  const axes = random.list(rank, () => ({
    size: random.int(1, [400, 40, 8][rank - 1]!),
    kernel: random.pick(rank === 1 ? [1, 2, 3, 5, 8, 16, 31] : [1, 2, 3, 3, 3, 4, 5, 7]),
    stride: random.pick([1, 1, 1, 2, 2, 3]),
    dilation: random.pick([1, 1, 1, 2, 4, 12]),
    pad: random.int(0, 3),
  }));
  if (!isTransposed) for (const axis of axes) axis.pad = Math.max(axis.pad, ((axis.kernel - 1) * axis.dilation) >> 1);
  const group = random.pick([1, 1, 1, 1, 2, 4]);
  const [from, to] = [Math.ceil(channelsOf(random) / group), Math.ceil(channelsOf(random) / group)];
  const taps = axes.reduce((count, { kernel }) => count * kernel, 1);
  const x = [random.pick([1, 1, 1, 2]), group * from, ...axes.map(({ size }) => size)];
  const w = isTransposed ? [group * from, to] : [group * to, from];
  const pixels = axes.reduce(
    (count, { size, stride }) => count * (isTransposed ? size : Math.ceil(size / stride)),
    x[0]!,
  );
  if (pixels * taps * group * from * to > mostTerms || taps * group * from * to > mostWeights) return undefined;
  const op = isTransposed ? 'ConvTranspose' : 'Conv';
  const b = new GraphBuilder();
  const operands = [
    b.input('x', x),
    weights(random, b, [...w, ...axes.map(({ kernel }) => kernel)], taps * from),
    random.maybe(b.constant(noise(random, [group * to], 1))),
  ];
  const attributes = {
    group,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes, ...axes].map(({ pad }) => pad),
  };
  const y = b.add(op, operands, attributes);
  const { types, diagnostics } = infer(b.graph(y));
  if (diagnostics.some(({ severity }) => severity === 'error')) return undefined;
  const dims = (types.get(y)!.shape ?? []) as number[];
  if (elementCount(dims) > mostTerms) return undefined;
  return { graph: b.graph(follow(random, b, y, dims)), words: `${op} [${x}] [${w}] ${JSON.stringify(attributes)}` };
}

/** What often comes after a layer. */
function follow(random: Random, b: GraphBuilder, y: Value, dims: readonly number[]): Value {
  const kind = random.pick(['nothing', 'Relu', 'sum', 'Tanh']);
  if (kind === 'nothing') return y;
  if (kind !== 'sum') return b.add(kind, [y]);
  return b.add('Relu', [b.add('Add', [y, b.input('residual', dims)])]);
}

function oneLayer(seed: number): Verdict {
  const random = new Random(seed);
  let layer: Layer | undefined;
  for (let tries = 0; layer === undefined && tries < 100; tries++) {
    layer = random.chance(0.15) ? product(random) : convolution(random);
  }
  if (layer === undefined) return { kind: 'left out' };
  const { graph, words } = layer;
  const { tier } = random.pick(tiers.filter(({ isMissing }) => !isMissing));
  const prefer = random.maybe(random.pick(algorithms));
  const feeds = graph.inputs.map((value) => noise(random, declaredShape(value) as number[], 1));
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  const plan = planOf(graph, { tier, ...(prefer === undefined ? {} : { prefer }) });
  const actual = executePlan(graph, plan, tier, feeds, 1 + (seed % 3));
  for (const [i, output] of expected.entries()) {
    const difference = output.size === 0 ? undefined : closeness(actual[i]!, output);
    if (difference === undefined) continue;
    const steps = plan.steps.map(({ algorithm }) => algorithm).join(', ');
    return { kind: 'disagreement', text: `${difference}: ${words}, ${tier}: ${steps}` };
  }
  return { kind: 'ran' };
}

export const layerParts: readonly Part[] = [
  { name: 'layers', share: 1, batch: 2_000, portion: 20, run: async (seed) => oneLayer(seed) },
];
