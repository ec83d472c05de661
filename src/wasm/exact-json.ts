/** JSON that is the same for equal data, and for nothing else. */

/**
 * JSON in which the numbers that JSON does not have are strings: `NaN`, `Infinity`, `-Infinity` and `-0`. Constants of
 * computations can be any of them.
 */
export function exactJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) => {
    if (typeof value !== 'number') return value;
    if (Object.is(value, -0)) return '-0';
    return Number.isFinite(value) ? value : String(value);
  });
}
