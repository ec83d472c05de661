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

/** Whether a constant of these dims broadcasts to others; leading ones beyond the rank change no element. */
export function broadcasts(from: readonly number[], to: readonly number[]): boolean {
  const own = withoutLeadingOnes(from, to.length);
  const skipped = to.length - own.length;
  return skipped >= 0 && own.every((size, axis) => size === 1 || size === to[axis + skipped]);
}

function withoutLeadingOnes(dims: readonly number[], rank: number): readonly number[] {
  const leading = dims.findIndex((size, axis) => size !== 1 || dims.length - axis <= rank);
  return leading < 0 ? [] : dims.slice(leading);
}

/** The elements of a constant broadcast to `dims`; undefined where it does not broadcast to them. */
export function broadcastTo(constant: Constant, dims: readonly number[]): Float64Array | undefined {
  if (!broadcasts(constant.dims, dims)) return undefined;
  const own = withoutLeadingOnes(constant.dims, dims.length);
  const skipped = dims.length - own.length;
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
