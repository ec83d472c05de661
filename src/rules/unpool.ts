/** MaxUnpool and the origin of its indices, which are positions in one particular tensor. */

import { formatNode } from '../diagnostics.js';
import { type IndexOrigin, originOfIndices } from '../infer/index-origin.js';
import type { Node } from '../ir/graph.js';
import type { AttributeValues } from '../ops/attributes.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { maxUnpool } from '../ops/pooling/max-unpool.js';
import { pooling } from '../ops/pooling/pool.js';
import type { Named } from '../ops/signature.js';
import { factsOf } from './facts.js';
import { defineRule, type RuleContext } from './rule.js';

interface Unpooling {
  readonly node: Node;
  readonly inputs: Named<(typeof maxUnpool.MaxUnpool)['inputs']>;
  readonly origin: IndexOrigin;
}

function* unpoolings({ model }: RuleContext): Iterable<Unpooling> {
  const facts = factsOf(model);
  for (const node of facts.nodes()) {
    const inputs = boundAs(maxUnpool.MaxUnpool, node)?.inputs;
    const origin = originOfIndices(inputs?.I, (value) => facts.producer(value));
    if (inputs !== undefined && origin !== undefined) yield { node, inputs, origin };
  }
}

const python = `# PyTorch: the pair must share kernel, stride and padding, and an odd size must be said
pooled, indices = F.max_pool2d(x, 2, return_indices=True)`;

export const otherGeometry = defineRule({
  code: 'US1413',
  explanation: {
    meaning:
      'MaxUnpool is fed with the indices of a MaxPool whose kernel, strides or pads differ from its own, or that pooled a tensor of another size than the one MaxUnpool makes.',
    reason:
      "ONNX's indices are flat positions in the whole tensor that was pooled. In a tensor of another shape the same number is another place: values are scattered over wrong rows, silently as long as the numbers are in range. It happens where a size is odd, and MaxUnpool without output_shape makes the even one.",
    bad: `${python}   # x 5 × 5 → 2 × 2
y = F.max_unpool2d(pooled, indices, 2)                         # makes 4 × 4`,
    good: `${python}
y = F.max_unpool2d(pooled, indices, 2, output_size=x.shape)    # makes 5 × 5`,
    remedy:
      'Give MaxUnpool the kernel_shape, strides and pads of the MaxPool whose indices it gets, and for odd sizes its third input, output_shape.',
  },
  data: {
    pool: 'string',
    kind: ['window', 'dilations', 'storage order'],
    expected: 'string',
    actual: 'string',
  },
  words: (difference) => ({
    message: differenceText[difference.kind](difference),
    expected: difference.expected,
    actual: difference.actual,
    hint: 'give both the same windows',
  }),
  *check(context) {
    for (const { node, origin } of unpoolings(context)) {
      // Inference has reported the size, which follows.
      if (context.inference.refuted.some((requirement) => requirement.node === node)) continue;
      const difference = windowDifference(origin.pool, node);
      if (difference !== undefined) yield { node, data: difference };
    }
  },
});

/** What MaxPool and MaxUnpool do not have in common, in words. */
interface Difference {
  readonly pool: string;
  readonly kind: 'window' | 'dilations' | 'storage order';
  readonly expected: string;
  readonly actual: string;
}

const differenceText: Readonly<Record<Difference['kind'], (difference: Difference) => string>> = {
  window: ({ pool, expected, actual }) => `the indices come from ${pool} with ${expected}, but MaxUnpool has ${actual}`,
  dilations: ({ pool }) => `the indices come from ${pool} with dilations, which MaxUnpool does not have`,
  'storage order': ({ pool }) => `the indices come from ${pool} with storage_order 1: they count column by column`,
};

function windowDifference(pool: Node, unpool: Node): Difference | undefined {
  const pooledBy = attributesOf(pooling.MaxPool, pool);
  const unpooling = attributesOf(maxUnpool.MaxUnpool, unpool);
  if (pooledBy === undefined || unpooling === undefined) return undefined;
  const { auto_pad, dilations, storage_order } = pooledBy;
  if (auto_pad === 'SAME_UPPER' || auto_pad === 'SAME_LOWER') return undefined;
  const [pooled, unpooled] = [windowsOf(pooledBy), windowsOf(unpooling)];
  for (const name of ['kernel_shape', 'strides', 'pads'] as const) {
    const [wanted, given] = [pooled[name], unpooled[name]].map((list) => `${name} [${list.join(', ')}]`) as [
      string,
      string,
    ];
    if (wanted === given) continue;
    return { pool: formatNode(pool), kind: 'window', expected: wanted, actual: given };
  }
  const isDilated = dilations?.some((dilation) => dilation !== 1) === true;
  const isColumnMajor = storage_order === 1;
  if (!isDilated && !isColumnMajor) return undefined;
  return {
    pool: formatNode(pool),
    kind: isColumnMajor ? 'storage order' : 'dilations',
    expected: 'a MaxPool with dilations 1 and storage_order 0',
    actual: isColumnMajor ? 'storage_order 1' : `dilations [${dilations!.join(', ')}]`,
  };
}

type WindowLists = Pick<
  AttributeValues<(typeof maxUnpool.MaxUnpool)['attributes']>,
  'kernel_shape' | 'strides' | 'pads'
>;

function windowsOf({ kernel_shape, strides, pads }: WindowLists): Windows {
  return {
    kernel_shape,
    strides: strides ?? kernel_shape.map(() => 1),
    pads: pads ?? kernel_shape.flatMap(() => [0, 0]),
  };
}

interface Windows {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

export const planeIndices = defineRule({
  code: 'US1414',
  explanation: {
    meaning:
      "MaxUnpool is fed with indices that count within one plane (height × width), as PyTorch's do; ONNX's count over the whole tensor, channels and batch included.",
    reason:
      'Every channel is unpooled into the first channel of the first picture, one over the other, and the rest stays zero. Nothing fails: the indices are in range. It happens to models put together by hand or by converters that write max_pool2d as PyTorch has it (onnx#2398, pytorch#25088).',
    bad: `_, first = MaxPool <kernel_shape = [1, 1]> (x)
pooled, flat = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)
indices = Sub (flat, Slice (first, …))    # positions in a plane
y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (pooled, indices)`,
    good: `pooled, flat = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)
y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (pooled, flat)`,
    remedy:
      "Give MaxUnpool the Indices output of MaxPool as it is, or add to each plane's indices (n · channels + c) · height · width.",
  },
  data: { indices: 'string?', pool: 'string' },
  words: ({ indices, pool }) => ({
    value: indices,
    message: `the indices count within a plane; they come from ${pool} by way of arithmetic that takes each plane's offset away`,
    expected: 'positions in the whole tensor, as MaxPool gives them',
    actual: 'positions in a plane, as in PyTorch',
    hint: "use MaxPool's Indices as they are, or add (n·channels + c)·height·width",
  }),
  *check(context) {
    for (const { node, inputs, origin } of unpoolings(context)) {
      if (origin.counting !== 'plane') continue;
      const [batch, channels] = context.inference.types.get(inputs.X)?.shape ?? [];
      // With one plane, both kinds of indices are equal.
      if (batch === 1 && channels === 1) continue;
      yield { node, data: { indices: inputs.I.name, pool: formatNode(origin.pool) } };
    }
  },
});
