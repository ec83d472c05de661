/** AffineGrid: positions for GridSample by an affine map. */
import { defineProblem, fail } from '../../diagnostics.js';
import { add } from '../../ir/dim.js';
import { floatsOf, integersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { dimsOf } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag } from '../attributes.js';
import { checkSizes, checkTensorSize } from '../creation/target-shape.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { required } from '../signature.js';
import { int64s, realsAndBfloat16s } from '../type-set.js';
import { expandAffineGrid } from './affine-grid-expansion.js';

const gridSizeRank = defineProblem('US1202', { size: 'shape' }, ({ size }) => ({
  message: 'size must give a whole shape of two or three spatial axes',
  value: 'size',
  expected: '4 or 5 sizes',
  actual: formatShape(size),
}));

/** [N, C, …spatial] → [N, …spatial, spatial rank]; theta is [N, spatial rank, spatial rank + 1]. */
function gridShape(context: InferContext<unknown>): Shape | undefined {
  const theta = shapeOfRank(context, 0, 'theta', { min: 3, max: 3 });
  const known = context.known(1);
  const size = known && dimsOf(known);
  if (size === undefined) return unknownGrid(context, theta);
  const rank = size.length - 2;
  if (rank !== 2 && rank !== 3) {
    fail(gridSizeRank({ size }));
  }
  checkSizes(size, 'size');
  if (theta !== undefined) {
    context.unify(theta[1]!, rank, 'rows of theta and the spatial axes');
    context.unify(theta[2]!, rank + 1, 'columns of theta and the spatial axes and one');
  }
  const batch = theta === undefined ? size[0]! : context.unify(theta[0]!, size[0]!, 'batch of theta and of size');
  return [batch, ...size.slice(2), rank];
}

const gridMisfit = defineProblem('US1202', { theta: 'shape', size: 'shape' }, ({ theta, size }) => ({
  message: 'theta does not fit size',
  value: 'theta',
  expected: formatShape([size[0]!, size.length - 2, size.length - 1]),
  actual: formatShape(theta),
}));

/** What inference checks where size is known. @throws ProblemError */
function checkSize(theta: readonly number[], size: readonly number[]): void {
  if (size.length !== 4 && size.length !== 5) fail(gridSizeRank({ size }));
  checkSizes(size, 'size');
  const wanted = [size[0], size.length - 2, size.length - 1];
  if (theta.length !== 3 || wanted.some((length, axis) => length !== theta[axis])) fail(gridMisfit({ theta, size }));
}

/** The grid if its sizes are computed at run time; theta determines their number. */
function unknownGrid(context: InferContext<unknown>, theta: Shape | undefined): Shape | undefined {
  const length = context.shape(1)?.[0];
  const rank = typeof length === 'number' ? length - 2 : theta?.[1];
  if (theta === undefined || (rank !== 2 && rank !== 3)) return undefined;
  context.unify(theta[2]!, add(rank, 1), 'columns of theta and the spatial axes and one');
  const sizes = Array.from({ length: rank }, (_, i) => context.fresh(`size[${i + 2}] is computed while running`));
  return [theta[0]!, ...sizes, rank];
}

/**
 * `size` positions in −1..1: the centers of the elements. The outermost centers (align_corners) or edges are at −1 and
 * 1.
 */
export function evenPositions(size: number, alignCorners: boolean): Float64Array {
  const steps = alignCorners ? size - 1 : size;
  const first = alignCorners ? 0 : 0.5;
  return Float64Array.from({ length: size }, (_, i) => (steps === 0 ? 0 : (2 * (first + i)) / steps - 1));
}

/** theta · [x, y, (z,) 1] at every position; coordinates are in reverse order of the axes. */
function affineGrid(theta: Tensor, size: readonly number[], alignCorners: boolean): Tensor {
  checkSize(theta.dims, size);
  const spatial = size.slice(2);
  const rank = spatial.length;
  const dims = [size[0]!, ...spatial, rank];
  const numbers = floatsOf(theta);
  checkTensorSize(theta.type, dims);
  const points = elementCount(spatial);
  // A long axis beside an empty one has no points, and gets no table.
  const axes = points === 0 ? [] : spatial.map((length) => evenPositions(length, alignCorners)).reverse();
  const out = resultArray(theta.type, elementCount(dims));
  let o = 0;
  for (let n = 0; n < size[0]!; n++) {
    for (let point = 0; point < points; point++) {
      for (let row = 0; row < rank; row++) {
        const start = (n * rank + row) * (rank + 1);
        let sum = numbers[start + rank]!;
        let rest = point;
        for (let column = 0; column < rank; column++) {
          const positions = axes[column]!;
          sum += numbers[start + column]! * positions[rest % positions.length]!;
          rest = Math.floor(rest / positions.length);
        }
        out[o++] = sum;
      }
    }
  }
  return tensorFromNumbers(theta.type, dims, out);
}

export const affineGrids: readonly Operator[] = [
  defineOperator({
    name: 'AffineGrid',
    versions: [20],
    inputs: [required('theta', 'T1'), required('size', int64s)],
    outputs: [required('grid', 'T1')],
    types: { T1: realsAndBfloat16s },
    attributes: { align_corners: flag(false) },
    infer: (context) => {
      return [tensorType(context.elementType(0), gridShape(context))];
    },
    reference: (context) => [
      affineGrid(tensorAt(context, 0), integersOf(tensorAt(context, 1)), context.attributes.align_corners),
    ],
    expand: ({ attributes, inputs, outputs }, expansion) =>
      expandAffineGrid(expansion, attributes.align_corners, inputs.theta, inputs.size, outputs.grid),
  }),
];
