/** What passes read of constants. */
import { isFloat } from '../ir/element-type.js';
import type { Constant, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { integersOf, numbersOf } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';

/** The number that a constant of one float is, whatever its rank. */
export function scalarOf(value: Value | undefined, editor: GraphEditor): number | undefined {
  const constant = editor.constant(value);
  if (constant === undefined || !isFloat(constant.type) || elementCount(constant.dims) !== 1) return undefined;
  return numbersOf(constant.load())[0];
}

/** The elements of a constant of integers, as axes are given. */
export function integersAt(value: Value | undefined, editor: GraphEditor): readonly number[] | undefined {
  const constant = editor.constant(value);
  return constant === undefined || isFloat(constant.type) || constant.type === 'string'
    ? undefined
    : integersOf(constant.load());
}

/** The elements of a constant broadcast to `dims`; undefined where it does not broadcast to them. */
export function broadcastTo(constant: Constant, dims: readonly number[]): Float64Array | undefined {
  const own = [...constant.dims];
  // Leading ones beyond the rank change no element.
  while (own.length > dims.length && own[0] === 1) own.shift();
  const skipped = dims.length - own.length;
  if (skipped < 0 || own.some((size, axis) => size !== 1 && size !== dims[axis + skipped])) return undefined;
  const values = numbersOf(constant.load());
  const result = new Float64Array(elementCount(dims));
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = dims.length - 1; axis >= skipped; axis--) {
      const size = own[axis - skipped]!;
      if (size !== 1) at += (rest % dims[axis]!) * stride;
      rest = Math.floor(rest / dims[axis]!);
      stride *= size;
    }
    result[i] = values[at]!;
  }
  return result;
}
