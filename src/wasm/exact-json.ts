/** JSON that is the same for equal data, and for nothing else. */

/**
 * JSON in which the numbers that JSON does not have are strings: `NaN`, `Infinity`, `-Infinity` and `-0`. Constants of
 * computations can be any of them.
 */
export function exactJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) => {
    // Keys of kernels are made of thousands of values: what is not finite is no number when it is taken from itself.
    if (typeof value !== 'number' || (value - value === 0 && (value !== 0 || 1 / value > 0))) return value;
    return value === 0 ? '-0' : String(value);
  });
}
