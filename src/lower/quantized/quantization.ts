/** QuantizeLinear and DequantizeLinear: elementwise like others, but for constants, which packing dequantizes. */
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import { lowerTree } from '../elementwise/elementwise.js';
import { putOff } from '../elementwise/put-off.js';
import { dequantizeConstant, isReadAsBytes } from '../elementwise/quantize.js';
import { defineLowering, floatsAndSmallIntegers, kernelsOf, type Lowering } from '../lowering.js';

export const quantizationLowerings: readonly Lowering[] = [
  defineLowering(quantizeLinearSchema, kernelsOf(floatsAndSmallIntegers), lowerTree),
  defineLowering(dequantizeLinearSchema, kernelsOf(floatsAndSmallIntegers), (context, node) => {
    if (dequantizeConstant(context, node)) return undefined;
    return isReadAsBytes(context, node) ? putOff(context, node) : lowerTree(context, node);
  }),
];
