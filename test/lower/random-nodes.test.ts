/**
 * Single nodes of every operator that has a lowering, in every version, with random legal attributes and shapes: what the
 * compiled engine makes of them is what the references say. UNSTRIDE_SOAK_NODES=200000 runs so many.
 */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { loweredOperators } from '../../src/lower/all.js';
import { tiers } from '../wasm/kernels/run-kernel.js';
import {
  describeCase,
  differenceOf,
  generators,
  graphOfCase,
  type NodeCase,
  nodeCase,
  planOf,
  problemOf,
  runCompiled,
  runReference,
  versionsOfAll,
} from './nodes/node-case.js';

const count = Number(process.env['UNSTRIDE_SOAK_NODES'] ?? 1200);
const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1);

const usable = tiers.filter(({ isMissing }) => !isMissing).map(({ tier }) => tier);

type Outcome =
  | { readonly kind: 'illegal' }
  /** The plan leaves the node to its reference, or has steps for it. */
  | { readonly kind: 'reference' | 'compiled'; readonly difference: string | undefined };

function outcomeOf(test: NodeCase): Outcome {
  const graph = graphOfCase(test);
  if (problemOf(graph) !== undefined) return { kind: 'illegal' };
  let expected: ReturnType<typeof runReference>;
  try {
    expected = runReference(test, graph);
  } catch (error) {
    if (error instanceof ModelError) return { kind: 'illegal' };
    throw error;
  }
  const tier = usable[test.seed % usable.length]!;
  const plan = planOf(graph, { tier, precision: test.seed % 5 === 0 ? 'strict' : 'fast' });
  const actual = runCompiled(test, plan, tier, graph);
  return {
    kind: plan.steps.some((step) => step.kind === 'reference') ? 'reference' : 'compiled',
    difference: expected.map((tensor, i) => differenceOf(actual[i]!, tensor, test)).find((text) => text !== undefined),
  };
}

describe('single nodes', () => {
  it('have a generator for each operator with a lowering', () => {
    expect(loweredOperators.map(({ name }) => name).filter((name) => generators[name] === undefined)).toEqual([]);
  });

  it(`agree on both executors, ${count} of them`, () => {
    const failures: string[] = [];
    const compiled = new Set<string>();
    let illegal = 0;
    for (let i = 0; i < count; i++) {
      const { schema, version } = versionsOfAll[i % versionsOfAll.length]!;
      const test = nodeCase(schema, version, firstSeed + i);
      try {
        const outcome = outcomeOf(test);
        if (outcome.kind === 'illegal') illegal++;
        else if (outcome.difference !== undefined) failures.push(`${describeCase(test)}: ${outcome.difference}`);
        if (outcome.kind === 'compiled') compiled.add(schema.name);
      } catch (error) {
        failures.push(`${describeCase(test)}: ${(error as Error).stack}`);
      }
    }
    expect(failures.slice(0, 20)).toEqual([]);
    // What generators make is legal nearly always, and of nearly every operator some nodes have kernels.
    expect(illegal).toBeLessThan(count / 20);
    expect(loweredOperators.flatMap(({ name }) => (compiled.has(name) ? [] : [name]))).toEqual([]);
  }, 3_600_000);
});
