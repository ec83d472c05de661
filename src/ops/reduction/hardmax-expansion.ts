/** Hardmax as a comparison of indices with that of the largest element. */
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { isConcrete } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis } from '../arguments.js';
import { type Expansion, isTable, longTable, openSizes } from '../expansion.js';
import { typeAttribute, unknownType } from '../type-attribute.js';

/** Before version 13, all axes from this one on are flattened to one. */
export function expandHardmax(
  expansion: Expansion,
  version: number,
  axis: number,
  x: Value,
  output: Value,
): string | undefined {
  const type = expansion.facts.elementType(x);
  const dims = expansion.facts.shape(x);
  if (type === undefined) return unknownType;
  if (dims === undefined || !isConcrete(dims)) return openSizes;
  const first = normalizeAxis(axis, dims.length);
  if (!isTable(...(version >= 13 ? [dims[first]!] : dims.slice(first)))) return longTable;
  if (version >= 13) {
    expandLines(expansion, x, dims, first, typeAttribute(type), output);
    return undefined;
  }
  const flat = [elementCount(dims.slice(0, first)), elementCount(dims.slice(first))];
  const hot = expansion.newValue('Hardmax');
  expandLines(expansion, expansion.reshape(x, flat), flat, 1, typeAttribute(type), hot);
  expansion.reshape(hot, dims, output);
  return undefined;
}

/** 1 at the first maximum of each line, and nowhere in a line with a NaN. */
function expandLines(
  expansion: Expansion,
  x: Value,
  dims: readonly number[],
  axis: number,
  to: ReturnType<typeof typeAttribute>,
  output: Value,
): void {
  const best = expansion.add('ArgMax', [x], { attributes: { axis: intAttribute(axis) } });
  const shape = dims.map((size, i) => (i === axis ? size : 1));
  const own = expansion.table('indices', 'int64', shape, (index) => index[axis]!);
  const isBest = expansion.add('Equal', [own, best]);
  // ArgMax takes a NaN for the largest.
  const isNumber = expansion.add('Equal', [x, x]);
  expansion.add('Cast', [expansion.add('And', [isBest, isNumber])], { attributes: { to }, output });
}
