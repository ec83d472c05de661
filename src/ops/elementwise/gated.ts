/** PRelu and SwiGLU: activations of two inputs. */
import type { Dim } from '../../ir/dim.js';
import type { Shape } from '../../ir/shape.js';
import { tensorType } from '../../ir/shape.js';
import { tensorAt } from '../arguments.js';
import { float } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals, realsAndBfloat16s, wideNumbers } from '../type-set.js';
import { sigmoid } from './activation.js';
import { applyBinary, type BinaryKernel, commonElementType } from './binary.js';
import { broadcastOnto, sameShape } from './broadcast-onto.js';

const leak: BinaryKernel = {
  number: (x, slope) => (x < 0 ? slope * x : x),
  bigint: (x, slope) => (x < 0n ? slope * x : x),
  loop: (x, slope, out, { start, length, from: [left, right], step: [leftStep, rightStep] }) => {
    for (let i = 0; i < length; i++) {
      const value = x[left! + i * leftStep!]!;
      out[start + i] = value < 0 ? slope[right! + i * rightStep!]! * value : value;
    }
  },
};

/** Before version 7, a slope of rank 1 has one value for each channel (axis 1), or a single one. */
export function alignedSlope<D extends Dim>(version: number, x: readonly D[], slope: readonly D[]): readonly (D | 1)[] {
  if (version >= 7 || slope.length !== 1 || x.length < 2 || slope[0] === 1) return slope;
  return [...slope, ...new Array<1>(x.length - 2).fill(1)];
}

export const gated = family(
  defineOperator({
    name: 'PRelu',
    versions: [1, 6, 7, 9, 16],
    inputs: [required('X', 'T'), required('slope', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(9, wideNumbers).from(16, bfloat16s) },
    isElementwise: true,
    attributes: {},
    infer: (context) => {
      const type = commonElementType(context.inputs);
      const x: Shape | undefined = context.shape(0);
      const slope = context.shape(1);
      const aligned = x && slope && alignedSlope(context.version, x, slope);
      return [tensorType(type, broadcastOnto(context, x, aligned, 'slope'))];
    },
    reference: (context) => {
      const x = tensorAt(context, 0);
      const slope = tensorAt(context, 1);
      return [applyBinary(x, slope.reshape(alignedSlope(context.version, x.dims, slope.dims)), leak)];
    },
  }),
  defineOperator({
    name: 'SwiGLU',
    versions: [28],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: realsAndBfloat16s },
    isElementwise: true,
    attributes: { alpha: float(1) },
    infer: (context) => [
      tensorType(commonElementType(context.inputs), sameShape(context, [context.shape(0), context.shape(1)])),
    ],
    reference: (context) => {
      const { alpha } = context.attributes;
      const kernel: BinaryKernel = { number: (gate, value) => gate * sigmoid(alpha * gate) * value };
      return [applyBinary(tensorAt(context, 0), tensorAt(context, 1), kernel)];
    },
  }),
);
