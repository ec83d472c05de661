/** Einsum: sums of products over labeled axes. */
import { defineProblem, fail } from '../../diagnostics.js';
import { mul } from '../../ir/dim.js';
import { isBigInt, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, rowMajorStrides, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { text } from '../attributes.js';
import { commonElementType } from '../elementwise/binary.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { required, variadic } from '../signature.js';
import { numbers } from '../type-set.js';
import { labelAxes, parseEquation, sizesOf } from './einsum-equation.js';
import { expandEinsum } from './einsum-expansion.js';
import type { BigIntArray } from './matrix-kernels.js';

function einsumShape(context: InferContext<{ readonly equation: string }>): Shape | undefined {
  const equation = parseEquation(context.attributes.equation);
  const shapes = context.inputs.map((_, i) => context.shape(i));
  const known = shapes.filter((shape) => shape !== undefined);
  if (known.length !== shapes.length) return undefined;
  const labels = labelAxes(
    equation,
    known.map((shape) => shape.length),
  );
  const sizes = sizesOf(labels, known, (a, b, label) =>
    agree(context, a, b, `sizes of ${nameOf(label)}`, (sizes) => labelSizesDiffer({ label, shapes: known, ...sizes })),
  );
  return labels.output.map((label) => sizes.get(label)!);
}

const labelSizesDiffer = defineProblem(
  'US1202',
  { label: 'string', shapes: 'shapes', expected: 'size', actual: 'size' },
  ({ label, shapes, expected, actual }) => ({
    message: `${nameOf(label)} has two sizes in the inputs ${shapes.map(formatShape).join(', ')}`,
    expected: String(expected),
    actual: String(actual),
  }),
);

function nameOf(label: string): string {
  return label.startsWith('.') ? `axis ${label.slice(1)} of the ellipsis` : `'${label}'`;
}

/** Offsets for a contraction's loops: for each input, those of output positions and those of summands. */
interface Contraction {
  readonly dims: readonly number[];
  readonly bases: readonly Uint32Array[];
  readonly summands: readonly Uint32Array[];
}

function contraction(equation: string, shapes: readonly (readonly number[])[]): Contraction {
  const labels = labelAxes(
    parseEquation(equation),
    shapes.map((shape) => shape.length),
  );
  const sizes = sizesOf(labels, shapes, (a, b, label) => {
    if (a === b) return a;
    fail(labelSizesDiffer({ label, shapes, expected: a, actual: b }));
  });
  const summed = [...sizes.keys()].filter((label) => !labels.output.includes(label));
  const dims = labels.output.map((label) => sizes.get(label)!);
  const summedDims = summed.map((label) => sizes.get(label)!);
  const steps = shapes.map((shape, i) => labelStrides(labels.inputs[i]!, shape));
  const over = (over: readonly string[], extents: readonly number[]) =>
    steps.map((step) =>
      offsets(
        extents,
        over.map((label) => step.get(label) ?? 0),
      ),
    );
  return { dims, bases: over(labels.output, dims), summands: over(summed, summedDims) };
}

/**
 * The stride of each label in an input: strides of several axes with one label add up, axes of size 1 have stride 0.
 */
function labelStrides(labels: readonly string[], dims: readonly number[]): Map<string, number> {
  const strides = rowMajorStrides(dims);
  const byLabel = new Map<string, number>();
  labels.forEach((label, axis) => {
    byLabel.set(label, (byLabel.get(label) ?? 0) + (dims[axis] === 1 ? 0 : strides[axis]!));
  });
  return byLabel;
}

/** The offset of every position of a block of shape `dims`, in row-major order. */
function offsets(dims: readonly number[], strides: readonly number[]): Uint32Array {
  let block: Uint32Array = new Uint32Array(1);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const longer = new Uint32Array(block.length * dims[axis]!);
    for (let i = 0; i < dims[axis]!; i++) {
      for (let j = 0; j < block.length; j++) longer[i * block.length + j] = block[j]! + i * strides[axis]!;
    }
    block = longer;
  }
  return block;
}

