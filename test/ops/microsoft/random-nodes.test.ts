/**
 * Random nodes of the operators of com.microsoft: what they expand to, as kernels compute it, is what the references say,
 * and each step beside their signatures is refused.
 */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile.js';
import { type DiagnosticCode, ModelError } from '../../../src/diagnostics.js';
import { infer } from '../../../src/infer/infer.js';
import { type Graph, Value } from '../../../src/ir/graph.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { microsoftOperators } from '../../../src/ops/microsoft.js';
import { countsOf, formalAt } from '../../../src/ops/signature.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { executePlan } from '../../lower/execute-plan.js';
import { microsoftNodes } from '../../lower/nodes/microsoft.js';
import { differenceOf } from '../../lower/nodes/node-case.js';
import { Random, type RandomNode } from '../../lower/nodes/random.js';
import { attributeOfKind, signatureCodes } from '../../support/bare-node.js';
import { graphOf, type OperatorCase } from '../../support/run-operator.js';

const domain = 'com.microsoft';
const count = Number(process.env['UNSTRIDE_SOAK_NODES'] ?? 12);
const operators = microsoftOperators.filter((operator) => operator.domain === domain);

interface MicrosoftCase extends OperatorCase, Pick<RandomNode, 'tolerance' | 'mayRoundOtherwise'> {
  readonly fed: ReadonlySet<number>;
}

function caseOf(schema: (typeof operators)[number], seed: number): MicrosoftCase {
  const random = new Random(seed);
  const {
    attributes = {},
    constants = [],
    inputs,
    outputs = 1,
    ...rest
  } = microsoftNodes[schema.name]!(random, 1, schema);
  const known = Object.entries(attributes).flatMap(([attribute, value]) =>
    value !== undefined && schema.attributes[attribute]?.existsIn(1) === true ? [[attribute, value]] : [],
  );
  const isFed = (i: number) => inputs[i] !== undefined && !constants.includes(i) && (i === 0 || random.chance(0.5));
  const fed = new Set([...inputs.keys()].filter(isFed));
  return { ...rest, op: schema.name, domain, opset: 1, inputs, outputs, attributes: Object.fromEntries(known), fed };
}

function graphOfCase(test: MicrosoftCase): Graph {
  return graphOf(
    test,
    new Set([...test.inputs.keys()].filter((i) => test.inputs[i] !== undefined && !test.fed.has(i))),
  );
}

function compiled(source: Graph, feeds: readonly Tensor[]) {
  const opsets = new Map([
    ['', 21],
    [domain, 1],
  ] as const);
  const model = { graph: source, irVersion: 9, opsets, producer: { name: '', version: '' }, metadata: new Map() };
  const { graph } = compile(model);
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  const hasKernels = plan.steps.some(({ kind }) => kind !== 'reference');
  return { hasKernels, outputs: executePlan(graph, plan, 'baseline', feeds) };
}

it('there is a generator for each operator', () => {
  expect(Object.keys(microsoftNodes).sort()).toEqual(operators.map(({ name }) => name).sort());
});

/** An input of a type that none of the operators takes. */
const text = new Value('text', { kind: 'tensor', elementType: 'string', shape: undefined });

describe.each(operators)('$name', (operator) => {
  it(`is legal, and the same by kernels as by its reference, ${count} times`, () => {
    const failures: string[] = [];
    let withKernels = 0;
    for (let seed = 1; seed <= count; seed++) {
      const test = caseOf(operator, seed);
      const graph = graphOfCase(test);
      const feeds = [...test.fed].map((i) => test.inputs[i]!);
      const said = `seed ${seed}, ${test.inputs.map((x) => (x === undefined ? '—' : `${x.type}[${x.dims}]`)).join(', ')}`;
      const refused = infer(graph).diagnostics.filter(({ severity }) => severity === 'error');
      if (refused.length > 0) {
        failures.push(`${said}: ${refused[0]!.message}`);
        continue;
      }
      try {
        const expected = execute(scheduleReferences(graph), feeds).outputs;
        const { hasKernels, outputs: actual } = compiled(graph, feeds);
        if (hasKernels) withKernels++;
        const difference = expected.map((tensor, i) => differenceOf(actual[i]!, tensor, test)).find(Boolean);
        if (difference !== undefined) failures.push(`${said}: ${difference}`);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        failures.push(`${said}: ${error.message}`);
      }
    }
    expect(failures).toEqual([]);
    // Not of each: what a product leaves to its reference, as scales that are fed, is left here too.
    expect(withKernels).toBeGreaterThan(0);
  });

  it('is refused a step beside its signature', () => {
    const { inputs: formals, outputs, attributes } = operator;
    const wrong: string[] = [];
    for (let seed = 1; seed <= 3; seed++) {
      const test = caseOf(operator, seed);
      const graph = graphOf(test);
      const [node] = graph.nodes;
      const codes = (changes: Partial<Graph['nodes'][number]>) =>
        infer({ ...graph, inputs: [...graph.inputs, text], nodes: [{ ...node!, ...changes }] }).diagnostics.map(
          ({ code }) => code,
        );
      const refuses = (what: string, changes: Parameters<typeof codes>[0], code: DiagnosticCode) => {
        const found = codes(changes);
        if (!found.includes(code)) wrong.push(`seed ${seed}, ${what}: ${found.join()}`);
      };
      const sound = codes({}).filter((code) => signatureCodes.includes(code));
      if (sound.length > 0) wrong.push(`seed ${seed} is sound: ${sound}`);
      node!.inputs.forEach((value, i) => {
        if (value === undefined) return;
        refuses(`strings as input ${i}`, { inputs: node!.inputs.with(i, text) }, 'US1210');
        if (formalAt(formals, i)?.isRequiredIn(1) === true)
          refuses(`no input ${i}`, { inputs: node!.inputs.with(i, undefined) }, 'US1306');
      });
      const { most } = countsOf(formals, 1);
      if (Number.isFinite(most)) {
        const fill = new Array<undefined>(most - node!.inputs.length).fill(undefined);
        refuses('an input too many', { inputs: [...node!.inputs, ...fill, node!.inputs[0]] }, 'US1306');
      }
      const results = Array.from({ length: outputs.length + 1 }, (_, i) => new Value(`r${i}`));
      refuses('an output too many', { outputs: results }, 'US1306');
      for (const [name, spec] of Object.entries(attributes)) {
        if (!spec.existsIn(1)) continue;
        const rest = new Map([...node!.attributes].filter(([key]) => key !== name));
        const other = attributeOfKind(spec.kind === 'float' ? 'string' : 'float', spec.kind === 'float' ? 'x' : 1)!;
        refuses(`${name} of another kind`, { attributes: new Map([...rest, [name, other]]) }, 'US1303');
        if (spec.isRequiredIn(1)) refuses(`no ${name}`, { attributes: rest }, 'US1302');
      }
      const more = new Map([...node!.attributes, ['not_an_attribute', attributeOfKind('int', 1)!]]);
      refuses('an attribute that it does not have', { attributes: more }, 'US1301');
    }
    expect(wrong).toEqual([]);
  });
});
