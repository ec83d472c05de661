/**
 * Checks shapes against a contract. Its symbols are bound by the first line that has them, and must hold in all others.
 */

import { closest } from '../closest.js';
import { defineProblem, type Problem } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { add, type Bindings, type Dim, divideExact, formatDim, mul, sub, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { formatShape, type Shape, type TensorType } from '../ir/shape.js';
import { Uses } from '../ir/uses.js';
import type { ExpectedShape, ModelContract } from './config.js';
import { formatShapePattern, type ShapePattern } from './shape-pattern.js';

/** A problem, and the node that produces the value, if any. */
export interface ContractProblem {
  readonly problem: Problem;
  readonly node: Node | undefined;
}

type Line = {
  readonly what: 'input' | 'output' | 'value';
  readonly name: string;
  readonly expected: ExpectedShape;
  readonly value: Value;
  readonly node: Node | undefined;
  readonly type: TensorType | undefined;
};

/**
 * @param isEqual decides whether two different expressions are equal for all legal sizes
 * @param place the contract's file, for messages: `unstride.config.yaml`
 */
export function checkShapes(
  contract: Pick<ModelContract, 'inputs' | 'outputs' | 'values'>,
  graph: Graph,
  inference: Pick<Inference, 'types'>,
  place: string,
  isEqual: (a: Dim, b: Dim) => boolean = () => false,
): ContractProblem[] {
  const problems: ContractProblem[] = [];
  const lines: Line[] = [];
  const { producers } = new Uses(graph);
  const find = (what: Line['what'], shapes: ReadonlyMap<string, ExpectedShape>, values: ReadonlyMap<string, Value>) => {
    for (const [name, expected] of shapes) {
      const value = values.get(name);
      if (value === undefined) {
        problems.push({
          problem: missing(what, name, [...values.keys()], `${place}:${expected.line}`),
          node: undefined,
        });
      } else {
        lines.push({ what, name, expected, value, node: producers.get(value), type: inference.types.get(value) });
      }
    }
  };
  find('input', contract.inputs, byName(graph.inputs));
  find('output', contract.outputs, byName(graph.outputs));
  find('value', contract.values, innerValues(graph, producers));

  const bindings = bindSymbols(lines);
  for (const line of lines) {
    const problem = compare(line, bindings, `${place}:${line.expected.line}`, isEqual);
    if (problem !== undefined) problems.push({ problem, node: line.node });
  }
  return problems;
}

function byName(values: Iterable<Value>): Map<string, Value> {
  return new Map([...values].map((value) => [value.name, value]));
}

/** Inner values by their own name, and first outputs by their node's name. */
function innerValues(graph: Graph, producers: ReadonlyMap<Value, Node>): Map<string, Value> {
  const values = byName([...graph.inputs, ...graph.constants.keys(), ...producers.keys()]);
  for (const { name, outputs } of graph.nodes) {
    const [first] = outputs;
    if (name !== '' && first !== undefined && !values.has(name)) values.set(name, first);
  }
  return values;
}

const contractNameAbsent = defineProblem(
  'US3002',
  { what: 'string', name: 'string', place: 'string', near: 'string?', names: 'strings?' },
  ({ what, name, place, near, names }) => {
    const known = names && `; ${names.length === 0 ? 'it has none' : `they are ${names.join(', ')}`}`;
    return {
      message: `the model has no ${what === 'value' ? 'value or node' : what} '${name}', for which ${place} gives a shape`,
      value: name,
      hint: near === undefined ? `correct the name${known ?? ''}` : `did you mean '${near}'?`,
    };
  },
);

function missing(what: Line['what'], name: string, names: readonly string[], place: string): Problem {
  const near = closest(name, names);
  return contractNameAbsent({ what, name, place, near, names: what === 'value' ? undefined : names });
}

/** A symbol's size and the line that gave it. */
interface Bound {
  readonly dim: Dim;
  readonly by: string;
}

/** Binds single symbols first, in order, then solves expressions with one unknown symbol. */
function bindSymbols(lines: readonly Line[]): Map<string, Bound> {
  const bound = new Map<string, Bound>();
  const pairs = lines.flatMap(({ name, expected, type }) => {
    const { dims } = expected.pattern;
    const shape = type?.shape;
    if (shape === undefined || shape.length !== dims.length) return [];
    return dims.flatMap((dim, axis) =>
      typeof dim === 'object' ? [{ dim, actual: shape[axis]!, by: `${name}, axis ${axis}` }] : [],
    );
  });
  for (const { dim, actual, by } of pairs) {
    const symbol = formatDim(dim);
    if (symbolsOf(dim).has(symbol) && !bound.has(symbol)) bound.set(symbol, { dim: actual, by });
  }
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { dim, actual, by } of pairs) {
      const open = [...symbolsOf(dim).keys()].filter((name) => !bound.has(name));
      const [name] = open;
      if (open.length !== 1 || name === undefined) continue;
      const solved = solve(dim, name, actual, dimsOf(bound));
      if (solved === undefined) continue;
      bound.set(name, { dim: solved, by });
      isChanged = true;
    }
  }
  return bound;
}

