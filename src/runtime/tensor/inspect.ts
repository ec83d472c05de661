/** A tensor in a line, for people. */
import { bfloat16Format, decodeIeee, float16Format } from '../../ir/ieee-float.js';
import type { Tensor } from './tensor.js';

/** As many elements are shown as fit on a line of a terminal. */
const shownElements = 8;

/** `Tensor float32[1, 3, 2, 2] [0, 0.5, 1, …]`; where the elements are bits of floats, the numbers that they stand for. */
export function describeTensor(
  type: string,
  dims: readonly number[],
  location: string,
  data: Tensor.DataType | undefined,
): string {
  const title = `Tensor ${type}[${dims.join(', ')}]`;
  if (data === undefined) return `${title} (${location === 'none' ? 'disposed' : `at ${location}`})`;
  const first = Array.from({ length: Math.min(data.length, shownElements) }, (_, i) => format(numberOf(type, data, i)));
  const rest = data.length > shownElements ? [`… ${data.length - shownElements} more`] : [];
  return `${title} [${[...first, ...rest].join(', ')}]`;
}

/** The formats of floats that data may have as bits. */
const bitFormats = new Map([
  ['float16', float16Format],
  ['bfloat16', bfloat16Format],
]);

function numberOf(type: string, data: Tensor.DataType, i: number): number | bigint | string {
  const format = data instanceof Uint16Array ? bitFormats.get(type) : undefined;
  return format === undefined ? data[i]! : decodeIeee(format, Number(data[i]));
}

function format(element: number | bigint | string): string {
  if (typeof element === 'string') return JSON.stringify(element.length > 20 ? `${element.slice(0, 20)}…` : element);
  if (typeof element === 'bigint') return `${element}n`;
  return Object.is(element, -0) ? '-0' : String(Number(element.toPrecision(6)));
}
