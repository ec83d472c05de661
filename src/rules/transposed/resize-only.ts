/** Transposed convolutions whose weights only repeat or interpolate. */
import { isFloat } from '../../ir/element-type.js';
import type { Constant } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { elementCount } from '../../ir/tensor.js';
import { boundAs } from '../../ops/bind.js';
import { convTranspose } from '../../ops/convolution/conv-transpose.js';
import { factsOf } from '../facts.js';
import { defineRule, type RuleContext } from '../rule.js';
import { type Transposed, type TransposedAxis, transposedConvolutions } from './geometry.js';

/** Larger weights are not read, since they are not a fixed interpolation. */
const mostElements = 2 ** 20;

const tolerance = 1e-3;

export type Interpolation = 'nearest' | 'bilinear';

const known = new WeakMap<Transposed, Interpolation | 'no'>();

/** The interpolation that the node computes; undefined if none. */
export function isResize(transposed: Transposed, context: RuleContext): Interpolation | undefined {
  let found = known.get(transposed);
  if (found === undefined) {
    found = interpolationOf(transposed, context) ?? 'no';
    known.set(transposed, found);
  }
  return found === 'no' ? undefined : found;
}

function interpolationOf({ node, axes, attributes }: Transposed, { model }: RuleContext): Interpolation | undefined {
  if (axes.every(({ stride }) => stride === 1)) return undefined;
  // Geometry first, because it decides most cases without reading weights.
  const candidates = (['nearest', 'bilinear'] as const).filter((kind) =>
    axes.every((axis) => taps(kind, axis) !== undefined),
  );
  if (candidates.length === 0) return undefined;
  const facts = factsOf(model);
  const values = boundAs(convTranspose.ConvTranspose, node)?.inputs;
  const weights = facts.constant(values?.W);
  const bias = facts.constant(values?.B);
  if (weights === undefined || !isReadable(weights)) return undefined;
  if (values?.B !== undefined && (bias === undefined || !isReadable(bias) || !isZero(bias))) return undefined;
  const { group } = attributes;
  const [inputs = 0, outputs = 0] = weights.dims;
  const isDepthwise = group === inputs && outputs === 1;
  if (!isDepthwise && !(group === 1 && inputs === outputs)) return undefined;
  const elements = numbersOf(weights.load());
  return candidates.find((kind) => {
    const kernel = outerProduct(axes.map((axis) => taps(kind, axis)!));
    return isRepeated(elements, kernel, inputs, isDepthwise);
  });
}

function isReadable({ type, dims, storage, sparse }: Constant): boolean {
  return storage === 'inline' && sparse === undefined && isFloat(type) && elementCount(dims) <= mostElements;
}

function isZero(constant: Constant): boolean {
  return numbersOf(constant.load()).every((value) => value === 0);
}

/** The weights along one axis, if the kernel has the right size. */
function taps(kind: Interpolation, { kernel, stride, dilation }: TransposedAxis): number[] | undefined {
  if (dilation !== 1) return undefined;
  if (kind === 'nearest') return kernel === stride ? new Array<number>(kernel).fill(1) : undefined;
  if (kernel !== 2 * stride - (stride % 2)) return undefined;
  // A triangle around the middle of the kernel (Long, Shelhamer and Darrell, "Fully Convolutional Networks", 2015).
  const half = Math.ceil(kernel / 2);
  const center = (2 * half - 1 - (half % 2)) / (2 * half);
  return Array.from({ length: kernel }, (_, i) => 1 - Math.abs(i / half - center));
}

function outerProduct(axes: readonly (readonly number[])[]): number[] {
  return axes.reduce<number[]>((product, axis) => product.flatMap((value) => axis.map((tap) => value * tap)), [1]);
}

/** Whether every channel's kernel is `kernel` and channels do not mix. */
function isRepeated(
  values: ArrayLike<number>,
  kernel: readonly number[],
  channels: number,
  isDepthwise: boolean,
): boolean {
  const size = kernel.length;
  const outputs = isDepthwise ? 1 : channels;
  if (values.length !== channels * outputs * size) return false;
  for (let i = 0; i < values.length; i++) {
    const block = Math.floor(i / size);
    const isOwn = isDepthwise || Math.floor(block / outputs) === block % outputs;
    if (!(Math.abs(values[i]! - (isOwn ? kernel[i % size]! : 0)) <= tolerance)) return false;
  }
  return true;
}

export const resizeOnly = defineRule({
  code: 'US1502',
  explanation: {
    meaning:
      'The weights of a ConvTranspose are those of nearest or (bi)linear interpolation, the same for every channel: it is a Resize.',
    reason:
      'Frameworks of old had no other way to enlarge a picture, and FCN begins its training so. A Resize says what is meant, needs no weights, and is faster: with group 1 the convolution multiplies every channel by zeros for all others.',
    bad: 'y = ConvTranspose <group = 21, kernel_shape = [4, 4], strides = [2, 2], pads = [1, 1, 1, 1]> (x, bilinear)',
    good: 'y = Resize <mode = "linear", coordinate_transformation_mode = "half_pixel"> (x, , [1, 1, 2, 2])',
    remedy:
      'Use Resize in the framework (torch.nn.Upsample or interpolate). For nearest the results are the same; bilinear differs along the border, where the transposed convolution mixes in zeros and Resize repeats the edge, so it is not rewritten automatically.',
  },
  data: { weights: 'string?', kind: ['nearest', 'bilinear'], scales: 'integers' },
  words: ({ weights, kind, scales }) => ({
    value: weights,
    message: `the weights are ${kind === 'nearest' ? 'nearest' : 'linear'} interpolation by ${scales.join(' × ')}: this is a Resize`,
    hint: 'use Resize; along the border linear results differ',
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const kind = isResize(transposed, context);
      if (kind === undefined) continue;
      const { node, axes } = transposed;
      const weights = boundAs(convTranspose.ConvTranspose, node)?.inputs.W.name;
      yield { node, data: { weights, kind, scales: axes.map(({ stride }) => stride) } };
    }
  },
});
