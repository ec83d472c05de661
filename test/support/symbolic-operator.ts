/** One operator inferred with symbols for sizes and values, and the same with numbers in their place. */
import { expect } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { type Constraint, decide } from '../../src/ir/constraint.js';
import { add, type Bindings, type Dim, mul, rangeOf, substitute, symbolsOf } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import { isFraction, type Quantity } from '../../src/ir/quantity.js';
import type { Shape } from '../../src/ir/shape.js';
import { int64, Tensor } from '../../src/ir/tensor.js';
import { GraphBuilder } from './graph.js';
import type { AttributeInput } from './run-operator.js';
import { completeTypes } from './signature.js';

/** Of an input its sizes, or, as a list of integers, what it holds. They are of types that the operator takes. */
export type SymbolicInput = { readonly shape: Shape } | { readonly values: readonly Dim[] } | Tensor | undefined;

export interface SymbolicCase {
  readonly op: string;
  readonly opset?: number;
  readonly inputs: readonly SymbolicInput[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
}

export interface SymbolicResult {
  readonly shapes: readonly (Shape | undefined)[];
  /** What each output is worth, where that is known. */
  readonly values: readonly (readonly Quantity[] | undefined)[];
  readonly constraints: readonly Constraint[];
  readonly errors: readonly Diagnostic[];
}

export function inferSymbolic(test: SymbolicCase, bindings: Bindings = new Map()): SymbolicResult {
  const { op, opset, inputs, attributes, outputs = 1 } = test;
  const graph = new GraphBuilder(opset);
  const elementTypes = completeTypes(
    { domain: '', opType: op, opset: opset ?? 22 },
    inputs.map((input) => (input instanceof Tensor ? input.type : input && 'values' in input ? 'int64' : undefined)),
  );
  const values = inputs.map((input, i) => {
    if (input === undefined) return undefined;
    if (input instanceof Tensor) return graph.constant(input);
    if ('values' in input) return holding(graph, `x${i}`, input.values);
    return graph.input(`x${i}`, input.shape, elementTypes[i]);
  });
  const results = graph.addMany(op, values, outputs, attributes);
  const { types, known, constraints, diagnostics } = infer(graph.graph(...results), { bindings });
  return {
    shapes: results.map((value) => types.get(value)?.shape),
    values: results.map((value) => known.get(value)?.elements),
    constraints,
    errors: diagnostics.filter(({ severity }) => severity === 'error'),
  };
}

/**
 * A list of integers with symbols in it, made as models make them: the Shape of something, times a sign, less an offset.
 * What may be of any sign stays a size: inference does not look at those of inputs.
 */
function holding(graph: GraphBuilder, name: string, values: readonly Dim[]): Value {
  if (values.every((value) => typeof value === 'number')) return graph.constant(int64([values.length], values));
  const signs = values.map((value) => (Number.isFinite(rangeOf(value).max) ? -1 : 1));
  const unsigned = values.map((value, i) => mul(value, signs[i]!));
  const offsets = unsigned.map((value) => Math.max(0, -rangeOf(value).min)).map((x) => (Number.isFinite(x) ? x : 0));
  const sizes = graph.input(
    `${name} sizes`,
    unsigned.map((value, i) => add(value, offsets[i]!)),
  );
  const count = [values.length];
  const shifted = graph.add('Sub', [graph.add('Shape', [sizes]), graph.constant(int64(count, offsets))]);
  return graph.add('Mul', [shifted, graph.constant(int64(count, signs))]);
}

function isMadeUp(dim: Dim): boolean {
  return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined);
}

/**
 * Numbers put into what was inferred with symbols give what is inferred with these numbers; where a constraint that was
 * recorded does not hold for them, inference with them fails. Returns whether they are valid.
 */
export function checkSubstitution(test: SymbolicCase, bindings: Bindings): boolean {
  const symbolic = inferSymbolic(test);
  const concrete = inferSymbolic(test, bindings);
  const isValid =
    symbolic.errors.length === 0 && symbolic.constraints.every((item) => decide(item, bindings) !== false);
  expect(concrete.errors.length === 0, concrete.errors.map(({ message }) => message).join('; ')).toBe(isValid);
  if (!isValid) return false;
  symbolic.shapes.forEach((shape, i) => {
    if (shape === undefined) return;
    expect(concrete.shapes[i]).toHaveLength(shape.length);
    shape.forEach((dim, axis) => {
      if (!isMadeUp(dim)) expect(concrete.shapes[i]![axis]).toBe(substitute(dim, bindings));
    });
  });
  symbolic.values.forEach((elements, i) => {
    elements?.forEach((element, at) => {
      if (!isFraction(element) && !isMadeUp(element)) {
        expect(concrete.values[i]![at]).toBe(substitute(element, bindings));
      }
    });
  });
  return true;
}
