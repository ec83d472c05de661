/** AffineGrid as sums of products: of each column of theta, and the positions along its axis. */
import type { Value } from '../../ir/graph.js';
import { tensorFromNumbers } from '../../ir/numeric.js';
import { type Expansion, isTable, longTable, openSizes } from '../expansion.js';
import { evenPositions } from './affine-grid.js';

export function expandAffineGrid(
  expansion: Expansion,
  alignsCorners: boolean,
  theta: Value,
  size: Value,
  output: Value,
): string | undefined {
  const sizes = expansion.facts.numbers(size);
  if (sizes === undefined) return openSizes;
  const [batch = 1, , ...spatial] = sizes;
  const rank = spatial.length;
  if (!spatial.every((length) => isTable(length))) return longTable;
  return expansion.inFloat32(theta, output, (wide, type, result) => {
    const column = (index: number) =>
      expansion.reshape(expansion.slice(wide, 2, index, index + 1), [batch, ...spatial.map(() => 1), rank]);
    // Coordinates are in reverse order of the axes.
    const products = [...spatial].reverse().map((length, index) => {
      const axis = rank - index;
      const shape = Array.from({ length: rank + 2 }, (_, i) => (i === axis ? length : 1));
      const positions = expansion.constant(
        'positions',
        tensorFromNumbers(type, shape, evenPositions(length, alignsCorners)),
      );
      return expansion.add('Mul', [column(index), positions]);
    });
    const sum = products.reduceRight((total, product) => expansion.add('Add', [product, total]));
    expansion.add('Add', [sum, column(rank)], { output: result });
  });
}
