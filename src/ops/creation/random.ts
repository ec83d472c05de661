/**
 * Random tensors: RandomNormal, RandomUniform and their …Like forms. The specification leaves the generator open; here
 * the same seed gives the same numbers everywhere (random-source.ts).
 */
import type { ElementType } from '../../ir/element-type.js';
import { tensorFromNumbers } from '../../ir/numeric.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { float, int, ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family, type ReferenceContext } from '../operator.js';
import type { RandomSource } from '../random-source.js';
import { required } from '../signature.js';
import { bfloat16s, classicTypes, reals } from '../type-set.js';
import { dtypeOf, dtypeOr } from './dtype.js';
import { checkSizes, checkTensorSize } from './target-shape.js';

interface Seeded {
  readonly seed: number | undefined;
}

interface MadeAttributes extends Seeded {
  readonly dtype: number;
  readonly shape: readonly number[];
}

interface AlikeAttributes extends Seeded {
  readonly dtype: number | undefined;
}

/** Draws one number. */
type Draw = (random: RandomSource) => number;

/** Draws numbers in row-major order. `draw` also gets the index of the element. */
export function drawTensor(
  context: Pick<ReferenceContext<Seeded>, 'random' | 'attributes'>,
  type: ElementType,
  dims: readonly number[],
  draw: (random: RandomSource, i: number) => number,
): Tensor {
  checkTensorSize(type, dims);
  const random = context.random.fork(context.attributes.seed);
  const count = elementCount(dims);
  const values = type === 'float64' ? new Float64Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = draw(random, i);
  return tensorFromNumbers(type, dims, values);
}

function inferMade({ attributes: { dtype, shape } }: InferContext<MadeAttributes>): readonly TensorType[] {
  checkSizes(shape, 'shape');
  return [tensorType(dtypeOf(dtype, 'float'), shape)];
}

function drawMade(context: ReferenceContext<MadeAttributes>, draw: Draw): readonly Tensor[] {
  const { dtype, shape } = context.attributes;
  return [drawTensor(context, dtypeOf(dtype, 'float'), shape, draw)];
}

function inferAlike(context: InferContext<AlikeAttributes>): readonly TensorType[] {
  return [tensorType(dtypeOr(context.attributes.dtype, context.elementType(0), 'float'), context.shape(0))];
}

function drawAlike(context: ReferenceContext<AlikeAttributes>, draw: Draw): readonly Tensor[] {
  const input = tensorAt(context, 0);
  const type = dtypeOr(context.attributes.dtype, input.type, 'float')!;
  return [drawTensor(context, type, input.dims, draw)];
}

function normal({ mean, scale }: { readonly mean: number; readonly scale: number }): Draw {
  return (random) => mean + scale * random.normal();
}

/** In [low, high); rounding to the element type may give `high`. */
function uniform({ low, high }: { readonly low: number; readonly high: number }): Draw {
  return (random) => low + (high - low) * random.uniform();
}

const made = { dtype: int(1), seed: float(), shape: ints().required() };
const alike = { dtype: int(), seed: float() };
const normalAttributes = { mean: float(0), scale: float(1) };
const uniformAttributes = { high: float(1), low: float(0) };

export const randomTensors = family(
  defineOperator({
    name: 'RandomNormal',
    versions: [1, 22],
    inputs: [],
    outputs: [required('output', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    isDeterministic: false,
    attributes: { ...made, ...normalAttributes },
    infer: inferMade,
    reference: (context) => drawMade(context, normal(context.attributes)),
  }),
  defineOperator({
    name: 'RandomNormalLike',
    versions: [1, 22],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: classicTypes.from(22, bfloat16s), T2: reals.from(22, bfloat16s) },
    isDeterministic: false,
    attributes: { ...alike, ...normalAttributes },
    infer: inferAlike,
    reference: (context) => drawAlike(context, normal(context.attributes)),
  }),
  defineOperator({
    name: 'RandomUniform',
    versions: [1, 22],
    inputs: [],
    outputs: [required('output', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    isDeterministic: false,
    attributes: { ...made, ...uniformAttributes },
    infer: inferMade,
    reference: (context) => drawMade(context, uniform(context.attributes)),
  }),
  defineOperator({
    name: 'RandomUniformLike',
    versions: [1, 22],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: classicTypes.from(22, bfloat16s), T2: reals.from(22, bfloat16s) },
    isDeterministic: false,
    attributes: { ...alike, ...uniformAttributes },
    infer: inferAlike,
    reference: (context) => drawAlike(context, uniform(context.attributes)),
  }),
);
