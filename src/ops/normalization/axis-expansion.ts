/** LpNormalization and MeanVarianceNormalization as reductions and quotients. */
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { normalizeAxis } from '../arguments.js';
import { type Expansion, openSizes } from '../expansion.js';

export function expandLpNormalization(
  expansion: Expansion,
  { axis, p }: { readonly axis: number; readonly p: number },
  x: Value,
  output: Value,
): string | undefined {
  return expansion.inFloat32(x, output, (wide, type, result) => {
    const norm = expansion.add(p === 1 ? 'ReduceL1' : 'ReduceL2', [wide, expansion.integers([axis])]);
    const isZero = expansion.add('Equal', [norm, expansion.number(0, type)]);
    // Where all elements are zeros, so are the results.
    const divisor = expansion.add('Where', [isZero, expansion.number(1, type), norm]);
    expansion.add('Div', [wide, divisor], { output: result });
  });
}

/** @param floor what is added to the standard deviation */
export function expandMeanVariance(
  expansion: Expansion,
  axes: readonly number[],
  floor: number,
  x: Value,
  output: Value,
): string | undefined {
  const rank = expansion.facts.shape(x)?.length;
  if (rank === undefined) return openSizes;
  const reduced = expansion.integers([...new Set(axes.map((axis) => normalizeAxis(axis, rank)))]);
  const mean = (value: Value) =>
    expansion.add('ReduceMean', [value, reduced], { attributes: { noop_with_empty_axes: intAttribute(1) } });
  return expansion.inFloat32(x, output, (wide, type, result) => {
    const difference = expansion.add('Sub', [wide, mean(wide)]);
    const deviation = expansion.add('Sqrt', [mean(expansion.add('Mul', [difference, difference]))]);
    const divisor = expansion.add('Add', [deviation, expansion.number(floor, type)]);
    expansion.add('Div', [difference, divisor], { output: result });
  });
}
