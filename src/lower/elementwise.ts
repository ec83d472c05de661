/** Elementwise chains as loops. */

import { settled } from './centred.js';
import { type ChainOptions, chainFrom } from './chain.js';
import { addLoop } from './loops.js';
import { type Lowering, unknownShapes } from './lowering.js';
import { isInnerOperand } from './operands.js';
import { innerSize, isSameSize } from './tensor.js';

const maxInputs = 6;

export const lowerElementwise: Lowering = (context, node) => {
  const onto = context.sizedDims(node.outputs[0]);
  if (onto === undefined) return unknownShapes;
  const size = innerSize(onto);
  const hasInner = node.inputs.some((value) => {
    const dims = value && context.heldDims(value);
    if (value === undefined || dims === undefined || size === undefined || !context.isOnlyInner(value)) return false;
    const own = innerSize(dims);
    return own !== undefined && isSameSize(own, size);
  });
  const inner: ChainOptions = { accepts: (_value, dims) => isInnerOperand(dims, onto, true), maxInputs };
  const flat: ChainOptions = { accepts: (_value, dims) => dims.length <= onto.length, maxInputs };
  const chain = (hasInner ? chainFrom(context, node, inner) : undefined) ?? chainFrom(context, node, flat);
  if (chain === undefined) return 'another type than kernels compute with, or inputs that no loop takes';
  addLoop(context, { ...settled(context, chain), inputs: chain.inputs.map((value) => value!) }, hasInner);
  return undefined;
};
