/** Casts between types that are representable in the arena: all that is left of them is rounding. */
import { type ElementType, isFloat } from '../../ir/element-type.js';
import type { Node } from '../../ir/graph.js';
import { isHalfFloat } from '../../ir/half-floats.js';
import { boundAs } from '../../ops/bind.js';
import { casts } from '../../ops/elementwise/cast.js';
import { type Elementwise, unary } from '../../wasm/kernels/elementwise-expression.js';
import type { Float8, SmallFloatRounding } from '../../wasm/kernels/small-floats.js';
import type { LoweringContext } from '../context/context.js';
import { isNarrowFloat, isSmallInteger } from '../context/representable-types.js';
import type { Values } from '../context/values.js';
import type { Chain } from './chain.js';

/** Whether a Cast keeps numbers, or rounds them to the nearest that the result's type has. */
export function keepsNumbers({ values }: LoweringContext, { inputs, outputs }: Node): boolean {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [from, to] = [values.elementType(x), values.elementType(y)];
  if (to === from) return true;
  if (to === 'int32') return isSmallInteger(from);
  if (to === 'bool') return false;
  return !isSmallInteger(to) && values.isRepresentable(y);
}

/** Whether the Cast rounds here: in `fast`, values are rounded to 16-bit floats only where they leave the engine. */
export function castTree(context: LoweringContext, node: Node, x: Elementwise): Elementwise {
  const { inputs, outputs } = node;
  const [from, to] = [inputs[0]!, outputs[0]!].map((value): ElementType | undefined =>
    context.values.elementType(value),
  );
  if (isNarrowFloat(to)) return to === from ? x : unary(roundingOf(node, to), x);
  return context.options.precision === 'strict' && isHalfFloat(to) && to !== from ? unary(to, x) : x;
}

/** How a Cast rounds to floats of 8 and 4 bits. */
export function roundingOf(node: Node, to: ElementType | undefined): SmallFloatRounding {
  const { attributes, version = 0 } = boundAs(casts.Cast, node) ?? {};
  if (to === 'float4e2m1') return to;
  const saturates = attributes?.saturate === true;
  if (to === 'float8e8m0') return `${to} ${attributes?.round_mode ?? 'up'} ${saturates ? 'saturated' : 'open'}`;
  if (!saturates) return `${to as Float8} open`;
  const isFnuz = to === 'float8e4m3fnuz' || to === 'float8e5m2fnuz';
  return isFnuz && version < 24 ? `${to} finite saturated` : `${to as Float8} saturated`;
}

function isBetweenFloats(values: Values, { inputs, outputs }: Node): boolean {
  const types = [inputs[0]!, outputs[0]!].map((value) => values.elementType(value));
  return types.every((type) => type !== undefined && isFloat(type)) && types[0] !== types[1];
}

/**
 * Leaves the result of a chain in the tensor of its input, where the chain is Casts between float types that change no number.
 * @returns whether it is such a chain
 */
export function placeCasts(
  { tensors, values, done }: LoweringContext,
  { tree, inputs, nodes, output }: Chain,
): boolean {
  const [value] = inputs;
  if (tree.kind !== 'input' || value === undefined || values.constant(value) !== undefined) return false;
  if (!nodes.every((node) => node.opType === 'Cast' && isBetweenFloats(values, node))) return false;
  tensors.setResidency(output, tensors.isOnlyNhwc8(value) ? tensors.nhwc8(value) : tensors.rowMajor(value));
  for (const node of nodes) done.add(node);
  return true;
}
