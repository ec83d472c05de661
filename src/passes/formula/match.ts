/**
 * Matches formulas against values: all ways to read a value as a formula, by backtracking over alternatives, the order of
 * operands and how products are cut. Hostile graphs could make these many, so a reading takes no more steps than
 * `stepsPerExpression` times the size of the formula; real ones take about as many as the formula has parts.
 */
import type { Node, Value } from '../../ir/graph.js';
import { scalarOf } from '../constants.js';
import { cutsOf, linesOf, producerOf } from './chains.js';
import type {
  Any,
  Capture,
  Either,
  Expression,
  Line,
  Named,
  NumberLike,
  Operation,
  Product,
  Reading,
} from './expression.js';
import type { GraphView } from './graph-view.js';

const stepsPerExpression = 32;

/** A node that a formula took in. */
export interface MatchedNode {
  readonly node: Node;
  readonly mayStay: boolean;
}

/** What was found for a formula: values for its captures, and the nodes it took in. */
export class Match {
  constructor(
    private readonly found: ReadonlyMap<Capture<unknown>, unknown> = new Map(),
    readonly nodes: readonly MatchedNode[] = [],
  ) {}

  /** @throws RangeError where the formula that matched does not have the capture */
  of<T>(capture: Capture<T>): T {
    const found = this.find(capture);
    if (found === undefined) throw new RangeError(`the formula has no '${capture.name}'`);
    return found;
  }

  find<T>(capture: Capture<T>): T | undefined {
    return this.found.get(capture) as T | undefined;
  }

  /** Undefined where the capture is already of something else. */
  with<T>(capture: Capture<T>, value: T): Match | undefined {
    const before = this.find(capture);
    if (before === undefined) return new Match(new Map(this.found).set(capture, value), this.nodes);
    return isSame(before, value) ? this : undefined;
  }

  through(nodes: readonly Node[], mayStay = false): Match {
    return new Match(this.found, [...this.nodes, ...nodes.map((node) => ({ node, mayStay }))]);
  }
}

/** Equal but for how exporters round their constants. */
export function isNear(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 2e-6 * Math.abs(expected);
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return isNear(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => item === b[i]);
  return a === b;
}

const none: readonly Match[] = [];

/** Below the last node of a formula; below that, few nodes are left that are not the formula. */
const nearNodes = 2;
const products: readonly (string | undefined)[] = ['Mul', 'Div'];
const lines: readonly (string | undefined)[] = [...products, 'Add', 'Sub'];

/** Whether a value may be the formula, by the nearest of the nodes that make it: hardly any value may, which is soon said. */
export function mayBe(
  expected: Expression | number,
  value: Value | undefined,
  editor: GraphView['editor'],
  depth = nearNodes,
): boolean {
  if (value === undefined) return false;
  if (typeof expected === 'number') return editor.constant(value) !== undefined;
  switch (expected.kind) {
    case 'operation': {
      const node = editor.producer(value);
      if (node?.opType !== expected.opType) return false;
      const isAmong = (operand: Expression | number) =>
        node.inputs.some((input) => mayBe(operand, input, editor, depth - 1));
      return depth === 0 || expected.operands.every(isAmong);
    }
    case 'product': {
      const [only, ...others] = expected.factors;
      if (products.includes(editor.producer(value)?.opType)) return true;
      return only !== undefined && others.length === 0 && mayBe(only, value, editor, depth);
    }
    case 'line':
      return lines.includes(editor.producer(value)?.opType);
    case 'either':
      return expected.alternatives.some((alternative) => mayBe(alternative, value, editor, depth));
    case 'named':
      return mayBe(expected.of, value, editor, depth);
    case 'scalar':
      return editor.constant(value) !== undefined;
    case 'any':
      return !expected.isConstant || editor.constant(value) !== undefined;
  }
}

export class Matcher {
  private steps: number;

  /** @param size of the formula */
  constructor(
    private readonly formula: Expression,
    private readonly view: GraphView,
    size: number,
  ) {
    this.steps = stepsPerExpression * size;
  }

  /** Whether there were more ways to try than steps. */
  get isExhausted(): boolean {
    return this.steps <= 0;
  }

  /** The ways to read the value as the formula. */
  matches(value: Value): Iterable<Match> {
    return this.match(this.formula, value, new Match());
  }

