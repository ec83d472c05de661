/**
 * MatMulNBits: a product with weights of two, four or eight bits, in blocks along the sum that share a scale and a zero point
 * (onnxruntime, ContribOperators.md).
 */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import type { Constant } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, isConcrete, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, float32, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { applyBinary } from '../elementwise/binary.js';
import type { InferContext } from '../infer-context.js';
import { matMulMacs, matMulTensors } from '../linear/matmul.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { int32s, TypeSet, uint8s } from '../type-set.js';

const halvesAndFloats = TypeSet.of('float32', 'float16', 'bfloat16');

interface Packing {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly block_size: number;
}

const packingUnfit = defineProblem(
  'US1304',
  { attribute: 'string', value: 'integer', least: 'integer' },
  ({ attribute, value, least }) => ({
    message: `the attribute '${attribute}' must be at least ${least}`,
    value: attribute,
    expected: `at least ${least}`,
    actual: String(value),
  }),
);

function checkPacking(packing: Packing): void {
  for (const [attribute, least] of [['K', 1] as const, ['N', 1] as const, ['block_size', 16] as const]) {
    const value = packing[attribute];
    if (!(value >= least)) fail(packingUnfit({ attribute, value, least }));
  }
}

const blocksOf = ({ K, block_size }: Packing): number => Math.ceil(K / block_size);

/** [N, blocks, bytes of a block]. */
function weightDims(packing: Packing): readonly [number, number, number] {
  return [packing.N, blocksOf(packing), Math.ceil((packing.block_size * packing.bits) / 8)];
}

const countDiffers = defineProblem(
  'US1202',
  { input: 'string', shape: 'shape', expected: 'integer' },
  ({ input, shape, expected }) => ({
    message: `${input} does not have as many elements as K, N, bits and block_size say`,
    value: input,
    expected: String(expected),
    actual: formatShape(shape),
  }),
);

const sumDiffers = defineProblem('US1202', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: 'the last axis of A is not K',
  value: 'A',
  expected: String(expected),
  actual: String(actual),
}));

function productShape(context: InferContext<Packing>): Shape | undefined {
  const packing = context.attributes;
  checkPacking(packing);
  const a = shapeOfRank(context, 0, 'A', { min: 1 });
  checkCounts(packing, {
    shape: (place) => context.shape(place),
    elementType: (place) => context.elementType(place),
  });
  if (a === undefined) return undefined;
  agree(context, packing.K, a.at(-1)!, 'the last axis of A and K', sumDiffers);
  return [...a.slice(0, -1), packing.N];
}

/** @throws ProblemError US1202 where a count of elements is known, and another */
function checkCounts(packing: Packing, { shape, elementType }: Parameters): void {
  const blocks = blocksOf(packing);
  const rowBytes = Math.ceil((blocks * packing.bits) / 8);
  const counts = [
    ['B', 1, elementCount(weightDims(packing))],
    ['scales', 2, packing.N * blocks],
    ['zero_points', 3, packing.N * (elementType(3) === 'uint8' ? rowBytes : blocks)],
    ['g_idx', 4, packing.K],
    ['bias', 5, packing.N],
  ] as const;
  for (const [input, place, expected] of counts) {
    const own = shape(place);
    if (own === undefined || !isConcrete(own) || elementCount(own) === expected) continue;
    // onnxruntime takes indices of groups for whole blocks as well.
    if (input === 'g_idx' && elementCount(own) === blocks * packing.block_size) continue;
    fail(countDiffers({ input, shape: own, expected }));
  }
}

interface Parameters {
  shape(place: number): Shape | undefined;
  elementType(place: number): ElementType | undefined;
}

/** The number of `bits` bits at a place, the lowest bits of a byte first. */
function bitsAt(bytes: ArrayLike<number>, row: number, place: number, bits: number): number {
  return (bytes[row + Math.floor((place * bits) / 8)]! >> ((place * bits) % 8)) & ((1 << bits) - 1);
}

/** Integers [K, N], as MatMul reads a matrix. */
function unpackWeights(bytes: ArrayLike<number>, packing: Packing): Uint8Array {
  const { K, N, bits } = packing;
  const rowBytes = elementCount(weightDims(packing).slice(1));
  const numbers = new Uint8Array(K * N);
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) numbers[k * N + n] = bitsAt(bytes, n * rowBytes, k, bits);
  return numbers;
}

/** Zero points [blocks, N] of rows that begin at whole bytes; in the middle of the range where none are given. */
function unpackZeros(bytes: ArrayLike<number> | undefined, packing: Packing): Uint8Array {
  const { N, bits } = packing;
  const blocks = blocksOf(packing);
  const zeros = new Uint8Array(blocks * N).fill(1 << (bits - 1));
  if (bytes === undefined) return zeros;
  const rowBytes = Math.ceil((blocks * bits) / 8);
  for (let n = 0; n < N; n++) {
    for (let block = 0; block < blocks; block++) zeros[block * N + n] = bitsAt(bytes, n * rowBytes, block, bits);
  }
  return zeros;
}

