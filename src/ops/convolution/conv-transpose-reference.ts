/** ConvTranspose by its definition, and by its four steps. */
import { floatsOf, tensorFromNumbers } from '../../ir/numeric.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import type { LiveMemory } from '../../limits/live-memory.js';
import { tensorAt } from '../arguments.js';
import type { ReferenceContext } from '../operator.js';
import { type ConvTransposeAttributes, convTransposeGeometry } from './conv-transpose.js';
import { dilatePadConvolve, executeDilatePadConvolve, preparedElements } from './dilate-pad-convolve.js';
import { scatter } from './scatter.js';

export function convTranspose(
  context: Pick<ReferenceContext<ConvTransposeAttributes>, 'attributes' | 'inputs'>,
): Tensor[] {
  return [referenceConvTranspose(context.attributes, tensorAt(context, 0), tensorAt(context, 1), context.inputs[2])];
}

export function referenceConvTranspose(
  attributes: ConvTransposeAttributes,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
): Tensor {
  const geometry = convTransposeGeometry(attributes, x.dims, w.dims);
  const dims = [geometry.batch, geometry.outputChannels, ...geometry.axes.map((axis) => axis.output)];
  const out = x.type === 'float64' ? new Float64Array(elementCount(dims)) : new Float32Array(elementCount(dims));
  scatter(geometry, floatsOf(x), floatsOf(w), bias && floatsOf(bias), out);
  return tensorFromNumbers(x.type, dims, out);
}

/** The same by the four steps as they are written, zeros and all. @param live asked for the memory that the steps take */
export function steppedConvTranspose(
  attributes: ConvTransposeAttributes,
  [x, w, bias]: readonly [Tensor, Tensor, Tensor | undefined],
  live?: LiveMemory,
): Tensor {
  const plan = dilatePadConvolve(convTransposeGeometry(attributes, x.dims, w.dims));
  live?.require(preparedElements(plan) * Float64Array.BYTES_PER_ELEMENT);
  const out = executeDilatePadConvolve(plan, floatsOf(x), floatsOf(w), bias && floatsOf(bias));
  const dims = [plan.batch, plan.outputChannels, ...plan.axes.map((axis) => axis.output)];
  return tensorFromNumbers(x.type, dims, out);
}
