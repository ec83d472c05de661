/**
 * What attributes mean is a matter of the operator's version, for both executors: those of other versions change nothing, and
 * defaults are the same whether they are written out or not.
 */
import { describe, expect, it } from 'vitest';
import type { Attribute, Graph } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32 } from '../../src/ir/tensor.js';
import { loweredOperators } from '../../src/lower/all.js';
import type { AttributeSpec } from '../../src/ops/attributes.js';
import type { OperatorSchema } from '../../src/ops/operator.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { type AttributeInput, attributeOf } from '../support/run-operator.js';
import {
  describeCase,
  differenceOf,
  graphOfCase,
  type NodeCase,
  nodeCase,
  planOf,
  problemOf,
  runCompiled,
  runReference,
} from './nodes/node-case.js';
import { float, ints } from './nodes/random.js';

/** Legal nodes of every version of every operator with a lowering, some of each. */
function* cases(each: number): Generator<{ readonly schema: OperatorSchema; readonly test: NodeCase }> {
  for (const schema of loweredOperators) {
    for (const version of schema.versions) {
      for (let i = 0, seed = version * 1000; i < each && seed < version * 1000 + 50; seed++) {
        const test = nodeCase(schema, version, seed);
        if (problemOf(graphOfCase(test)) !== undefined) continue;
        i++;
        yield { schema, test };
      }
    }
  }
}

function withAttributes(graph: Graph, added: Readonly<Record<string, Attribute>>): Graph {
  const node = graph.nodes.at(-1)!;
  const attributes = new Map([...node.attributes, ...Object.entries(added)]);
  return { ...graph, nodes: [...graph.nodes.slice(0, -1), { ...node, attributes }] };
}

/** An attribute that the version does not have, with a value that would matter in others. */
function foreignAttribute({ kind }: AttributeSpec<unknown>, name: string): Attribute | undefined {
  switch (kind) {
    case 'int':
      return { kind, value: name === 'axis' ? 0n : 1n };
    case 'float':
      return { kind, value: 0.5 };
    case 'ints':
      return { kind, value: name === 'axes' || name === 'shape' ? [0n] : [2n, 2n] };
    case 'floats':
      return { kind, value: [0.5, 2] };
    case 'string':
      return { kind, value: new TextEncoder().encode(name === 'mode' ? 'CRD' : 'add') };
    default:
      return undefined;
  }
}

function foreignAttributes(schema: OperatorSchema, version: number): Record<string, Attribute> {
  const found = Object.entries(schema.attributes).flatMap(([name, spec]) => {
    const attribute = spec.existsIn(version) ? undefined : foreignAttribute(spec, name);
    return attribute === undefined ? [] : [[name, attribute] as const];
  });
  return Object.fromEntries(found);
}

/** The defaults of attributes that the node leaves out, as a file would hold them. */
function writtenDefaults(schema: OperatorSchema, { version, attributes = {} }: NodeCase): Record<string, Attribute> {
  const found = Object.entries(schema.attributes).flatMap(([name, spec]) => {
    if (name in attributes || spec.isRequiredIn(version) || !spec.existsIn(version)) return [];
    const value = spec.defaultIn(version);
    if (value === undefined) return [];
    return [[name, attributeOf(writtenAs(spec.kind, value))] as const];
  });
  return Object.fromEntries(found);
}

function writtenAs(kind: Attribute['kind'], value: unknown): AttributeInput {
  if (kind === 'float') return float(value as number);
  if (kind === 'ints') return ints(value as number[]);
  return typeof value === 'boolean' ? Number(value) : (value as AttributeInput);
}