/** The x for which dim = a·x + b equals `actual`; undefined if that is not exact or `dim` is not linear in x. */
function solve(dim: Dim, name: string, actual: Dim, bindings: Bindings): Dim | undefined {
  const at = (size: number) => substitute(dim, new Map([...bindings, [name, size]]));
  const offset = at(0);
  const factor = sub(at(1), offset);
  const isLinear = [2, 3, 7].every((size) => at(size) === add(offset, mul(factor, size)));
  if (typeof factor !== 'number' || factor === 0 || !isLinear) return undefined;
  return divideExact(sub(actual, offset), factor);
}

function dimsOf(bound: ReadonlyMap<string, Bound>): Bindings {
  return new Map([...bound].map(([name, { dim }]) => [name, dim]));
}

const contractShapeDiffers = defineProblem(
  'US3001',
  {
    what: 'string',
    name: 'string',
    place: 'string',
    pattern: 'string',
    bound: 'string',
    type: 'string?',
    shape: 'shape?',
  },
  ({ what, name, place, pattern, bound, type = '', shape }) => ({
    message: `the ${what} '${name}' has another shape than ${place} expects`,
    value: name,
    expected: `${pattern}${bound}`,
    actual: `${type}${formatShape(shape)}`,
  }),
);

function compare(
  { what, name, expected, type }: Line,
  bound: ReadonlyMap<string, Bound>,
  place: string,
  isEqual: (a: Dim, b: Dim) => boolean,
): Problem | undefined {
  const { pattern } = expected;
  const bindings = dimsOf(bound);
  const fits =
    (pattern.elementType === undefined || pattern.elementType === type?.elementType) &&
    shapeFits(pattern, type?.shape, bindings, isEqual);
  if (fits) return undefined;
  return contractShapeDiffers({
    what,
    name,
    place,
    pattern: formatShapePattern(pattern),
    bound: boundText(pattern, bound, name),
    type: pattern.elementType === undefined ? undefined : type?.elementType,
    shape: type?.shape,
  });
}

function shapeFits(
  { dims }: ShapePattern,
  shape: Shape | undefined,
  bindings: Bindings,
  isEqual: (a: Dim, b: Dim) => boolean,
): boolean {
  if (shape === undefined || shape.length !== dims.length) return false;
  return dims.every((dim, axis) => {
    if (dim === 'any') return true;
    const wanted = substitute(dim, bindings);
    return wanted === shape[axis] || isEqual(wanted, shape[axis]!);
  });
}

/** ` where H = 256 (image, axis 2)`, for symbols that other lines bound. */
function boundText({ dims }: ShapePattern, bound: ReadonlyMap<string, Bound>, name: string): string {
  const names = new Set(dims.flatMap((dim) => (dim === 'any' ? [] : [...symbolsOf(dim).keys()])));
  const texts = [...names].flatMap((symbol) => {
    const found = bound.get(symbol);
    if (found === undefined || found.by.startsWith(`${name}, axis `) || formatDim(found.dim) === symbol) return [];
    return [`${symbol} = ${formatDim(found.dim)} (${found.by})`];
  });
  return texts.length === 0 ? '' : ` where ${texts.join(', ')}`;
}
