/** What soaks have found, each as the node that it was shrunk to: none is an internal error any more. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import type { Finding as SavedFinding } from './driver/finding.js';
import { restored } from './driver/saved-subject.js';
import { outcomeOf } from './outcome.js';
import { trySubject } from './parts/files.js';
import { isFault } from './parts/part.js';
import { edgeNames } from './random-values.js';
import { feedsOfNode, modelOfNode, type SoakAttribute, type SoakInput, type SoakNode } from './soak-node.js';

/** An input of which only the rank is declared. */
function fed(tensor: Tensor): SoakInput {
  const declared = tensor.dims.map(() => null);
  return { name: '', type: tensor.type, declared, tensor, isConstant: false };
}

function constant(tensor: Tensor): SoakInput {
  return { ...fed(tensor), isConstant: true };
}

interface Finding {
  readonly op: string;
  readonly opset?: number;
  readonly inputs: readonly (SoakInput | undefined)[];
  readonly attributes?: Readonly<Record<string, SoakAttribute>>;
  readonly outputs?: readonly string[];
  readonly becomes: 'refused' | 'ran';
}

function nodeOf({ op, opset = 22, inputs, attributes = {}, outputs = ['y'] }: Finding): SoakNode {
  const named = inputs.map((input, i) => input && { ...input, name: `x${i}` });
  return { op, domain: '', opset, inputs: named, outputs, attributes: new Map(Object.entries(attributes)) };
}

const theta = fed(float32([1, 2, 3], [1, 0, 0, 0, 1, 0]));
const x = fed(float32([2, 2], [1, 2, 3, 4]));
const int = (value: bigint): SoakAttribute => ({ kind: 'int', value });
const bools = new Tensor('bool', [1], Uint8Array.of(1));

describe('what soaks have found', () => {
  const findings: readonly Finding[] = [
    { op: 'Pow', inputs: [fed(int64([1], [-2])), fed(float32([1], [0.5]))], becomes: 'ran' },
    { op: 'Pow', inputs: [constant(int64([], [4])), fed(float32([1], [1e30]))], becomes: 'ran' },
    { op: 'Resize', opset: 10, inputs: [x, constant(float32([4, 0], []))], becomes: 'refused' },
    { op: 'Resize', opset: 12, inputs: [x, undefined, fed(float32([], [2]))], becomes: 'refused' },
    { op: 'ReduceSumSquare', inputs: [x, fed(int64([2], [-2, 0]))], becomes: 'refused' },
    { op: 'ReduceMean', inputs: [x, fed(bools)], becomes: 'refused' },
    {
      op: 'Squeeze',
      opset: 15,
      inputs: [constant(float32([4, 1, 2], new Float32Array(8))), fed(int64([1], [1]))],
      becomes: 'ran',
    },
    { op: 'Unsqueeze', inputs: [constant(float32([2], [1, 2])), fed(int64([1], [0]))], becomes: 'ran' },
    { op: 'Reshape', inputs: [constant(float32([4], [1, 2, 3, 4])), fed(int64([2], [2, 2]))], becomes: 'ran' },
    { op: 'AffineGrid', inputs: [theta, fed(int64([1], [2 ** 53]))], becomes: 'refused' },
    { op: 'AffineGrid', inputs: [theta, fed(int64([4], [1, 1, -2, 2]))], becomes: 'refused' },
    { op: 'AffineGrid', inputs: [theta, constant(int64([4], [1, 1, -2, 2]))], becomes: 'refused' },
    { op: 'AffineGrid', inputs: [theta, fed(int64([4], [2, 1, 2, 2]))], becomes: 'refused' },
    { op: 'AffineGrid', inputs: [theta, fed(int64([4], [1, 1, 2 ** 31, 2 ** 31]))], becomes: 'refused' },
    { op: 'AffineGrid', inputs: [theta, fed(float32([4], [1, 1, 2, 2]))], becomes: 'refused' },
    {
      op: 'DequantizeLinear',
      inputs: [fed(new Tensor('int8', [2], Int8Array.of(1, 2))), fed(float32([2], [1, 1]))],
      attributes: { block_size: int(2n ** 53n + 1n), axis: int(0n) },
      becomes: 'refused',
    },
    {
      op: 'MaxPool',
      opset: 10,
      inputs: [fed(float32([1, 2, 5], new Float32Array(10)))],
      attributes: {
        kernel_shape: { kind: 'ints', value: [3n] },
        dilations: { kind: 'ints', value: [2n ** 31n - 1n] },
        auto_pad: { kind: 'string', value: new TextEncoder().encode('SAME_LOWER') },
      },
      becomes: 'ran',
    },
    {
      op: 'Einsum',
      inputs: [undefined, x],
      attributes: { equation: { kind: 'string', value: new TextEncoder().encode('ij,jk->ik') } },
      becomes: 'refused',
    },
  ];

  it.each(findings.map((finding, i) => [`${i}: ${finding.op}`, finding] as const))('%s', async (_, finding) => {
    const node = nodeOf(finding);
    expect(await outcomeOf(modelOfNode(node), feedsOfNode(node))).toEqual({ kind: finding.becomes });
  });

  it.each(edgeNames)('an output that is called %j', async (name) => {
    const node = nodeOf({ op: 'Relu', inputs: [x], outputs: [name], becomes: 'ran' });
    expect(await outcomeOf(modelOfNode(node), feedsOfNode(node))).toEqual({ kind: 'ran' });
  });
});

/** What `npm run soak` has saved, of trials that are files: others are made again by their seed. */
const folder = path.join(import.meta.dirname, 'findings');
const saved = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as SavedFinding] as const);

it.each(saved)('%s is no finding any more', async (_, { subject }) => {
  if (subject === undefined) return expect.unreachable('it has no file: a test of its own has to make it by its seed');
  expect(isFault(await trySubject(restored(subject)))).toBe(false);
});
