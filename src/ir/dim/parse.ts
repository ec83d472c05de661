/**
 * Parses sizes as exporters write them in `dim_param`: mostly a name, from torch's dynamo exporter also arithmetic in
 * Python's or sympy's notation (`2*s0 + 1`, `s77//2`, `floor(H/2)`, `Max(1, s0)`, `Mod(s0, 2)`).
 */
import { add, ceilDiv, type Dim, DimTooComplexError, floorDiv, max, min, mod, mul, sub, symbol } from '../dim.js';

class NotArithmetic extends Error {}

/** `batch-size` is a name; in arithmetic, the minus has spaces around it. */
const hyphenated = /-(?<=[A-Za-z_]\w*-)[A-Za-z_]/;

/** The expression that the text stands for. A text that is not arithmetic becomes a symbol of that name. */
export function parseDim(text: string): Dim {
  const trimmed = text.trim();
  if (hyphenated.test(trimmed)) return symbol(trimmed);
  try {
    const parser = new Parser(trimmed);
    const dim = parser.sum();
    parser.expectEnd();
    return dim;
  } catch (error) {
    if (error instanceof NotArithmetic || error instanceof DimTooComplexError) return symbol(trimmed);
    throw error;
  }
}

/** dim / divisor. A quotient such as `H/2` becomes a Dim only inside floor or ceiling. */
type Term = { readonly dim: Dim; readonly divisor: number };

/** Deeper nesting than any exporter writes; recursion must not follow a hostile file further. */
const maxDepth = 64;

class Parser {
  private readonly tokens: readonly string[];
  private position = 0;
  private depth = 0;

  constructor(text: string) {
    const pattern = /\s*([A-Za-z_][\w.]*|\d+|\/\/|[-+*/(),%])/y;
    const tokens: string[] = [];
    while (pattern.lastIndex < text.length) {
      const match = pattern.exec(text);
      if (match === null) throw new NotArithmetic();
      tokens.push(match[1]!);
    }
    this.tokens = tokens;
  }

  expectEnd(): void {
    if (this.position !== this.tokens.length) throw new NotArithmetic();
  }

  sum(): Dim {
    return this.whole(this.sumTerm());
  }

  private whole({ dim, divisor }: Term): Dim {
    if (divisor === 1) return dim;
    const quotient = floorDiv(dim, divisor);
    if (mul(quotient, divisor) !== dim) throw new NotArithmetic();
    return quotient;
  }

  private sumTerm(): Term {
    let left = this.product();
    for (;;) {
      const sign = this.take('+') ? 1 : this.take('-') ? -1 : 0;
      if (sign === 0) return left;
      const right = this.product();
      const divisor = left.divisor * right.divisor;
      const scaled = mul(right.dim, left.divisor, sign);
      left = { dim: add(mul(left.dim, right.divisor), scaled), divisor };
    }
  }

  private product(): Term {
    let left = this.factor();
    for (;;) {
      if (this.take('*')) {
        const right = this.factor();
        left = { dim: mul(left.dim, right.dim), divisor: left.divisor * right.divisor };
      } else if (this.take('//')) {
        left = { dim: floorDiv(left.dim, this.divisor(this.factor()) * left.divisor), divisor: 1 };
      } else if (this.take('/')) {
        left = { dim: left.dim, divisor: left.divisor * this.divisor(this.factor()) };
      } else if (this.take('%')) {
        left = { dim: mod(this.whole(left), this.divisor(this.factor())), divisor: 1 };
      } else return left;
    }
  }

  private divisor(term: Term): number {
    const value = this.whole(term);
    if (typeof value !== 'number' || value <= 0) throw new NotArithmetic();
    return value;
  }

  private factor(): Term {
    if (++this.depth > maxDepth) throw new NotArithmetic();
    const term = this.nested();
    this.depth--;
    return term;
  }

  private nested(): Term {
    if (this.take('-')) {
      const { dim, divisor } = this.factor();
      return { dim: sub(0, dim), divisor };
    }
    if (this.take('(')) {
      const inner = this.sumTerm();
      this.expect(')');
      return inner;
    }
    const token = this.tokens[this.position++];
    if (token === undefined) throw new NotArithmetic();
    if (/^\d+$/.test(token)) return { dim: Number(token), divisor: 1 };
    if (!/^[A-Za-z_]/.test(token)) throw new NotArithmetic();
    if (!this.take('(')) return { dim: symbol(token), divisor: 1 };
    return { dim: this.call(token.toLowerCase()), divisor: 1 };
  }

  private call(name: string): Dim {
    const operands = [this.sumTerm()];
    while (this.take(',')) operands.push(this.sumTerm());
    this.expect(')');
    const [first, second] = operands as [Term, Term | undefined];
    if (second === undefined) {
      if (name === 'floor') return floorDiv(first.dim, first.divisor);
      if (name === 'ceiling' || name === 'ceil') return ceilDiv(first.dim, first.divisor);
      throw new NotArithmetic();
    }
    if (name === 'mod' && operands.length === 2) return mod(this.whole(first), this.divisor(second));
    const pick = name === 'max' ? max : name === 'min' ? min : undefined;
    if (pick === undefined) throw new NotArithmetic();
    return operands.map((operand) => this.whole(operand)).reduce(pick);
  }

  private take(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw new NotArithmetic();
  }
}
