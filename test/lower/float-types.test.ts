/**
 * Random single nodes of every operator that has a lowering, of float16, bfloat16 and float64: all that is compiled for
 * float32 is compiled for them, and gives what the references say up to the rounding of their types.
 */
import { describe, expect, it } from 'vitest';
import { compile, kernelTypes } from '../../src/compile.js';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import type { Graph } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { isConcrete } from '../../src/ir/shape.js';
import { verify } from '../../src/ir/verify.js';
import { lower } from '../../src/lower/lower.js';
import type { ExecutionPlan, Precision } from '../../src/plan/execution-plan.js';
import { modelOf } from '../support/layers.js';
import {
  describeCase,
  differenceOf,
  graphOfCase,
  type NodeCase,
  nodeCase,
  problemOf,
  runCompiled,
  runReference,
  versionsOfAll,
} from './nodes/node-case.js';

const count = Number(process.env['UNSTRIDE_SOAK_NODES'] ?? 2000);
const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1_000_001);

/** Units in the last place that a result may be off, as a share of the largest number. */
const tolerances = { float16: 2 ** -9, bfloat16: 2 ** -6, float64: 0 } as const;
type FloatType = keyof typeof tolerances;

/** Operators that take float32 alone, or no floats. */
const withoutOtherFloats: ReadonlySet<string> = new Set([
  'ConvInteger',
  'DynamicQuantizeLinear',
  'MatMulInteger',
  'QLinearConv',
  'QLinearMatMul',
]);

/** Inputs that are float32 whatever the others are. */
const alwaysFloat32: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };

/** The case with its floats in another type. */
function inType(test: NodeCase, type: FloatType): NodeCase {
  const inputs = test.inputs.map((tensor, i) =>
    tensor?.type !== 'float32' || alwaysFloat32[test.op]?.includes(i)
      ? tensor
      : tensorFromNumbers(type, tensor.dims, numbersOf(tensor)),
  );
  const tolerance = Math.max(test.tolerance ?? 2e-5, tolerances[type]);
  return {
    ...test,
    inputs,
    tolerance,
    mayRoundOtherwise: type === 'float64' ? (test.mayRoundOtherwise ?? false) : true,
  };
}

interface Lowered {
  readonly graph: Graph;
  readonly plan: ExecutionPlan;
}

function lowered(source: Graph, precision: Precision): Lowered {
  const { graph } = compile(modelOf(source), { float32: kernelTypes(precision, true) });
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision, narrowsFloat64: true, threads: 1 });
  return { graph, plan };
}

/**
 * Steps that references compute. Of tensors without elements, and of such as have sizes that only running shows, Casts are
 * among them.
 */
function stepsByReference({ graph, plan }: Lowered): number {
  const operators = plan.steps.flatMap(({ kind, nodes }) =>
    kind === 'reference' ? nodes.map((index) => graph.nodes[index]!.opType) : [],
  );
  const others = operators.filter((name) => name !== 'Cast').length;
  return others > 0 || hasEmptyOrOpen(graph) ? others : operators.length;
}

function hasEmptyOrOpen(graph: Graph): boolean {
  return [...infer(graph).types.values()].some(
    ({ shape }) => shape === undefined || !isConcrete(shape) || shape.includes(0),
  );
}

describe.each(['float16', 'bfloat16', 'float64'] as const)('single nodes of %s', (type) => {
  it('agree with the references, and are compiled where float32 is', () => {
    const failures: string[] = [];
    let compiled = 0;
    for (let i = 0; i < count / 3; i++) {
      const { schema, version } = versionsOfAll[i % versionsOfAll.length]!;
      const original = nodeCase(schema, version, firstSeed + i);
      const hasFloats = original.inputs.some((tensor) => tensor?.type === 'float32');
      if (withoutOtherFloats.has(schema.name) || !hasFloats) continue;
      const test = inType(original, type);
      const fail = (text: string) => failures.push(`${describeCase(test)}: ${text}`);
      try {
        const graph = graphOfCase(test);
        if (problemOf(graph) !== undefined) continue;
        const precision = i % 2 === 0 ? 'fast' : 'strict';
        const result = lowered(graph, precision);
        expect(verify(result.graph)).toEqual([]);
        const expected = runReference(test, graph);
        const actual = runCompiled(test, result.plan, 'baseline', result.graph);
        for (const [k, tensor] of expected.entries()) {
          const difference = differenceOf(actual[k]!, tensor, test);
          if (difference !== undefined) fail(`${precision}: ${difference}`);
        }
        if (stepsByReference(result) > stepsByReference(lowered(graphOfCase(original), precision)))
          fail('is left to references that float32 is not');
        if (stepsByReference(result) === 0) compiled++;
      } catch (error) {
        if (!(error instanceof ModelError)) fail((error as Error).stack ?? '');
      }
    }
    expect(failures.slice(0, 20)).toEqual([]);
    expect(compiled).toBeGreaterThan(count / 15);
  }, 3_600_000);
});

it('float64 stays with the references where nobody asked for float32', () => {
  const test = inType(nodeCase(versionsOfAll.find(({ schema }) => schema.name === 'Relu')!.schema, 14, 3), 'float64');
  const { graph } = compile(modelOf(graphOfCase(test)), { float32: kernelTypes('fast', false) });
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  const kinds = plan.inputs.map(({ operand }) => operand.kind);
  expect(kinds).toEqual(['host']);
  expect(stepsByReference({ graph, plan })).toBe(graph.nodes.length);
  const types: readonly ElementType[] = runCompiled(test, plan, 'baseline', graph).map((tensor) => tensor.type);
  expect(types).toEqual(['float64']);
});
