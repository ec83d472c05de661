/**
 * The header of a .npy file: a Python dict literal such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
 * Read as data, never evaluated. Format: numpy.lib.format, NEP 1.
 */
import { defineProblem, fail } from '../diagnostics.js';

export interface NpyHeader {
  /** NumPy's name of the type, byte order first: `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Literal = string | number | boolean | readonly Literal[] | ReadonlyMap<string, Literal>;

/** Headers are one line. Nesting deeper than the list of a structured type is damage. */
const maxDepth = 8;

const npyRecords = defineProblem('US2005', { header: 'string' }, ({ header }) => ({
  message: 'the array has records (a structured dtype), not numbers',
  expected: 'a numeric array',
  actual: header.trim(),
  hint: 'save one of its fields as an array of its own',
}));

export function parseNpyHeader(text: string): NpyHeader {
  const parser = new LiteralParser(text);
  const dict = parser.parse();
  if (!(dict instanceof Map)) malformed(text);
  const descr = dict.get('descr');
  const fortranOrder = dict.get('fortran_order');
  const shape = dict.get('shape');
  if (Array.isArray(descr)) {
    fail(npyRecords({ header: text }));
  }
  if (typeof descr !== 'string' || typeof fortranOrder !== 'boolean' || !isShape(shape)) malformed(text);
  return { descr, fortranOrder, shape };
}

function isShape(shape: Literal | undefined): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
}

const npyHeaderDamaged = defineProblem('US2005', { length: 'integer', header: 'string' }, ({ length, header }) => ({
  message: 'the .npy header is damaged',
  expected: "a dict with 'descr', 'fortran_order' and 'shape'",
  actual: JSON.stringify(length > 120 ? `${header.slice(0, 120)}…` : header.trim()),
}));

function malformed(text: string): never {
  fail(npyHeaderDamaged({ length: text.length, header: text }));
}

/** Strings, integers, True and False, tuples, lists and dicts: the literals that NumPy writes. */
class LiteralParser {
  private at = 0;

  constructor(private readonly text: string) {}

  parse(): Literal {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) malformed(this.text);
    return value;
  }

  private value(depth: number): Literal {
    if (depth > maxDepth) malformed(this.text);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.dict(depth);
      case '(':
        return this.sequence(')', depth);
      case '[':
        return this.sequence(']', depth);
      case "'":
      case '"':
        return this.string();
      default:
        return this.word();
    }
  }

  private dict(depth: number): ReadonlyMap<string, Literal> {
    const entries = new Map<string, Literal>();
    this.at++;
    while (!this.takes('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.takes(':')) malformed(this.text);
      entries.set(key, this.value(depth + 1));
      if (this.takes(',')) continue;
      if (this.takes('}')) break;
      malformed(this.text);
    }
    return entries;
  }

  private sequence(end: string, depth: number): readonly Literal[] {
    const items: Literal[] = [];
    this.at++;
    while (!this.takes(end)) {
      items.push(this.value(depth + 1));
      if (this.takes(',')) continue;
      if (this.takes(end)) break;
      malformed(this.text);
    }
    return items;
  }

  private string(): string {
    const quote = this.text[this.at]!;
    const end = this.text.indexOf(quote, this.at + 1);
    const content = this.text.slice(this.at + 1, end);
    if (end < 0 || content.includes('\\')) malformed(this.text);
    this.at = end + 1;
    return content;
  }

  private word(): Literal {
    // Python 2 wrote long integers as 3L.
    const word = /^(?:True|False|\d+)(?=L?\b)/.exec(this.text.slice(this.at, this.at + 24))?.[0];
    if (word === undefined) malformed(this.text);
    this.at += word.length;
    if (word === 'True' || word === 'False') return word === 'True';
    if (this.text[this.at] === 'L') this.at++;
    return Number(word);
  }

  private takes(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }
}
