/**
 * DynamicQuantizeLinear: quantizes to uint8 by the range of the data including 0, in float32 like the specification.
 */
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { roundHalfToEven } from '../elementwise/rounding.js';
import { defineOperator, type Operator } from '../operator.js';
import { quantize } from './quantized-storage.js';
import { dynamicQuantizeLinearSchema } from './schemas.js';

export function dynamicQuantize(x: Tensor): Tensor[] {
  const numbers = numbersOf(x);
  let low = 0;
  let high = 0;
  for (let i = 0; i < numbers.length; i++) {
    low = Math.min(low, numbers[i]!);
    high = Math.max(high, numbers[i]!);
  }
  // If all elements are zero, the range is empty, and any scale works.
  const scale = low === high ? 1 : Math.fround(Math.fround(high - low) / 255);
  const zeroPoint = roundHalfToEven(Math.min(Math.max(Math.fround(-low / scale), 0), 255));
  const quotients = new Float64Array(numbers).map((value) => Math.fround(value / scale));
  return [
    quantize('uint8', x.dims, quotients, () => zeroPoint),
    new Tensor('float32', [], Float32Array.of(scale)),
    new Tensor('uint8', [], Uint8Array.of(zeroPoint)),
  ];
}

export const dynamicQuantizeLinear: readonly Operator[] = [
  defineOperator({
    ...dynamicQuantizeLinearSchema,
    infer: (context) => {
      return [tensorType('uint8', context.shape(0)), tensorType('float32', []), tensorType('uint8', [])];
    },
    reference: (context) => dynamicQuantize(tensorAt(context, 0)),
  }),
];
