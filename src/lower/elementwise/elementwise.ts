/** Elementwise nodes where nothing before them takes them as an epilogue: chains that become loops. */
import type { Node } from '../../ir/graph.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import type { LoweringContext } from '../context/context.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import { defineLowering, type Lowering, unknownShapes } from '../lowering.js';
import { keepsNumbers, placeCasts } from './cast.js';
import { type ChainOptions, chainFrom, isChained } from './chain.js';
import { elementwiseSchemas } from './expression.js';
import { addLoop } from './loops.js';
import { isNhwc8Operand } from './operands.js';
import { dequantizeConstant } from './quantize.js';
import { settled } from './zero-points.js';

const maxInputs = 6;

function lowerElementwise(context: LoweringContext, node: Node): string | undefined {
  if (!isChained(node)) return 'a case of the operator that no kernel has';
  if (node.opType === 'Cast' && !keepsNumbers(context, node)) return 'a result that is no float';
  const onto = context.values.sizedDims(node.outputs[0]);
  if (onto === undefined) return unknownShapes;
  const size = nhwc8Size(onto);
  const hasNhwc8 = node.inputs.some((value) => {
    const dims = value && context.tensors.representableDims(value);
    if (value === undefined || dims === undefined || size === undefined || !context.tensors.isOnlyNhwc8(value))
      return false;
    const own = nhwc8Size(dims);
    return own !== undefined && isSameSize(own, size);
  });
  const nhwc8: ChainOptions = { accepts: (_value, dims) => isNhwc8Operand(dims, onto, true), maxInputs };
  const rowMajor: ChainOptions = { accepts: (_value, dims) => dims.length <= onto.length, maxInputs };
  const chain = (hasNhwc8 ? chainFrom(context, node, nhwc8) : undefined) ?? chainFrom(context, node, rowMajor);
  if (chain === undefined) return 'another type than kernels compute with, or inputs that no loop takes';
  if (placeCasts(context, chain)) return undefined;
  addLoop(context, { ...settled(context, chain), inputs: chain.inputs.map((value) => value!) }, hasNhwc8);
  return undefined;
}

export const elementwiseLowerings: readonly Lowering[] = [
  ...elementwiseSchemas.map((schema) => defineLowering(schema, lowerElementwise)),
  defineLowering(quantizeLinearSchema, lowerElementwise),
  defineLowering(dequantizeLinearSchema, (context, node) =>
    dequantizeConstant(context, node) ? undefined : lowerElementwise(context, node),
  ),
];
