/** Formulas written as nodes in one of the ways that exporters might: numbers split and moved, operands in any order. */
import type { Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import {
  type Capture,
  type Expression,
  type Line,
  type NumberLike,
  type Operation,
  type Product,
  partsOf,
} from '../../src/passes/formula/expression.js';
import type { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

/** A choice among `count`. */
export type Choose = (count: number) => number;

/** What a formula's captures are, and what its nodes have beside operands. */
export interface Recipe {
  readonly captures: ReadonlyMap<Capture<unknown>, Value | number>;
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, AttributeInput>>>>;
  readonly moreInputs?: Readonly<Record<string, readonly Value[]>>;
}

export class Speller {
  /** Parts that have a name are written once. */
  private readonly named = new Map<Capture<unknown>, Value>();

  constructor(
    private readonly b: GraphBuilder,
    private readonly choose: Choose,
    private readonly recipe: Recipe,
  ) {}

  spell(expression: Expression | number): Value {
    if (typeof expression === 'number') return this.number(expression);
    switch (expression.kind) {
      case 'any':
        return this.named.get(expression) ?? (this.captured(expression) as Value);
      case 'scalar':
        return this.number(this.captured(expression) as number);
      case 'either':
        return this.spell(this.oneOf(expression.alternatives));
      case 'named': {
        const value = this.named.get(expression.as) ?? this.spell(expression.of);
        this.named.set(expression.as, value);
        return value;
      }
      case 'operation':
        return this.operation(expression);
      case 'product':
        return this.product(expression);
      case 'line':
        return this.line(expression);
    }
  }

  private operation({ opType, operands, isCommutative }: Operation): Value {
    const { attributes = {}, moreInputs = {} } = this.recipe;
    const inputs = operands.map((operand) => this.spell(operand));
    const ordered = isCommutative ? this.shuffled(inputs) : inputs;
    return this.b.add(opType, [...ordered, ...(moreInputs[opType] ?? [])], attributes[opType]);
  }

  /** Factors are multiplied two by two, and numbers to any of what there is in between. */
  private product({ scale, factors }: Product): Value {
    let terms = factors.map((factor) => this.spell(factor));
    let numbers = this.split(this.numberOf(scale));
    while (terms.length > 1 || numbers.length > 0) {
      const [number, ...others] = numbers;
      const [first, ...rest] = this.shuffled(terms);
      if (number !== undefined && (terms.length === 1 || this.choose(2) === 0)) {
        terms = [this.scaled(first!, number), ...rest];
        numbers = others;
      } else {
        const [second, ...remaining] = rest;
        terms = [this.b.add('Mul', [first!, second!]), ...remaining];
      }
    }
    return terms[0]!;
  }

  private line({ of, scale, shift }: Line): Value {
    const [a, b] = [this.numberOf(scale), this.numberOf(shift)];
    const x = this.spell(of);
    if (this.choose(2) === 0) return this.shifted(a === 1 ? x : this.scaled(x, a), b);
    const inner = this.shifted(x, b / a);
    return a === 1 ? inner : this.scaled(inner, a);
  }

  private scaled(value: Value, number: number): Value {
    if (this.choose(2) === 0) return this.b.add('Div', [value, this.number(1 / number)]);
    return this.b.add('Mul', this.shuffled([value, this.number(number)]));
  }

  private shifted(value: Value, number: number): Value {
    if (this.choose(2) === 0) return this.b.add('Sub', [value, this.number(-number)]);
    return this.b.add('Add', this.shuffled([value, this.number(number)]));
  }

  /** Numbers whose product is the number. */
  private split(number: number): readonly number[] {
    const factor = this.oneOf([1, 1, 2, 0.75, -1]);
    return factor === 1 ? (number === 1 ? [] : [number]) : [factor, number / factor];
  }

  private numberOf(number: NumberLike): number {
    return typeof number === 'number' ? number : (this.captured(number) as number);
  }

  private captured(capture: Capture<unknown>): Value | number {
    const found = this.recipe.captures.get(capture);
    if (found === undefined) throw new RangeError(`the recipe has no '${capture.name}'`);
    return found;
  }

  private number(value: number): Value {
    return this.b.constant(float32(this.oneOf([[], [1]]), [value]));
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[this.choose(items.length)]!;
  }

  private shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.choose(rest.length), 1)[0]!);
  }
}

/** The captures of a formula by their names. */
export function capturesOf(formula: Expression): ReadonlyMap<string, Capture<unknown>> {
  const found = new Map<string, Capture<unknown>>();
  const visit = (expression: Expression | number): void => {
    if (typeof expression === 'number') return;
    if (expression.kind === 'any' || expression.kind === 'scalar') found.set(expression.name, expression);
    for (const part of partsOf(expression)) visit(part);
  };
  visit(formula);
  return found;
}
