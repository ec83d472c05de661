/**
 * Legal nodes on both executors and for other operator sets, and encoder-decoder networks through every pass: results have to
 * agree; and what is said of sizes with what runs.
 */
import fc from 'fast-check';
import { compile } from '../../../src/compile.js';
import { ModelError, ProblemError } from '../../../src/diagnostics.js';
import { infer } from '../../../src/infer/infer.js';
import { constantFromTensor, declaredShape, emptyMetadata, type Graph } from '../../../src/ir/graph.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { verify } from '../../../src/ir/verify.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import {
  describeCase,
  differenceOf,
  graphOfCase,
  nodeCase,
  planOf,
  problemOf,
  runCompiled,
  runReference,
  versionsOfAll,
} from '../../lower/nodes/node-case.js';
import { Random } from '../../lower/nodes/random.js';
import { encoderDecoders, uNets } from '../../support/encoder-decoder.js';
import { inOtherSet } from '../../support/in-other-set.js';
import { judge, sizedNetworks } from '../../support/sized-network.js';
import type { Part, Verdict } from './part.js';

async function bothExecutors(seed: number): Promise<Verdict> {
  const { schema, version } = versionsOfAll[seed % versionsOfAll.length]!;
  const test = nodeCase(schema, version, seed);
  const graph = graphOfCase(test);
  if (problemOf(graph) !== undefined) return { kind: 'refused' };
  return orRefused(() => {
    const expected = runReference(test, graph);
    const actual = runCompiled(test, planOf(graph), 'baseline', graph);
    return differing(actual, expected, test.tolerance, test.mayRoundOtherwise, describeCase(test));
  });
}

/** Elements of a value: references of larger networks would take all of the time. */
const mostElements = 200_000;

async function allPasses(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const rank = random.int(1, 2);
  const networks = random.chance(0.5) ? encoderDecoders(rank) : uNets(rank);
  const [network] = fc.sample(networks, { seed, numRuns: 1 });
  if (network === undefined) return { kind: 'left out' };
  const sizes = new Map(network.symbols.map((name) => [name, random.int(1, 40)]));
  const inference = infer(network.graph, { bindings: sizes });
  if (inference.diagnostics.some(({ severity }) => severity === 'error')) return { kind: 'refused' };
  if ([...inference.types.values()].some((type) => !isSmall(type.shape))) return { kind: 'left out' };
  const graph = withWeights(random, network.graph);
  return orRefused(() => {
    const feeds = graph.inputs.map((value) => random.floats(boundShape(declaredShape(value), sizes)));
    const expected = execute(scheduleReferences(graph), feeds).outputs;
    const model = { graph, irVersion: 10, opsets: new Map([['', 22]]), producer: { name: 'soak', version: '' } };
    for (const { graph: after, name } of compile({ ...model, metadata: emptyMetadata }, { bindings: sizes }).passes) {
      const broken = verify(after);
      if (broken.length > 0) return { kind: 'disagreement', text: `after ${name}: ${broken.join('; ')}` };
      const actual = execute(scheduleReferences(after), feeds).outputs;
      const verdict = differing(actual, expected, 1e-4, false, `after ${name}: ${network[fc.toStringMethod]()}`);
      if (verdict.kind !== 'ran') return verdict;
    }
    return { kind: 'ran' };
  });
}

function isSmall(shape: readonly unknown[] | undefined): boolean {
  const count = (shape ?? []).reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  return count <= mostElements;
}

/** Weights are zeros in networks that are only made for their shapes. */
function withWeights(random: Random, graph: Graph): Graph {
  const constants = [...graph.constants].map(([value, constant]) => {
    const isWeight = constant.type === 'float32' && constant.dims.length > 2;
    return [value, isWeight ? constantFromTensor(random.floats(constant.dims, -0.5, 0.5)) : constant] as const;
  });
  return { ...graph, constants: new Map(constants) };
}

function boundShape(shape: readonly unknown[] | undefined, sizes: ReadonlyMap<string, number>): number[] {
  return (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : (sizes.get(String(dim)) ?? 1)));
}

function differing(
  actual: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance: number | undefined,
  mayRoundOtherwise: boolean | undefined,
  text: string,
): Verdict {
  const options = {
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(mayRoundOtherwise === undefined ? {} : { mayRoundOtherwise }),
  };
  for (const [i, tensor] of expected.entries()) {
    const difference = differenceOf(actual[i]!, tensor, options);
    if (difference !== undefined) return { kind: 'disagreement', text: `${difference}: ${text}` };
  }
  return { kind: 'ran' };
}

function orRefused(run: () => Verdict): Verdict {
  try {
    return run();
  } catch (error) {
    if (error instanceof ModelError || error instanceof ProblemError) return { kind: 'refused' };
    throw error;
  }
}

async function otherSet(seed: number): Promise<Verdict> {
  return orRefused(() => {
    const outcome = inOtherSet(seed, seed);
    if (outcome.kind !== 'converted') return { kind: 'refused' };
    if (outcome.difference === undefined) return { kind: 'ran' };
    return { kind: 'disagreement', text: `${outcome.text}: ${outcome.difference}` };
  });
}

async function allSizes(seed: number): Promise<Verdict> {
  const [network] = fc.sample(sizedNetworks, { seed, numRuns: 1 });
  if (network === undefined) return { kind: 'left out' };
  const { wrong } = judge(network);
  return wrong === undefined
    ? { kind: 'ran' }
    : { kind: 'disagreement', text: `${wrong}: ${network[fc.toStringMethod]()}` };
}

export const graphParts: readonly Part[] = [
  { name: 'executors', share: 3, batch: 20_000, portion: 100, run: bothExecutors },
  { name: 'networks', share: 3, batch: 2_000, portion: 50, run: allPasses },
  { name: 'sets', share: 1, batch: 20_000, portion: 100, run: otherSet },
  { name: 'sizes', share: 1, batch: 2_000, portion: 10, run: allSizes },
];
