/** MaxUnpool and the origin of its indices, which are positions in one particular tensor. */

import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { rangeOf, sub } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { formatShape, type Shape } from '../ir/shape.js';
import type { AttributeValues } from '../ops/attributes.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { arithmetic } from '../ops/elementwise/arithmetic.js';
import { casts } from '../ops/elementwise/cast.js';
import { modulo } from '../ops/elementwise/modulo.js';
import { gathering } from '../ops/indexing/gather.js';
import { reshaping } from '../ops/movement/reshape.js';
import { slicing } from '../ops/movement/slice.js';
import { maxUnpool } from '../ops/pooling/max-unpool.js';
import { pooling } from '../ops/pooling/pool.js';
import type { Named } from '../ops/signature.js';
import { type Facts, factsOf } from './facts.js';
import { defineRule, type RuleContext } from './rule.js';

/** The origin of indices, as far as the graph shows it. */
interface Origin {
  readonly pool: Node;
  /**
   * flat: row-major over the whole tensor, as MaxPool produces them. plane: within one plane. restored: converted back
   * to flat.
   */
  readonly counting: 'flat' | 'plane' | 'restored';
}

/** The longest chain of arithmetic that is followed; exporters write shorter ones. */
const deepest = 16;

/**
 * Follows indices back to their MaxPool. PyTorch's exporters convert them to positions within a plane, as in
 * torch.max_pool2d, by subtracting the indices of a MaxPool with kernel 1 (each plane's first element). For max_unpool
 * they add each plane's offset again.
 */
function originOfIndices(value: Value | undefined, facts: Facts, depth = 0): Origin | undefined {
  const node = facts.producer(value);
  if (node === undefined || node.domain !== '' || depth > deepest) return undefined;
  const from = (source: Value | undefined) => originOfIndices(source, facts, depth + 1);
  switch (node.opType) {
    case 'MaxPool':
      return boundAs(pooling.MaxPool, node)?.outputs.Indices === value ? { pool: node, counting: 'flat' } : undefined;
    case 'Identity':
      return from(boundAs(reshaping.Identity, node)?.inputs.input);
    case 'Cast':
      return from(boundAs(casts.Cast, node)?.inputs.input);
    case 'Sub': {
      const difference = boundAs(arithmetic.Sub, node)?.inputs;
      const left = from(difference?.A);
      return left?.counting === 'flat' && isPlaneStart(difference?.B, facts)
        ? { ...left, counting: 'plane' }
        : undefined;
    }
    case 'Mod': {
      const left = from(boundAs(modulo.Mod, node)?.inputs.A);
      return left && { ...left, counting: 'plane' };
    }
    case 'Add': {
      const sum = boundAs(arithmetic.Add, node)?.inputs;
      const found = from(sum?.A) ?? from(sum?.B);
      return found?.counting === 'plane' ? { ...found, counting: 'restored' } : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Whether the value has the first index of every plane: (a part of) the indices of a MaxPool whose windows are single
 * elements.
 */
function isPlaneStart(value: Value | undefined, facts: Facts, depth = 0): boolean {
  const node = facts.producer(value);
  if (node === undefined || depth > deepest) return false;
  const part =
    boundAs(slicing.Slice, node)?.inputs.data ??
    boundAs(gathering.Gather, node)?.inputs.data ??
    boundAs(reshaping.Identity, node)?.inputs.input ??
    boundAs(casts.Cast, node)?.inputs.input;
  if (part !== undefined) return isPlaneStart(part, facts, depth + 1);
  const pool = boundAs(pooling.MaxPool, node);
  return pool?.outputs.Indices === value && pool?.attributes.kernel_shape.every((size) => size === 1) === true;
}

interface Unpooling {
  readonly node: Node;
  readonly inputs: Named<(typeof maxUnpool.MaxUnpool)['inputs']>;
  readonly origin: Origin;
}

function* unpoolings({ model }: RuleContext): Iterable<Unpooling> {
  const facts = factsOf(model);
  for (const node of facts.nodes()) {
    const inputs = boundAs(maxUnpool.MaxUnpool, node)?.inputs;
    const origin = originOfIndices(inputs?.I, facts);
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
    kind: ['window', 'dilations', 'storage order', 'shape'],
    expected: 'string',
    actual: 'string',
  },
  words: (difference) => ({
    message: differenceText[difference.kind](difference),
    expected: difference.expected,
    actual: difference.actual,
    hint:
      difference.kind === 'shape'
        ? 'give MaxUnpool the shape that was pooled as its third input, output_shape'
        : 'give both the same windows',
  }),
  *check(context) {
    for (const { node, origin } of unpoolings(context)) {
      const difference = windowDifference(origin.pool, node) ?? sizeDifference(origin, node, context.inference);
      if (difference !== undefined) yield { node, data: difference };
    }
  },
});

/** What MaxPool and MaxUnpool do not have in common, in words. */
interface Difference {
  readonly pool: string;
  readonly kind: 'window' | 'dilations' | 'storage order' | 'shape';
  readonly expected: string;
  readonly actual: string;
}

const differenceText: Readonly<Record<Difference['kind'], (difference: Difference) => string>> = {
  window: ({ pool, expected, actual }) => `the indices come from ${pool} with ${expected}, but MaxUnpool has ${actual}`,
  dilations: ({ pool }) => `the indices come from ${pool} with dilations, which MaxUnpool does not have`,
  'storage order': ({ pool }) => `the indices come from ${pool} with storage_order 1: they count column by column`,
  shape: ({ pool, expected, actual }) =>
    `the indices are positions in ${expected}, the tensor that ${pool} pooled, but MaxUnpool makes ${actual}`,
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

/**
 * Compares the tensor that was pooled with the one that MaxUnpool produces: row-major positions are equal only if the
 * shapes are.
 */
function sizeDifference({ pool, counting }: Origin, node: Node, { types }: Inference): Difference | undefined {
  if (counting === 'plane') return undefined;
  const shapeOf = (value: Value | undefined): Shape | undefined => value && types.get(value)?.shape;
  const pooled = shapeOf(boundAs(pooling.MaxPool, pool)?.inputs.X);
  const made = shapeOf(boundAs(maxUnpool.MaxUnpool, node)?.outputs.output);
  if (pooled === undefined || made === undefined || pooled.length !== made.length) return undefined;
  const differs = made.some((dim, axis) => {
    // The batch is the slowest index, so a larger batch moves no position.
    if (axis === 0) return false;
    const { min, max } = rangeOf(sub(dim, pooled[axis]!));
    return min > 0 || max < 0;
  });
  if (!differs) return undefined;
  return { pool: formatNode(pool), kind: 'shape', expected: formatShape(pooled), actual: formatShape(made) };
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
