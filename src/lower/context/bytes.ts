/** Which values lie in the arena as bytes: integers of 8 bits in NHWC8, four channels to a word. */
import type { Value } from '../../ir/graph.js';
import type { LoweringContext } from './context.js';
import { nhwc8Size } from './tensor.js';

/** Whether a value may be in bytes at all: a picture or volume of integers of 8 bits, in an engine that multiplies bytes. */
export function isByteTensor({ options, values }: LoweringContext, value: Value | undefined): boolean {
  if (options.byteProducts === undefined || value === undefined) return false;
  const type = values.elementType(value);
  const dims = values.sizedDims(value);
  if (dims === undefined || dims.length < 3 || nhwc8Size(dims) === undefined) return false;
  return type === 'uint8' || type === 'int8';
}

/** Whether a step makes its result as bytes: what the caller gets is float32 on the way, as all results are. */
export function makesBytes(context: LoweringContext, output: Value): boolean {
  return isByteTensor(context, output) && !context.uses.isReturned(output);
}

/** Whether a step that moves elements, or takes the larger ones, does so in bytes: where its input is in nothing else. */
export function isMovedInBytes(context: LoweringContext, input: Value, output: Value): boolean {
  return makesBytes(context, output) && isByteTensor(context, input) && context.tensors.isOnlyBytes(input);
}
