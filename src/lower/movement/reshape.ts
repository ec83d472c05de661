/** Reshape and its kin cost nothing: the result is in the tensor of the input. */
import type { Node } from '../../ir/graph.js';
import { reshaping } from '../../ops/movement/reshape.js';
import { squeezing } from '../../ops/movement/squeeze.js';
import type { LoweringContext } from '../context/context.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

const kernels = kernelsOf(anyElements, ['data that is constant']);

function reshape(context: LoweringContext, node: Node): 'data that is constant' | typeof unfitValue | undefined {
  const [value] = node.inputs;
  const result = node.outputs[0];
  const [dims, onto] = [context.tensors.storedDims(value), context.values.sizedDims(result)];
  if (dims === undefined || onto === undefined) return unfitValue;
  // Passes fold constants where the new shape is known. They lie outside of the arena, and so would the result.
  if (context.values.constant(value) !== undefined) return 'data that is constant';
  const [from, to] = [nhwc8Size(dims), nhwc8Size(onto)];
  const isSame = from !== undefined && to !== undefined && isSameSize(from, to);
  if (isSame && context.tensors.isOnlyNhwc8(value!))
    context.tensors.setResidency(result!, context.tensors.nhwc8(value!));
  else context.tensors.setResidency(result!, context.tensors.stored(value!));
  context.done.add(node);
  return undefined;
}

export const reshapingLowerings: readonly Lowering[] = [
  defineLowering(reshaping.Flatten, kernels, reshape),
  defineLowering(reshaping.Reshape, kernels, reshape),
  defineLowering(squeezing.Squeeze, kernels, reshape),
  defineLowering(squeezing.Unsqueeze, kernels, reshape),
];
