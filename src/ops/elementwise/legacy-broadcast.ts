/**
 * Broadcasting before opset 7: only if `broadcast` is set, the second input is broadcast to the first, beginning at the
 * first one's axis `axis` (Changelog.md, Add version 6).
 */
import type { Dim } from '../../ir/dim.js';
import type { ElementType } from '../../ir/element-type.js';
import type { SymbolicTensor } from '../../ir/quantity.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { normalizeAxis } from '../arguments.js';
import { flag, int } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { commonElementType, inferElementwise } from './binary.js';
import { broadcastOnto, sameShape } from './broadcast-onto.js';
import { symbolicInputs } from './symbolic.js';

/** The attributes for it. */
export const legacyBroadcastAttributes = { broadcast: flag(false).before(7), axis: int().before(7) };

interface LegacyBroadcast {
  readonly version: number;
  readonly attributes: { readonly broadcast: boolean; readonly axis: number | undefined };
}

/** The second input's shape with the trailing ones that today's broadcasting needs. */
export function alignedDims<D extends Dim>(
  { version, attributes }: LegacyBroadcast,
  a: readonly D[],
  b: readonly D[],
): readonly (D | 1)[] {
  const { broadcast, axis } = attributes;
  if (version >= 7 || !broadcast || axis === undefined || b.length === 0) return b;
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

/** The type of an elementwise result of two inputs, under the broadcasting of the operator's version. */
export function inferAligned(
  context: LegacyBroadcast & Pick<InferContext<unknown>, 'inputs' | 'unify'>,
  resultType?: ElementType,
  inputs = alignedTypes(context),
): TensorType {
  if (context.version >= 7) return inferElementwise(context, inputs, resultType);
  const type = resultType ?? commonElementType(inputs);
  const [a, b] = inputs.map((input) => input?.shape);
  return tensorType(
    type,
    context.attributes.broadcast ? broadcastOnto(context, a, b, 'the second input') : sameShape(context, [a, b]),
  );
}

/** The two inputs, the second aligned. */
export function alignedTensors(
  context: LegacyBroadcast & { readonly inputs: readonly (Tensor | undefined)[] },
): readonly [Tensor, Tensor] {
  const [a, b] = context.inputs as readonly [Tensor, Tensor];
  return [a, b.reshape(alignedDims(context, a.dims, b.dims))];
}

/** The known values of the two inputs, if one of them contains a symbol; the second is aligned. */
export function alignedSymbolic(
  context: LegacyBroadcast & Pick<InferContext<unknown>, 'partlyKnown'>,
): readonly SymbolicTensor[] | undefined {
  const inputs = symbolicInputs(context, 2);
  if (inputs === undefined) return undefined;
  const [a, b] = inputs as readonly [SymbolicTensor, SymbolicTensor];
  return [a, { ...b, dims: alignedDims<number>(context, a.dims, b.dims) }];
}
