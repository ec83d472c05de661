/** Packs a computed matrix as the constant weights of a convolution are packed. */
import { op } from '../expression.js';
import { panelsOf, type TileSize } from './convolution.js';
import { emitCopy } from './copy.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, rowKernel } from './rows.js';

export interface PackPanelsParams {
  /** Strides of the matrices, and of the packed ones (`packedSize` floats each). */
  readonly batches: readonly PointerAxis[];
  /**
   * Of a convolution, taps around the sum over channels: strides in the matrix, and from tap to tap in the packed one counted
   * in rows of a panel.
   */
  readonly taps?: readonly PointerAxis[];
  /** Length of the sum (of each tap), and the stride along it. */
  readonly sum: number;
  readonly sumStride: number;
  readonly columns: number;
  readonly columnStride: number;
  readonly tile: TileSize;
}

/** Arguments: matrix, packed matrix. Units are panels. */
export function packPanels(target: KernelTarget, params: PackPanelsParams): Kernel {
  const { batches, taps = [], sum, sumStride, columns, columnStride, tile } = params;
  const length = sum * product(taps.map(({ size }) => size));
  const panels = panelsOf(columns, tile);
  const last = panels.at(-1)!;
  const lastColumns = columns - last.first;
  return rowKernel(target, {
    name: 'pack panels',
    axes: [...batches, { size: panels.length, strides: [tile.columns * columnStride, tile.columns * length] }],
    pointers: 2,
    operations: length * columns * product(batches.map(({ size }) => size)),
    body: (f, pointers, indices) => {
      const panel = (count: number, width: number) => {
        const axes = [
          ...taps.map(({ size, strides }) => ({ size, strides: [strides[0]!, strides[1]! * width] })),
          { size: sum, strides: [sumStride, width] },
          { size: count, strides: [columnStride, 1] },
        ];
        emitCopy(f, { axes, writable: width }, pointers);
      };
      const end = () => panel(lastColumns, last.columns);
      if (panels.length === 1) end();
      else if (lastColumns === tile.columns) panel(tile.columns, tile.columns);
      else f.if(op('i32.eq', indices.at(-1)!, panels.length - 1), end, () => panel(tile.columns, tile.columns));
    },
  });
}
