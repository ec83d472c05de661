/** Shapes as a contract writes them: `1,21,H,W`, `float32[N, 3, 2*H, *]`. */

import { parseDim } from '../ir/dim/parse.js';
import type { Dim } from '../ir/dim.js';
import { symbolsOf } from '../ir/dim.js';
import { type ElementType, elementTypes } from '../ir/element-type.js';

export interface ShapePattern {
  /** Undefined when any type will do. */
  readonly elementType: ElementType | undefined;
  /** `any` is written `*`. */
  readonly dims: readonly (Dim | 'any')[];
}

export class ShapePatternError extends Error {
  override readonly name = 'ShapePatternError';
}

/** @throws ShapePatternError with what is wrong, in words */
export function parseShapePattern(text: string): ShapePattern {
  const [, type, bracketed, bare = ''] = /^\s*(?:(\w+)?\s*\[(.*)\]|(.*?))\s*$/s.exec(text) ?? [];
  if (type !== undefined && !isElementType(type)) throw new ShapePatternError(`'${type}' is no element type`);
  const list = bracketed ?? bare;
  if (list.trim() === '') {
    if (bracketed === undefined) throw new ShapePatternError('the shape is empty; a scalar is written []');
    return { elementType: type, dims: [] };
  }
  return { elementType: type, dims: splitSizes(list).map(parseSize) };
}

/** Splits at commas outside parentheses. */
export function splitSizes(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

function parseSize(text: string): Dim | 'any' {
  if (text === '*' || text === '?') return 'any';
  if (text === '') throw new ShapePatternError('a size is missing between two commas');
  const dim = parseDim(text);
  if (typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0)) {
    throw new ShapePatternError(`${text} is no size`);
  }
  // A text that is not arithmetic is parsed as a symbol of that name.
  const strange = [...symbolsOf(dim).keys()].find((name) => !/^[A-Za-z_][\w.-]*$/.test(name));
  if (strange !== undefined) {
    throw new ShapePatternError(`'${strange}' is neither a number, a name, nor an expression such as 2*H + 1`);
  }
  return dim;
}

/** `float32[N, 3, 2*H, *]`. */
export function formatShapePattern({ elementType = undefined, dims }: ShapePattern): string {
  return `${elementType ?? ''}[${dims.map((dim) => (dim === 'any' ? '*' : String(dim))).join(', ')}]`;
}

function isElementType(text: string): text is ElementType {
  return (elementTypes as readonly string[]).includes(text);
}
