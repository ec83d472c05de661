/**
 * Formulas: what a value of a graph may be, written like the mathematics and matched by match.ts. In them a JavaScript number
 * stands for a constant of one element that is near it, and a capture for whatever is found at its place; where a formula has
 * a capture twice, both places have the same.
 */
import { type Node, Value } from '../../ir/graph.js';
import type { AttributeSpecs } from '../../ops/attributes.js';
import { boundAs } from '../../ops/bind.js';
import type { BoundOperator, OperatorSchema } from '../../ops/operator.js';
import type { Formals } from '../../ops/signature.js';
import type { GraphView } from './graph-view.js';

declare const type: unique symbol;

/** A name in a formula; `T` is what a match has for it. */
export interface Capture<T> {
  readonly name: string;
  readonly [type]?: T;
}

/** Any value, or any constant. */
export interface Any extends Capture<Value> {
  readonly kind: 'any';
  readonly isConstant: boolean;
}

/** Any number: a constant of one element, or what an attribute says. */
export interface Scalar extends Capture<number> {
  readonly kind: 'scalar';
}

/** A list of integers: what an attribute says. */
export interface Integers extends Capture<readonly number[]> {
  readonly kind: 'integers';
}

/** A number that must be near, or a capture of one. */
export type NumberLike = number | Scalar;

/** A number or a list that a node's attributes, or its constant inputs, have to be. */
export type Reading = readonly [expected: NumberLike, actual: number] | readonly [Integers, readonly number[]];

/** One node of an operator. */
export interface Operation {
  readonly kind: 'operation';
  readonly opType: string;
  /** Of inputs that have these names or, where it is commutative, of all inputs in any order. */
  readonly operands: readonly (Expression | number)[];
  readonly isCommutative: boolean;
  /** Whether the node may stay, for others that read it. */
  readonly mayStay: boolean;
  /** The node's values for the operands, and what else must hold of it; undefined where it is none of these. */
  read(node: Node, view: GraphView): OperationReading | undefined;
}

interface OperationReading {
  readonly values: readonly (Value | undefined)[];
  readonly readings: readonly Reading[];
}

/** A number times factors, as Mul and as Div by numbers, in any order and nesting; the numbers may be spread over it. */
export interface Product {
  readonly kind: 'product';
  readonly scale: NumberLike;
  readonly factors: readonly Expression[];
}

/** scale·x + shift by one to three of Add, Sub, Mul and Div with numbers. */
export interface Line {
  readonly kind: 'line';
  readonly of: Expression;
  readonly scale: NumberLike;
  readonly shift: NumberLike;
}

/** The first of these that matches, tried in their order. */
export interface Either {
  readonly kind: 'either';
  readonly alternatives: readonly Expression[];
  /** For roots: what it is the root of. */
  readonly radicand?: Expression;
}

/** A part that the formula has a name for: a value that is matched where it comes first, and has to come again. */
export interface Named {
  readonly kind: 'named';
  readonly as: Any;
  readonly of: Expression;
}

export type Expression = Any | Scalar | Operation | Product | Line | Either | Named;

export function any(name: string): Any {
  return { kind: 'any', name, isConstant: false };
}

export function constant(name: string): Any {
  return { kind: 'any', name, isConstant: true };
}

export function scalar(name: string): Scalar {
  return { kind: 'scalar', name };
}

export function integers(name: string): Integers {
  return { kind: 'integers', name };
}

export function either(...alternatives: readonly Expression[]): Either {
  return { kind: 'either', alternatives };
}

export function named(as: Any, of: Expression): Named {
  return { kind: 'named', as, of };
}

export function line(of: Expression, scale: NumberLike, shift: NumberLike): Line {
  return { kind: 'line', of, scale, shift };
}

/** What inputs are, by the names of the operator's signature, in its order; of others nothing is asked. */
export type Operands<I extends Formals> = { readonly [P in I[number] as P['name']]?: Expression | number };

/** @param read what else the node must have; undefined where it is not the node that is meant */
export function operation<S extends AttributeSpecs, I extends Formals, O extends Formals>(
  operator: OperatorSchema<S, string, I, O>,
  operands: Operands<I>,
  read: (bound: BoundOperator<S, I, O>, view: GraphView) => readonly Reading[] | undefined = () => [],
): Operation {
  const named = Object.entries<Expression | number | undefined>(operands);
  return {
    kind: 'operation',
    opType: operator.name,
    operands: named.flatMap(([, operand]) => operand ?? []),
    isCommutative: false,
    mayStay: false,
    read(node, view) {
      const bound = boundAs(operator, node);
      const readings = bound && read(bound, view);
      if (bound === undefined || readings === undefined) return undefined;
      const inputs: Readonly<Record<string, unknown>> = bound.inputs;
      const values = named.map(([name]) => inputs[name]);
      return { values: values.map((value) => (value instanceof Value ? value : undefined)), readings };
    },
  };
}

