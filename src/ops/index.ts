/** The operators, a line a family. */
import type { Node } from '../ir/graph.js';
import { conv } from './convolution/conv.js';
import { convTranspose } from './convolution/conv-transpose.js';
import { arithmetic } from './elementwise/arithmetic.js';
import { det } from './linear/det.js';
import { einsum } from './linear/einsum.js';
import { gemm } from './linear/gemm.js';
import { matMul } from './linear/matmul.js';
import { concat } from './movement/concat.js';
import type { Operator } from './operator.js';
import { globalPooling } from './pooling/global-pool.js';
import { maxUnpool } from './pooling/max-unpool.js';
import { pooling } from './pooling/pool.js';

export const operators: readonly Operator[] = [
  ...arithmetic,
  ...concat,
  ...conv,
  ...convTranspose,
  ...det,
  ...einsum,
  ...gemm,
  ...globalPooling,
  ...matMul,
  ...maxUnpool,
  ...pooling,
];

const byName = new Map(operators.map((operator) => [`${operator.domain}:${operator.name}`, operator]));

/** 'ai.onnx' is the long name of the default domain. */
const aliases = new Map([['ai.onnx', '']]);

export function findOperator(node: Pick<Node, 'domain' | 'opType'>): Operator | undefined {
  return byName.get(`${aliases.get(node.domain) ?? node.domain}:${node.opType}`);
}
