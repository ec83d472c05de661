/** The inputs and outputs of two versions of a model, one beside the other, and the sizes that both have in common. */
import { type Bindings, type Dim, formatDim, substitute, symbolsOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { type Shape, type TensorType, tensorType } from '../ir/shape.js';
import type { Change } from './layer-change.js';

/** Sizes for the symbols of the two models, so that both speak of the same ones. */
export interface SizeBindings {
  readonly before: Bindings;
  readonly after: Bindings;
}

/** The name of a size that is a symbol and nothing else. */
function nameOf(dim: Dim): string | undefined {
  const text = formatDim(dim);
  return symbolsOf(dim).has(text) ? text : undefined;
}

/** A symbol that stands for two sizes of the other model is left as it is. */
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
 * One size by two names, `batch` and `N`, and a size that is open in one export and fixed in the other: where they stand
 * in the same places of the inputs, what follows from it is no change.
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

/** By name; of those whose names nobody shares, by place when there are as many on both sides. */
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