/** [N, blocks] as [blocks, N]. */
function turned(numbers: ArrayLike<number>, packing: Packing): Float32Array {
  const blocks = blocksOf(packing);
  return Float32Array.from({ length: blocks * packing.N }, (_, i) => {
    const [block, n] = [Math.floor(i / packing.N), i % packing.N];
    return numbers[n * blocks + block]!;
  });
}

/** The weights as floats, [K, N]. */
function dequantizeWeights(packing: Packing, inputs: readonly (Tensor | undefined)[]): Tensor<Float32Array> {
  const { K, N, block_size } = packing;
  const [b, scales, zeroPoints, groups] = inputs.slice(1, 5);
  checkCounts(packing, { shape: (i) => inputs[i]?.dims, elementType: (i) => inputs[i]?.type });
  const numbers = unpackWeights(numbersOf(b!), packing);
  const scale = turned(numbersOf(scales!), packing);
  const zeros: ArrayLike<number> =
    zeroPoints === undefined || zeroPoints.type === 'uint8'
      ? unpackZeros(zeroPoints && numbersOf(zeroPoints), packing)
      : turned(numbersOf(zeroPoints), packing);
  const groupOf = groups && numbersOf(groups);
  const weights = Float32Array.from(numbers, (number, i) => {
    const k = Math.floor(i / N);
    const at = (groupOf === undefined ? Math.floor(k / block_size) : groupOf[k]!) * N + (i % N);
    return (number - zeros[at]!) * scale[at]!;
  });
  return float32([K, N], weights);
}

/** A constant that is made of another one whenever it is loaded. */
function madeOf(
  source: Constant,
  type: ElementType,
  dims: readonly number[],
  make: (source: Tensor) => Tensor,
): Constant {
  return { type, dims, byteLength: elementCount(dims) * 4, storage: 'inline', load: () => make(source.load()) };
}

export const fewBits = family(
  defineOperator({
    name: 'MatMulNBits',
    domain: 'com.microsoft',
    versions: [1],
    inputs: [
      required('A', 'T1'),
      required('B', 'T2'),
      required('scales', 'T1'),
      optional('zero_points', 'T3'),
      optional('g_idx', 'T4'),
      optional('bias', 'T1'),
    ],
    outputs: [required('Y', 'T1')],
    types: { T1: halvesAndFloats, T2: uint8s, T3: halvesAndFloats.and(uint8s), T4: int32s },
    attributes: {
      K: int().required(),
      N: int().required(),
      accuracy_level: int(0),
      bits: int(4).oneOf(2, 4, 8),
      block_size: int().required(),
      weight_prepacked: int(0),
    },
    infer: (context) => [tensorType(context.elementType(0), productShape(context))],
    reference: ({ attributes, inputs }) => {
      const a = tensorAt({ inputs }, 0);
      const wide = float32(a.dims, Float32Array.from(numbersOf(a)));
      const product = matMulTensors(wide, dequantizeWeights(attributes, inputs));
      const bias = inputs[5];
      const plus = { number: (left: number, right: number) => left + right };
      const sum =
        bias === undefined
          ? product
          : applyBinary(product, float32(bias.dims, Float32Array.from(numbersOf(bias))), plus);
      return [tensorFromNumbers(a.type, sum.dims, numbersOf(sum))];
    },
    macs: ({ inputs, outputs }) => matMulMacs(inputs[0], outputs[0]),
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const { B, scales, zero_points: zeroPoints, g_idx, bias } = inputs;
      if (g_idx !== undefined) return 'an order of groups';
      const [weights, factors] = [B, scales].map((value) => expansion.facts.constant(value));
      const zeros = zeroPoints && expansion.facts.constant(zeroPoints);
      if (weights === undefined || factors === undefined || (zeroPoints && zeros === undefined)) {
        return 'weights that are computed';
      }
      if (zeros !== undefined && zeros.type !== 'uint8') return 'zero points that are no integers';
      const { K, N, block_size } = attributes;
      const blocks = [blocksOf(attributes), N];
      const bytesOf = (tensor: Tensor) => numbersOf(tensor);
      const parameters = {
        weights: madeOf(
          weights,
          'uint8',
          [K, N],
          (b) => new Tensor('uint8', [K, N], unpackWeights(bytesOf(b), attributes)),
        ),
        scales: madeOf(factors, 'float32', blocks, (tensor) => float32(blocks, turned(numbersOf(tensor), attributes))),
        zeros: madeOf(
          zeros ?? weights,
          'uint8',
          blocks,
          (tensor) => new Tensor('uint8', blocks, unpackZeros(zeros && bytesOf(tensor), attributes)),
        ),
      };
      return expansion.inFloat32(inputs.A, outputs.Y, (wide, type, result) => {
        const [w, scale, zero] = Object.entries(parameters).map(([name, content]) => expansion.constant(name, content));
        const matrix = expansion.add('DequantizeLinear', [w, scale, zero], {
          attributes: { axis: intAttribute(0), block_size: intAttribute(block_size) },
        });
        if (bias === undefined) expansion.add('MatMul', [wide, matrix], { output: result });
        else
          expansion.add('Add', [expansion.add('MatMul', [wide, matrix]), expansion.cast(bias, type)], {
            output: result,
          });
      });
    },
  }),
);