describe('attributes of other versions', () => {
  it('change nothing, on both executors', () => {
    const failures: string[] = [];
    for (const { schema, test } of cases(2)) {
      const added = foreignAttributes(schema, test.version);
      if (Object.keys(added).length === 0) continue;
      const graph = graphOfCase(test);
      const other = withAttributes(graph, added);
      if (JSON.stringify(planOf(other)) !== JSON.stringify(planOf(graph))) failures.push(`plan: ${describeCase(test)}`);
      const [before, after] = [graph, other].map((each) => outputsOf(test, each));
      if (before !== after) failures.push(`reference: ${describeCase(test)}`);
    }
    expect(failures).toEqual([]);
  });

  // What the compiled engine took for MaxPool-10's and the like.
  const x = float32(
    [1, 8, 6, 6],
    Array.from({ length: 288 }, (_, i) => Math.sin(i)),
  );
  it.each([
    { op: 'MaxPool', opset: 8, attributes: { kernel_shape: [2, 2], dilations: [2, 2] } },
    { op: 'AveragePool', opset: 11, attributes: { kernel_shape: [2, 2], dilations: [2, 2] } },
    { op: 'AveragePool', opset: 6, attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 } },
    { op: 'DepthToSpace', opset: 9, attributes: { blocksize: 2, mode: 'CRD' } },
    { op: 'ReduceSum', opset: 13, attributes: { axes: [1] } },
    { op: 'ReduceMean', opset: 18, attributes: { axes: [1] } },
    { op: 'PRelu', opset: 6, attributes: {}, more: [tensorFromNumbers('float32', [4], [0.1, 0.2, 0.3, 0.4])] },
  ])('$op-$opset is computed alike', ({ op, opset, attributes, more = [] }) => {
    const test: NodeCase = {
      op,
      opset,
      version: opset,
      attributes,
      inputs: [op === 'PRelu' ? float32([1, 4, 3, 4], x.data.slice(0, 48)) : x, ...more],
      fed: new Set([0]),
      isWindowed: false,
      seed: 0,
    };
    const graph = graphOfCase(test);
    const [actual, expected] = [runCompiled(test, planOf(graph), 'baseline', graph)[0]!, runReference(test, graph)[0]!];
    expect(differenceOf(actual, expected, {})).toBeUndefined();
  });
});

/** The outputs of the reference as text; of nodes that it refuses, that. */
function outputsOf(test: NodeCase, graph: Graph): string {
  const feeds = test.inputs.filter((tensor, i) => tensor !== undefined && test.fed.has(i));
  try {
    const { outputs } = execute(scheduleReferences(graph), feeds as Parameters<typeof execute>[1]);
    return outputs.map(({ type, dims, data }) => `${type} ${dims} ${Array.from<unknown>(data).join()}`).join('\n');
  } catch (error) {
    return String(error);
  }
}

describe('defaults', () => {
  it('give the plan that they give when they are written out', () => {
    const failures: string[] = [];
    for (const { schema, test } of cases(2)) {
      const added = writtenDefaults(schema, test);
      if (Object.keys(added).length === 0) continue;
      const graph = graphOfCase(test);
      const [before, after] = [graph, withAttributes(graph, added)].map((each) => JSON.stringify(planOf(each)));
      if (before !== after) failures.push(`${describeCase(test)} and ${Object.keys(added)}`);
    }
    expect(failures).toEqual([]);
  });
});

/** Whose inputs are any number of tensors, none of which may be empty. */
const variadic = ['Concat', 'Max', 'Mean', 'Min', 'Sum'];

describe('optional inputs', () => {
  it('are the same absent and empty', () => {
    const failures: string[] = [];
    for (const { test } of cases(2)) {
      if (variadic.includes(test.op)) continue;
      const last = test.inputs.findLastIndex((tensor) => tensor !== undefined);
      const graph = graphOfCase({ ...test, inputs: test.inputs.slice(0, last + 1) });
      const longer = graphOfCase({ ...test, inputs: [...test.inputs.slice(0, last + 1), undefined] });
      if (problemOf(longer) !== undefined) continue;
      const [before, after] = [graph, longer].map((each) =>
        JSON.stringify(planOf(each)).replaceAll(/,\{"kind":"absent"\}\]/g, ']'),
      );
      if (before !== after) failures.push(describeCase(test));
    }
    expect(failures).toEqual([]);
  });
});
