/** Pairs the inputs and outputs of two versions of a model, and unifies their sizes. */
import { type Bindings, type Dim, formatDim, substitute, symbolsOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { type Shape, type TensorType, tensorType } from '../ir/shape.js';
import type { Change } from './layer-change.js';

/** Bindings for the symbols of the two models that make both use the same ones. */
export interface SizeBindings {
  readonly before: Bindings;
  readonly after: Bindings;
}

/** The name of a size that is a single symbol. */
function nameOf(dim: Dim): string | undefined {
  const text = formatDim(dim);
  return symbolsOf(dim).has(text) ? text : undefined;
}

/** Drops bindings of symbols that would stand for two sizes of the other model. */
function withoutConflicts(bindings: ReadonlyMap<string, Dim | undefined>): Bindings {
  return new Map([...bindings].filter((entry): entry is [string, Dim] => entry[1] !== undefined));
}

export function boundType(type: TensorType | undefined, bindings: Bindings): TensorType | undefined {
  return (
    type &&
    tensorType(
      type.elementType,
      type.shape?.map((dim) => substitute(dim, bindings)),
    )
  );
}

/**
 * A size may have two names, `batch` and `N`, or be open in one export and fixed in the other. If both are at the same
 * place of the inputs, consequences of that are not changes.
 */
export function unifyInputs(
  left: readonly Value[],
  right: readonly Value[],
  shapeBefore: (value: Value) => Shape | undefined,
  shapeAfter: (value: Value) => Shape | undefined,
): SizeBindings {
  const found = { before: new Map<string, Dim | undefined>(), after: new Map<string, Dim | undefined>() };
  const bind = (bindings: Map<string, Dim | undefined>, name: string, dim: Dim) => {
    bindings.set(name, bindings.has(name) && bindings.get(name) !== dim ? undefined : dim);
  };
  for (const [x, y] of pairValues(left, right)) {
    const from = x && shapeBefore(x);
    const to = y && shapeAfter(y);
    if (from === undefined || to === undefined || from.length !== to.length) continue;
    from.forEach((dim, axis) => {
      const other = to[axis]!;
      const [name, otherName] = [nameOf(dim), nameOf(other)];
      if (otherName !== undefined && (name !== undefined || typeof dim === 'number')) bind(found.after, otherName, dim);
      else if (name !== undefined && typeof other === 'number') bind(found.before, name, other);
    });
  }
  return { before: withoutConflicts(found.before), after: withoutConflicts(found.after) };
}

export function interfaceChanges(
  left: readonly Value[],
  right: readonly Value[],
  typeBefore: (value: Value) => string,
  typeAfter: (value: Value) => string,
): Change[] {
  return pairValues(left, right).flatMap(([x, y]) => {
    const from = x === undefined ? null : typeBefore(x);
    const to = y === undefined ? null : typeAfter(y);
    const name = y?.name ?? x!.name;
    if (x !== undefined && y !== undefined && x.name !== y.name) {
      return [{ name, from: `${x.name} ${from}`, to: `${y.name} ${to}` }];
    }
    return from === to ? [] : [{ name, from, to }];
  });
}

/** Pairs values by name; the others by position if both sides have the same number of them. */
function pairValues(
  left: readonly Value[],
  right: readonly Value[],
): (readonly [Value | undefined, Value | undefined])[] {
  const names = new Map(left.map((value) => [value.name, value]));
  const taken = new Set(right.flatMap(({ name }) => (names.has(name) ? [name] : [])));
  const restLeft = left.filter(({ name }) => !taken.has(name));
  const restRight = right.filter(({ name }) => !taken.has(name));
  const byPlace =
    restLeft.length === restRight.length
      ? new Map(restRight.map((value, i) => [value, restLeft[i]]))
      : new Map<Value, Value>();
  const pairs = right.map((value) => [names.get(value.name) ?? byPlace.get(value), value] as const);
  return byPlace.size > 0 ? pairs : [...pairs, ...restLeft.map((value) => [value, undefined] as const)];
}
