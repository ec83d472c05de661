/** Where the indices of a MaxUnpool come from. */
import type { Node, Value } from '../ir/graph.js';
import { boundAs } from '../ops/bind.js';
import { arithmetic } from '../ops/elementwise/arithmetic.js';
import { casts } from '../ops/elementwise/cast.js';
import { modulo } from '../ops/elementwise/modulo.js';
import { gathering } from '../ops/indexing/gather.js';
import { reshaping } from '../ops/movement/reshape.js';
import { slicing } from '../ops/movement/slice.js';
import { squeezing } from '../ops/movement/squeeze.js';
import { pooling } from '../ops/pooling/pool.js';

/** The origin of indices, as far as the graph shows it. */
export interface IndexOrigin {
  readonly pool: Node;
  /**
   * flat: row-major over the whole tensor, as MaxPool produces them. plane: within one plane. restored: converted back
   * to flat.
   */
  readonly counting: 'flat' | 'plane' | 'restored';
}

/** The node that makes a value, if one does. */
export type Producer = (value: Value | undefined) => Node | undefined;

/** The longest chain of arithmetic that is followed; exporters write shorter ones. */
const deepest = 16;

/**
 * Follows indices back to their MaxPool. PyTorch's exporters convert them to positions within a plane, as in
 * torch.max_pool2d, by subtracting the indices of a MaxPool with kernel 1 (each plane's first element). For max_unpool
 * they add each plane's offset again.
 */
export function originOfIndices(
  value: Value | undefined,
  producer: Producer,
  depth = 0,
  isSummand = false,
): IndexOrigin | undefined {
  const node = producer(value);
  if (node === undefined || node.domain !== '' || depth > deepest) return undefined;
  const from = (source: Value | undefined) => originOfIndices(source, producer, depth + 1, isSummand);
  switch (node.opType) {
    case 'MaxPool':
      return boundAs(pooling.MaxPool, node)?.outputs.Indices === value ? { pool: node, counting: 'flat' } : undefined;
    case 'Identity':
      return from(boundAs(reshaping.Identity, node)?.inputs.input);
    case 'Reshape':
      return from(boundAs(reshaping.Reshape, node)?.inputs.data);
    case 'Unsqueeze':
      return from(boundAs(squeezing.Unsqueeze, node)?.inputs.data);
    case 'Cast':
      return from(boundAs(casts.Cast, node)?.inputs.input);
    case 'Sub': {
      const difference = boundAs(arithmetic.Sub, node)?.inputs;
      const left = from(difference?.A);
      return left?.counting === 'flat' && isPlaneStart(difference?.B, producer)
        ? { ...left, counting: 'plane' }
        : undefined;
    }
    case 'Mod': {
      const left = from(boundAs(modulo.Mod, node)?.inputs.A);
      return left && { ...left, counting: 'plane' };
    }
    case 'Add': {
      // Offsets are added once, so sums of sums, which would take exponential time, are not followed.
      if (isSummand) return undefined;
      const sum = boundAs(arithmetic.Add, node)?.inputs;
      const found =
        originOfIndices(sum?.A, producer, depth + 1, true) ?? originOfIndices(sum?.B, producer, depth + 1, true);
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
function isPlaneStart(value: Value | undefined, producer: Producer, depth = 0): boolean {
  const node = producer(value);
  if (node === undefined || depth > deepest) return false;
  const part =
    boundAs(slicing.Slice, node)?.inputs.data ??
    boundAs(gathering.Gather, node)?.inputs.data ??
    boundAs(reshaping.Identity, node)?.inputs.input ??
    boundAs(casts.Cast, node)?.inputs.input;
  if (part !== undefined) return isPlaneStart(part, producer, depth + 1);
  const pool = boundAs(pooling.MaxPool, node);
  return pool?.outputs.Indices === value && pool?.attributes.kernel_shape.every((size) => size === 1) === true;
}

/** The value whose elements the indices count, row-major; undefined for others than those of a MaxPool. */
export function pooledValue(indices: Value | undefined, producer: Producer): Value | undefined {
  const origin = originOfIndices(indices, producer);
  if (origin === undefined || origin.counting === 'plane') return undefined;
  const pool = boundAs(pooling.MaxPool, origin.pool);
  return pool?.attributes.storage_order === 0 ? pool.inputs.X : undefined;
}
