/** Det. */
import { elementCount } from '../../ir/tensor.js';
import { detSchema } from '../../ops/linear/schemas.js';
import { determinantScratch } from '../../wasm/kernels/determinant.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

/** Each thread has a matrix in double precision. */
const mostRows = 512;
const largeMatrix = `a matrix of more than ${mostRows} rows`;

const lowerDet = defineLowering(
  detSchema,
  kernelsOf(floats, [largeMatrix]),
  (context, node, { inputs: { X: x }, outputs: { Y: y } }) => {
    const dims = context.values.floatDims(x);
    if (dims === undefined || context.values.floatDims(y) === undefined) return unfitValue;
    const size = dims.at(-1)!;
    if (size > mostRows) return largeMatrix;
    const matrices = elementCount(dims.slice(0, -2));
    const source = context.tensors.rowMajor(x);
    const target = context.tensors.makeRowMajor(y);
    const operations = matrices * size ** 3;
    context.add({
      kind: 'kernel',
      algorithm: 'elimination',
      nodes: [node],
      reads: [source],
      writes: [target],
      scratch: determinantScratch(size),
      operations,
      work: operations + 20 * elementCount(dims),
      build: () => ({
        kernel: { name: 'determinant', params: { matrices, size } },
        pointers: [{ tensor: source }, { tensor: target }, { scratch: 0 }],
      }),
    });
    return undefined;
  },
);

export const determinantLowerings: readonly Lowering[] = [lowerDet];
