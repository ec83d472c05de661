/** Values of one number: ConstantOfShape, and what other operators start from. */
import type { Node, Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { constantOfShape } from '../../ops/creation/constant-of-shape.js';
import type { LoweringContext } from '../context/context.js';
import type { RowMajorTensor } from '../context/tensor.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addFill, addIntegerFill } from './copy.js';

/**
 * Makes an output of the node, of one number throughout.
 * @param exact the number as elements of its type have it, where float32 does not have all of these
 * @returns undefined where the arena does not hold its type, or it has no elements
 */
export function makeFilled(
  context: LoweringContext,
  node: Node,
  output: Value,
  number: number,
  exact: number | bigint | string = number,
): RowMajorTensor | undefined {
  if (context.values.sizedDims(output) === undefined || context.values.arenaCells(output) === undefined)
    return undefined;
  const target = context.tensors.makeStored(output);
  if (target.cells === 'float32') {
    const all = () => [{ size: target.floats, strides: [1] }];
    addFill(context, node, target, number, all, target.floats);
  } else addIntegerFill(context, node, output, target, exact);
  return target;
}

const lowerConstantOfShape = defineLowering(
  constantOfShape.ConstantOfShape,
  kernelsOf(anyElements),
  (context, node, { attributes, outputs }) => {
    const value = attributes.value?.load();
    const number = value === undefined ? 0 : numbersOf(value)[0]!;
    return makeFilled(context, node, outputs.output, number, value?.data[0]) === undefined ? unfitValue : undefined;
  },
);

export const fillingLowerings: readonly Lowering[] = [lowerConstantOfShape];