/** One node whose inputs may come in any order, and are no more than these. */
export function commutative(operator: OperatorSchema, ...operands: readonly (Expression | number)[]): Operation {
  return {
    ...operation(operator, {}),
    operands: tellingFirst(operands),
    isCommutative: true,
    read: (node) => boundAs(operator, node) && { values: node.inputs, readings: [] },
  };
}

/** What few values match comes first, so that little is tried in vain: numbers, then operators, then captures of any value. */
function tellingFirst<E extends Expression | number>(expressions: readonly E[]): readonly E[] {
  const rank = (expression: E) => (typeof expression === 'number' ? 0 : expression.kind === 'any' ? 2 : 1);
  return [...expressions].sort((a, b) => rank(a) - rank(b));
}

/** A node that stays where something else reads it. */
export function shared(node: Operation): Operation {
  return { ...node, mayStay: true };
}

/**
 * The product of the factors; one of them may be a capture of the number that all numbers in it make. Where a factor may be
 * a product itself, both are one longer product: their numbers and factors may stand anywhere in it.
 */
export function mul(...factors: readonly (Expression | number)[]): Product | Either {
  const open = factors.findIndex(mayBeProduct);
  const choice = factors[open];
  if (choice !== undefined && mayBeProduct(choice)) {
    const others = factors.filter((_, i) => i !== open);
    return either(...choice.alternatives.map((one) => mul(...others, ...(isProduct(one) ? one.factors : [one]))));
  }
  const numbers = factors.filter((factor) => typeof factor === 'number');
  const captures = factors.filter((factor) => typeof factor === 'object' && factor.kind === 'scalar');
  const [capture] = captures;
  if (captures.length + numbers.length > 1) throw new RangeError('a product has one number');
  return {
    kind: 'product',
    scale: numbers[0] ?? capture ?? 1,
    factors: tellingFirst(factors.filter((factor) => typeof factor === 'object' && factor.kind !== 'scalar')),
  };
}

function isProduct(expression: Expression): expression is Product {
  return expression.kind === 'product' && expression.scale === 1;
}

function mayBeProduct(factor: Expression | number): factor is Either {
  return typeof factor === 'object' && factor.kind === 'either' && factor.alternatives.some(isProduct);
}

/** Whether nodes of these operators can be the formula. @param known answers of parts, which formulas share */
export function canBeOf(
  operators: ReadonlySet<string>,
  formula: Expression | number,
  known = new Map<Expression, boolean>(),
): boolean {
  if (typeof formula === 'number') return true;
  let answer = known.get(formula);
  if (answer !== undefined) return answer;
  const { kind } = formula;
  const can = (part: Expression | number) => canBeOf(operators, part, known);
  answer = kind === 'either' ? formula.alternatives.some(can) : partsOf(formula).every(can);
  if (kind === 'operation') answer &&= operators.has(formula.opType);
  if (kind === 'product') answer &&= formula.factors.length < 2 || operators.has('Mul');
  known.set(formula, answer);
  return answer;
}

/** How many expressions there are in a formula, each counted once. */
export function sizeOf(formula: Expression): number {
  const found = new Set<Expression>();
  const visit = (expression: Expression | number) => {
    if (typeof expression === 'number' || found.has(expression)) return;
    found.add(expression);
    partsOf(expression).forEach(visit);
  };
  visit(formula);
  return found.size;
}

/** What an expression is made of, captures of numbers included. */
export function partsOf(expression: Expression): readonly (Expression | number)[] {
  switch (expression.kind) {
    case 'operation':
      return expression.operands;
    case 'product':
      return [expression.scale, ...expression.factors];
    case 'either':
      return expression.alternatives;
    case 'line':
      return [expression.scale, expression.shift, expression.of];
    case 'named':
      return [expression.of];
    default:
      return [];
  }
}

/** The operators that the last node of a formula may have. @throws RangeError for formulas that may be no node at all */
export function lastOperators(formula: Expression): ReadonlySet<string> {
  switch (formula.kind) {
    case 'operation':
      return new Set([formula.opType]);
    case 'either':
      return new Set(formula.alternatives.flatMap((alternative) => [...lastOperators(alternative)]));
    case 'product': {
      const [only, ...others] = formula.factors;
      const isSingle = only !== undefined && others.length === 0;
      return new Set(['Mul', 'Div', ...(isSingle ? lastOperators(only) : [])]);
    }
    case 'line':
      return new Set(['Add', 'Sub', 'Mul', 'Div']);
    case 'named':
      return lastOperators(formula.of);
    default:
      throw new RangeError(`a formula cannot be '${formula.name}' alone`);
  }
}
