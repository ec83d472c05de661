/**
 * Random nodes of ONNX's own operators that become nodes of others: these, by kernels alone, compute what the references say,
 * and the result of a 16-bit type is rounded once.
 */
import { describe, expect, it } from 'vitest';
import { compile, kernelTypes } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import { isFloat } from '../../src/ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { commonOperators } from '../../src/ops/common.js';
import { frequentOperators } from '../../src/ops/frequent.js';
import type { Operator } from '../../src/ops/operator.js';
import { rareOperators } from '../../src/ops/rare.js';
import type { Precision } from '../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { executePlan } from '../lower/execute-plan.js';
import { expandedNodes } from '../lower/nodes/expanded.js';
import { differenceOf } from '../lower/nodes/node-case.js';
import { Random } from '../lower/nodes/random.js';
import { graphOf, type OperatorCase } from '../support/run-operator.js';

const count = Number(process.env['UNSTRIDE_SOAK_NODES'] ?? 10);
/** Held elsewhere: test/ops/linear/einsum.test.ts. */
const elsewhere = ['Einsum'];
const operators = [...commonOperators, ...frequentOperators, ...rareOperators].filter(
  ({ domain, expands, name }) => expands && domain === '' && !elsewhere.includes(name),
);

interface ExpandedCase extends OperatorCase {
  readonly fed: ReadonlySet<number>;
}

function caseOf(schema: Operator, seed: number, halves: boolean): ExpandedCase {
  const random = new Random(seed);
  const version = random.pick(schema.versions);
  const { attributes = {}, constants = [], inputs, outputs = 1 } = expandedNodes[schema.name]!(random, version, schema);
  const known = Object.entries(attributes).flatMap(([name, value]) =>
    value !== undefined && schema.attributes[name]?.existsIn(version) === true ? [[name, value]] : [],
  );
  const isFed = (i: number) => inputs[i] !== undefined && !constants.includes(i) && (i === 0 || random.chance(0.5));
  const half = (tensor: Tensor | undefined) =>
    tensor !== undefined && isFloat(tensor.type)
      ? tensorFromNumbers('float16', tensor.dims, numbersOf(tensor))
      : tensor;
  return {
    op: schema.name,
    opset: Math.max(version, 6),
    inputs: halves ? inputs.map(half) : inputs,
    outputs,
    attributes: Object.fromEntries(known),
    fed: new Set([...inputs.keys()].filter(isFed)),
  };
}

function runBoth(test: ExpandedCase, precision: Precision) {
  const constants = [...test.inputs.keys()].filter((i) => test.inputs[i] !== undefined && !test.fed.has(i));
  const source = graphOf(test, new Set(constants));
  const feeds = [...test.fed].map((i) => test.inputs[i]!);
  const expected = execute(scheduleReferences(source), feeds).outputs;
  const opsets = new Map([['', test.opset!] as const]);
  const model = { graph: source, irVersion: 9, opsets, producer: { name: '', version: '' }, metadata: new Map() };
  const { graph } = compile(model, { float32: kernelTypes(precision, false) });
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision, threads: 1 });
  const left = plan.steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []));
  return { expected, left, actual: executePlan(graph, plan, 'baseline', feeds) };
}

it('there is a generator for each operator', () => {
  expect(Object.keys(expandedNodes).sort()).toEqual(operators.map(({ name }) => name).sort());
});

describe.each(operators)('$name', (operator) => {
  const check = (halves: boolean, times: number, precision: Precision, tolerance: number) => {
    const failures: string[] = [];
    for (let seed = 1; seed <= times; seed++) {
      const test = caseOf(operator, seed, halves);
      const said = `seed ${seed}, ${test.inputs.map((x) => (x === undefined ? '—' : `${x.type}[${x.dims}]`)).join(', ')}`;
      const { expected, left, actual } = runBoth(test, precision);
      const difference = expected.map((tensor, i) => differenceOf(actual[i]!, tensor, { tolerance })).find(Boolean);
      if (difference !== undefined) failures.push(`${said}: ${difference}`);
      const isEmpty = test.inputs.some((tensor) => tensor?.size === 0);
      if (left.length > 0 && !isEmpty) failures.push(`${said}: left to a reference, ${left.join(', ')}`);
    }
    expect(failures).toEqual([]);
  };

  it('is computed by kernels as by its reference', () => check(false, count, 'fast', 2e-5));

  // One rounding is at most half a step of float16, of which there are 2048 to a power of two; the sums before it differ too.
  it('rounds float16 once', () => check(true, 3, 'strict', 2 ** -11));
});
