/** JSON that is the same for equal data, and for nothing else. */

/**
 * JSON in which the numbers that JSON does not have are strings: `NaN`, `Infinity`, `-Infinity` and `-0`. Constants of
 * computations can be any of them.
 */
export function exactJson(data: unknown): string {
  // Asking a function at each value takes the engine several times as long, and keys of kernels are made of thousands of values.
  if (isPlain(data)) return JSON.stringify(data);
  return JSON.stringify(data, (_, value: unknown) =>
    isPlainNumber(value) ? value : value === 0 ? '-0' : String(value),
  );
}

/** Whether all numbers in the data are such that JSON has. */
function isPlain(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return isPlainNumber(data);
  if (Array.isArray(data)) {
    for (let i = 0; i < data.length; i++) if (!isPlain(data[i])) return false;
    return true;
  }
  for (const key in data) if (!isPlain((data as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}

/** Of what is no number as well. What is not finite is no number when it is taken from itself. */
function isPlainNumber(value: unknown): boolean {
  return typeof value !== 'number' || (value - value === 0 && (value !== 0 || 1 / value > 0));
}