  /** Most values are not what is expected, which is said without beginning to go through anything. */
  private match(expected: Expression | number, value: Value | undefined, match: Match): Iterable<Match> {
    this.steps--;
    if (value === undefined || this.isExhausted) return none;
    if (typeof expected === 'number' || expected.kind === 'scalar')
      return this.number(expected, scalarOf(value, this.view.editor), match);
    switch (expected.kind) {
      case 'any':
        return this.value(expected, value, match);
      case 'either':
        return this.either(expected, value, match);
      case 'operation': {
        const node = this.view.editor.producer(value);
        return node?.opType === expected.opType ? this.operation(expected, node, value, match) : none;
      }
      case 'product':
        return this.product(expected, value, match);
      case 'line':
        return this.line(expected, value, match);
      case 'named':
        return match.find(expected.as) === undefined
          ? this.named(expected, value, match)
          : this.value(expected.as, value, match);
    }
  }

  private *either({ alternatives }: Either, value: Value, match: Match): Iterable<Match> {
    for (const alternative of alternatives) yield* this.match(alternative, value, match);
  }

  private *line(expected: Line, value: Value, match: Match): Iterable<Match> {
    for (const { of, scale, shift, nodes } of linesOf(value, this.view.editor))
      for (const scaled of this.number(expected.scale, scale, match.through(nodes)))
        for (const shifted of this.number(expected.shift, shift, scaled)) yield* this.match(expected.of, of, shifted);
  }

  private *named(expected: Named, value: Value, match: Match): Iterable<Match> {
    for (const inner of this.match(expected.of, value, match)) yield* this.value(expected.as, value, inner);
  }

  private value(expected: Any, value: Value, match: Match): readonly Match[] {
    if (expected.isConstant && this.view.editor.constant(value) === undefined) return none;
    const found = match.with(expected, value);
    return found === undefined ? none : [found];
  }

  private number(expected: NumberLike, actual: number | undefined, match: Match): readonly Match[] {
    if (actual === undefined) return none;
    const found = typeof expected === 'number' ? isNear(actual, expected) && match : match.with(expected, actual);
    return found ? [found] : none;
  }

  private *operation(expected: Operation, node: Node, value: Value, match: Match): Iterable<Match> {
    if (node.outputs[0] !== value || producerOf(value, this.view.editor) === undefined) return;
    const { operands, isCommutative } = expected;
    const read = expected.read(node, this.view);
    if (read === undefined || read.values.length !== operands.length) return;
    for (const held of this.readings(read.readings, match.through([node], expected.mayStay))) {
      if (isCommutative) yield* this.assign(operands, read.values, held);
      else yield* this.inOrder(operands, read.values, held);
    }
  }

  private *readings(readings: readonly Reading[], match: Match): Iterable<Match> {
    let found: Match | undefined = match;
    for (const [expected, actual] of readings) {
      if (typeof expected === 'number') {
        if (typeof actual !== 'number' || !isNear(actual, expected)) return;
      } else found = found?.with<number | readonly number[]>(expected, actual);
    }
    if (found !== undefined) yield found;
  }

  private *product({ scale, factors }: Product, value: Value, match: Match): Iterable<Match> {
    for (const cut of cutsOf(value, factors.length, this.view.editor)) {
      this.steps--;
      if (this.isExhausted) return;
      for (const scaled of this.number(scale, cut.scale, match.through(cut.nodes)))
        yield* this.assign(factors, cut.factors, scaled);
    }
  }

  private *inOrder(
    [expected, ...others]: readonly (Expression | number)[],
    [value, ...rest]: readonly (Value | undefined)[],
    match: Match,
  ): Iterable<Match> {
    if (expected === undefined) yield match;
    else for (const found of this.match(expected, value, match)) yield* this.inOrder(others, rest, found);
  }

  /** Each expression with a value of its own; of equal values one is tried. */
  private *assign(
    [expected, ...others]: readonly (Expression | number)[],
    values: readonly (Value | undefined)[],
    match: Match,
  ): Iterable<Match> {
    if (expected === undefined) yield match;
    else
      for (const value of new Set(values)) {
        const rest = [...values];
        rest.splice(values.indexOf(value), 1);
        for (const found of this.match(expected, value, match)) yield* this.assign(others, rest, found);
      }
  }
}
