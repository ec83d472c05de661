/**
 * Nodes that fit their operator's signature or miss it in one step are taken and refused as onnx.checker and onnxruntime do:
 * fixtures/signatures/verdicts.json, made by fixtures/export/verdicts.py.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Attribute } from '../../src/ir/graph.js';
import { constantFromTensor } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { operators } from '../../src/ops/index.js';
import { attributeOfKind, type BareNode, codesOfBareNode, isRefused } from '../support/bare-node.js';
import { elementTypeOf } from '../support/onnx-facts.js';

type Case = readonly [
  damage: string,
  op: string,
  opset: number,
  inputs: readonly string[],
  attributes: Readonly<Record<string, readonly [kind: string, value: unknown]>>,
  outputs: number,
  verdicts: string,
];

const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'signatures', 'verdicts.json');
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };
const known = new Set(operators.filter(({ domain }) => domain === '').map(({ name }) => name));

/** Where neither tool is followed, and why. */
const otherwise: Readonly<Record<string, string>> = {
  'Constant ': 'of its attributes just one may hold the value, which no signature says: two are refused',
  'MeanVarianceNormalization ': 'both tools fail inside the function that they replace it by, for float64',
  'RMSNormalization ': 'both tools fail inside the function that they replace it by, for a scale of another type',
};

function nodeOf([, op, opset, inputs, attributes, outputs]: Case): BareNode {
  const read = ([kind, value]: readonly [string, unknown]): Attribute =>
    kind === 'tensor' ? { kind, value: constantFromTensor(float32([], [0])) } : attributeOfKind(kind, value)!;
  return {
    op,
    opset,
    inputs: inputs.map((name) => (name === '' ? undefined : elementTypeOf(name)!)),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, read(value)])),
    outputs,
  };
}

describe('the verdicts of ONNX', () => {
  it('are those of check, for sound nodes and for each kind of damage', () => {
    const differing: string[] = [];
    const compared = new Map<string, number>();
    for (const test of cases) {
      const [damage, op, opset, , , , verdicts] = test;
      if (!known.has(op) || `${op} ${damage}` in otherwise || verdicts === '??') continue;
      const node = nodeOf(test);
      const verdict = isRefused(node) ? 'r' : 'a';
      compared.set(damage, (compared.get(damage) ?? 0) + 1);
      if (verdicts.includes(verdict)) continue;
      differing.push(
        `${op} ${opset} ${damage || 'sound'} (${verdicts}): ${JSON.stringify(test)}: ${codesOfBareNode(node)}`,
      );
    }
    expect(differing).toEqual([]);
    expect(Object.fromEntries(compared)).toMatchObject({ '': expect.any(Number), type: expect.any(Number) });
    expect(Math.min(...compared.values())).toBeGreaterThan(20);
  });
});