function einsumTensors(equation: string, inputs: readonly Tensor[]): Tensor {
  const plan = contraction(
    equation,
    inputs.map((input) => input.dims),
  );
  const { type } = inputs[0]!;
  const count = elementCount(plan.dims);
  if (isBigInt(type)) {
    const data = inputs.map((input) => input.data as BigInt64Array);
    const out = allocateLike(data[0]!, count);
    contractBigInts(plan, data, out);
    return new Tensor(type, plan.dims, out);
  }
  const out = resultArray(type, count);
  const data = inputs.map(numbersOf);
  if (!isFloat(type)) contractIntegers(plan, data, out);
  else if (data.length === 2) contractPair(plan, data[0]!, data[1]!, out);
  else contractFloats(plan, data, out);
  return tensorFromNumbers(type, plan.dims, out);
}

function contractPair({ bases, summands }: Contraction, a: NumberArray, b: NumberArray, out: NumberArray): void {
  const [aBases, bBases] = bases as [Uint32Array, Uint32Array];
  const [aOffsets, bOffsets] = summands as [Uint32Array, Uint32Array];
  for (let i = 0; i < out.length; i++) {
    const x = aBases[i]!;
    const y = bBases[i]!;
    let sum = 0;
    for (let s = 0; s < aOffsets.length; s++) sum += a[x + aOffsets[s]!]! * b[y + bOffsets[s]!]!;
    out[i] = sum;
  }
}

function contractFloats({ bases, summands }: Contraction, inputs: readonly NumberArray[], out: NumberArray): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let s = 0; s < summands[0]!.length; s++) {
      let product = 1;
      for (let k = 0; k < inputs.length; k++) product *= inputs[k]![bases[k]![i]! + summands[k]![s]!]!;
      sum += product;
    }
    out[i] = sum;
  }
}

/** Modulo 2^32, then modulo the range of `out`. */
function contractIntegers({ bases, summands }: Contraction, inputs: readonly NumberArray[], out: NumberArray): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let s = 0; s < summands[0]!.length; s++) {
      let product = 1;
      for (let k = 0; k < inputs.length; k++) {
        product = Math.imul(product, inputs[k]![bases[k]![i]! + summands[k]![s]!]!);
      }
      sum = (sum + product) | 0;
    }
    out[i] = sum;
  }
}

/** Modulo 2^64. */
function contractBigInts({ bases, summands }: Contraction, inputs: readonly BigIntArray[], out: BigIntArray): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0n;
    for (let s = 0; s < summands[0]!.length; s++) {
      let product = 1n;
      for (let k = 0; k < inputs.length; k++) product *= inputs[k]![bases[k]![i]! + summands[k]![s]!]!;
      sum += product;
    }
    out[i] = sum;
  }
}

export const einsum: readonly Operator[] = [
  defineOperator({
    name: 'Einsum',
    versions: [12],
    inputs: [variadic('Inputs', 'T')],
    outputs: [required('Output', 'T')],
    types: { T: numbers },
    attributes: { equation: text().required() },
    infer: (context) => [tensorType(commonElementType(context.inputs), einsumShape(context))],
    reference: ({ attributes, inputs }) => [einsumTensors(attributes.equation, inputs as readonly Tensor[])],
    expand: ({ attributes, inputs, outputs }, expansion) =>
      expandEinsum(attributes.equation, inputs.Inputs, outputs.Output, expansion),
    macs: ({ attributes, inputs }) => {
      const shapes = inputs.filter((shape) => shape !== undefined);
      if (shapes.length !== inputs.length) return 0;
      const ranks = shapes.map((shape) => shape.length);
      const sizes = sizesOf(labelAxes(parseEquation(attributes.equation), ranks), shapes, (a) => a);
      return mul(shapes.length - 1, ...sizes.values());
    },
  }),
];
