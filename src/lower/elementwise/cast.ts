/** Casts among the types that the arena holds as float32: of them only rounding is left. */
import type { ElementType } from '../../ir/element-type.js';
import type { Node } from '../../ir/graph.js';
import { isHalfFloat } from '../../ir/half-floats.js';
import { type Elementwise, unary } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import type { Chain } from './chain.js';

/** Whether a Cast gives the numbers that it reads, or the nearest that its result's type has. */
export function keepsNumbers({ values }: LoweringContext, { inputs, outputs }: Node): boolean {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [from, to] = [values.elementType(x), values.elementType(y)];
  if (to === 'int32') return isSmallInteger(from);
  return !isSmallInteger(to) && values.isRepresentable(y);
}

/** In `fast`, a value is rounded to a float of 16 bits where it leaves the engine only. */
export function castTree(context: LoweringContext, { inputs, outputs }: Node, x: Elementwise): Elementwise {
  const [from, to] = [inputs[0]!, outputs[0]!].map((value): ElementType | undefined =>
    context.values.elementType(value),
  );
  return context.options.precision === 'strict' && isHalfFloat(to) && to !== from ? unary(to, x) : x;
}

/**
 * Has the result of Casts that change nothing be where their input is.
 * @returns whether the chain is of such
 */
export function placeCasts(
  { tensors, values, done }: LoweringContext,
  { tree, inputs, nodes, output }: Chain,
): boolean {
  const [value] = inputs;
  const isNothing = tree.kind === 'input' && nodes.every(({ opType }) => opType === 'Cast');
  if (!isNothing || value === undefined || values.constant(value) !== undefined) return false;
  tensors.setResidency(output, tensors.isOnlyNhwc8(value) ? tensors.nhwc8(value) : tensors.rowMajor(value));
  for (const node of nodes) done.add(node);
  return true;
}
