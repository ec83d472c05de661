/** Gemm: alpha · A′ · B′ + beta · C. */
import { defineProblem, fail } from '../../diagnostics.js';
import { mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { type ElementType, isBigInt, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers, toInteger64 } from '../../ir/numeric.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag, float } from '../attributes.js';
import { broadcastDims, broadcastIndices } from '../broadcast.js';
import { commonElementType } from '../elementwise/binary.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, reals, wideNumbers } from '../type-set.js';
import { type BigIntArray, multiplyBigInts, numberKernel } from './matrix-kernels.js';

const attributes = {
  alpha: float(1),
  beta: float(1),
  broadcast: flag(false).before(7),
  transA: flag(false),
  transB: flag(false),
};

interface GemmAttributes {
  readonly alpha: number;
  readonly beta: number;
  readonly broadcast: boolean;
  readonly transA: boolean;
  readonly transB: boolean;
}

const innerSizesDiffer = defineProblem(
  'US1202',
  {
    a: 'shape',
    b: 'shape',
    transA: 'boolean',
    transB: 'boolean',
    fitsTransposed: 'boolean',
    expected: 'size',
    actual: 'size',
  },
  ({ a, b, transA, transB, fitsTransposed, expected, actual }) => ({
    message: `A ${formatShape(a)}${transA ? ' transposed' : ''} has ${expected} columns, B ${formatShape(b)}${transB ? ' transposed' : ''} has ${actual} rows`,
    expected: String(expected),
    actual: String(actual),
    hint: fitsTransposed ? `the weights seem to lie the other way round: transB = ${transB ? 0 : 1}` : undefined,
  }),
);

export function gemmShape(context: InferContext<GemmAttributes>): Shape | undefined {
  const { transA, transB, broadcast } = context.attributes;
  const a = shapeOfRank(context, 0, 'A', { min: 2, max: 2 });
  const b = shapeOfRank(context, 1, 'B', { min: 2, max: 2 });
  const c = context.shape(2);
  if (a === undefined || b === undefined) return undefined;
  const [m, k] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [kOfB, n] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  agree(context, k, kOfB, 'inner sizes of A and B', (sizes) =>
    innerSizesDiffer({ a, b, transA, transB, fitsTransposed: n === k, ...sizes }),
  );
  if (context.version < 7 && !broadcast && c !== undefined) return sameShape(context, [m, n], c);
  return broadcastOnto(context, [m, n], c, 'C');
}

const cOfAnotherShape = defineProblem('US1204', { c: 'shape', product: 'shape' }, ({ c, product }) => ({
  message: `C ${formatShape(c)} is not of shape ${formatShape(product)}, and the attribute 'broadcast' is not set`,
  value: 'C',
  expected: formatShape(product),
  actual: formatShape(c),
  hint: 'set broadcast = 1, or export for operator set 7 or newer',
}));

function sameShape(context: Pick<InferContext<unknown>, 'unify'>, product: Shape, c: Shape): Shape {
  const differ = () => cOfAnotherShape({ c, product });
  if (c.length !== 2) fail(differ());
  return product.map((size, axis) => agree(context, size, c[axis]!, 'sizes of C and the product', differ));
}

function transpose<A extends NumberArray | BigIntArray>(data: A, rows: number, columns: number): A {
  const out = allocateLike(data, data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}

export function gemmTensors(attributes: GemmAttributes, a: Tensor, b: Tensor, c: Tensor | undefined): Tensor {
  const { transA, transB, alpha, beta } = attributes;
  const [m, k] = (transA ? [a.dims[1], a.dims[0]] : a.dims) as [number, number];
  const [kOfB, n] = (transB ? [b.dims[1], b.dims[0]] : b.dims) as [number, number];
  if (k !== kOfB) {
    const fitsTransposed = n === k;
    fail(innerSizesDiffer({ a: a.dims, b: b.dims, transA, transB, fitsTransposed, expected: k, actual: kOfB }));
  }
  const size = { m, k, n };
  const left = <A extends NumberArray | BigIntArray>(data: A) => (transA ? transpose(data, k, m) : data);
  const right = <A extends NumberArray | BigIntArray>(data: A) => (transB ? transpose(data, n, k) : data);
  const from = c && repeatedOnto(c, [m, n]);
  const { type } = a;
  if (isBigInt(type)) {
    const out = allocateLike(a.data as BigInt64Array, m * n);
    multiplyBigInts(left(a.data as BigInt64Array), 0, right(b.data as BigInt64Array), 0, out, 0, size);
    const added = c?.data as BigInt64Array | undefined;
    for (let i = 0; i < out.length; i++) {
      const addend = added === undefined ? 0n : scaleBigInt(type, added[from![i]!]!, beta);
      out[i] = scaleBigInt(type, out[i]!, alpha) + addend;
    }
    return new Tensor(type, [m, n], out);
  }
  const out = resultArray(type, m * n);
  const sums = isFloat(type) ? new Float64Array(m * n) : out;
  numberKernel(type)(left(numbersOf(a)), 0, right(numbersOf(b)), 0, sums, 0, size);
  const added = c && numbersOf(c);
  for (let i = 0; i < out.length; i++) {
    out[i] = alpha * sums[i]! + (added === undefined ? 0 : beta * added[from![i]!]!);
  }
  return tensorFromNumbers(type, [m, n], out);
}

const cDoesNotBroadcast = defineProblem('US1204', { c: 'shape', target: 'shape' }, ({ c, target }) => ({
  message: `C ${formatShape(c)} does not broadcast to ${formatShape(target)}`,
  value: 'C',
}));

/** For each element of a tensor of shape `dims`, the index of the element of C that is added to it. */
function repeatedOnto(c: Tensor, dims: readonly number[]): Uint32Array {
  const common = broadcastDims(c.dims, dims);
  if (common.length !== 2 || common.some((size, axis) => size !== dims[axis])) {
    fail(cDoesNotBroadcast({ c: c.dims, target: dims }));
  }
  return broadcastIndices(c.dims, dims);
}

/** Exact for integer factors; other products are computed in float64 and rounded towards zero. */
function scaleBigInt(type: ElementType, value: bigint, factor: number): bigint {
  return Number.isInteger(factor) ? value * BigInt(factor) : toInteger64(type, Number(value) * factor);
}

export const gemm = family(
  defineOperator({
    name: 'Gemm',
    versions: [1, 6, 7, 9, 11, 13],
    inputs: [required('A', 'T'), required('B', 'T'), optional('C', 'T').requiredBefore(11)],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(9, wideNumbers).from(13, bfloat16s) },
    attributes,
    infer: (context) => [tensorType(commonElementType(context.inputs), gemmShape(context))],
    reference: ({ attributes, inputs }) => [
      gemmTensors(attributes, tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), inputs[2]),
    ],
    macs: ({ attributes, inputs, outputs }) => {
      const [a, y] = [inputs[0], outputs[0]];
      return a?.length === 2 && y !== undefined ? mul(elementCountOf(y), a[attributes.transA ? 0 : 1]!) : 0;
    },
  }),
);
