/**
 * Broadcasting before operator set 7: the second input is stretched only where `broadcast` is set, and `axis` says at
 * which axis of the first it begins (Changelog.md, Add version 6).
 */
import type { Dim } from '../../ir/dim.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { flag, int } from '../attributes.js';
import { normalizeAxis } from '../operator.js';

/** The attributes that operators had for it. */
export const legacyBroadcastAttributes = { broadcast: flag(false).before(7), axis: int().before(7) };

interface LegacyBroadcast {
  readonly version: number;
  readonly attributes: { readonly broadcast: boolean; readonly axis: number | undefined };
}

/** The second input's shape with the ones behind it that today's rule needs. */
function alignedDims<D extends Dim>(
  { version, attributes }: LegacyBroadcast,
  a: readonly D[],
  b: readonly D[],
): readonly (D | 1)[] {
  const { broadcast, axis } = attributes;
  if (version >= 7 || !broadcast || axis === undefined) return b;
  const start = normalizeAxis(axis, a.length);
  return [...b, ...new Array<1>(Math.max(0, a.length - start - b.length)).fill(1)];
}

/** The types of the two inputs, the second aligned. */
export function alignedTypes(
  context: LegacyBroadcast & { readonly inputs: readonly (TensorType | undefined)[] },
): readonly (TensorType | undefined)[] {
  const [a, b] = context.inputs;
  if (a?.shape === undefined || b?.shape === undefined) return context.inputs;
  return [a, tensorType(b.elementType, alignedDims(context, a.shape, b.shape))];
}

/** The two inputs, the second aligned. */
export function alignedTensors(
  context: LegacyBroadcast & { readonly inputs: readonly (Tensor | undefined)[] },
): readonly [Tensor, Tensor] {
  const [a, b] = context.inputs as readonly [Tensor, Tensor];
  return [a, b.reshape(alignedDims(context, a.dims, b.dims))];
}
