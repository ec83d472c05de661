/**
 * The table of onnxruntime's kernels against onnxruntime itself: which sound nodes it loads, and for which it says that it has
 * no implementation (fixtures/runtimes/loads.json, made by fixtures/export/runtimes_loads.py).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { type Attribute, constantFromTensor } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { judge } from '../../src/runtimes/judge.js';
import { loadTable, type RuntimeTable } from '../../src/runtimes/table.js';
import { attributeOfKind, graphOfBareNode } from '../support/bare-node.js';
import { elementTypeOf } from '../support/onnx-facts.js';

type Case = readonly [
  op: string,
  opset: number,
  inputs: readonly string[],
  attributes: Readonly<Record<string, readonly [kind: string, value: unknown]>>,
  outputs: number,
  verdict: 'a' | 'n',
];

const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'runtimes', 'loads.json');
const facts = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly onnxruntime: string;
  readonly cases: readonly Case[];
};
let table: RuntimeTable;

/** Where onnxruntime is not followed, and why. */
const otherwise: Readonly<Record<string, string>> = {
  RandomNormalLike:
    'without dtype it makes the type of its input, which may be none that it can; inference refuses that',
};

beforeAll(async () => {
  table = await loadTable('onnxruntime');
});

function verdictOf([op, opset, inputs, attributes, outputs]: Case): string {
  const read = ([kind, value]: readonly [string, unknown]): Attribute =>
    kind === 'tensor' ? { kind, value: constantFromTensor(float32([], [0])) } : attributeOfKind(kind, value)!;
  const graph = graphOfBareNode({
    op,
    opset,
    inputs: inputs.map((name) => (name === '' ? undefined : elementTypeOf(name)!)),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, read(value)])),
    outputs,
  });
  const release = table.releases.findIndex((known) => facts.onnxruntime.startsWith(`${known}.`));
  return judge(graph.nodes[0]!, { table, release, inference: infer(graph), constants: new Set() }).kind;
}

describe('the table of onnxruntime', () => {
  it('says of sound nodes what onnxruntime says when it loads them', () => {
    const counts = new Map<string, number>();
    const differing: string[] = [];
    for (const test of facts.cases) {
      if (test[0] in otherwise) continue;
      const verdict = verdictOf(test);
      // Operators that unstride does not know: nothing is said of their types.
      if (verdict === 'unknown') continue;
      const wanted = test.at(-1) === 'a' ? verdict === 'runs' : verdict !== 'runs';
      const key = `${test.at(-1)} ${verdict}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!wanted) differing.push(`${test[0]} ${test[1]} [${test[2]}]: onnxruntime ${test.at(-1)}, table ${verdict}`);
    }
    expect(differing).toEqual([]);
    // All verdicts are among the cases, so that the comparison means something.
    expect(Math.min(...['a runs', 'n type', 'n version'].map((key) => counts.get(key) ?? 0))).toBeGreaterThan(50);
  });
});
