/** Col2Im. */
import { elementCount } from '../../ir/tensor.js';
import { windowAxes, windowCount } from '../../ops/convolution/window.js';
import { col2ImSchema } from '../../ops/indexing/schemas.js';
import { defineLowering, floatsAndIntegers, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { elementOf } from './computed-indices.js';

const computedShape = 'shapes that are computed';

const lowerCol2Im = defineLowering(
  col2ImSchema,
  kernelsOf(floatsAndIntegers, [computedShape]),
  (context, node, { attributes, inputs, outputs }) => {
    const { input: x } = inputs;
    const [dims, element] = [context.tensors.storedDims(x), elementOf(context, x)];
    const onto = context.values.sizedDims(outputs.output);
    if (dims === undefined || element === undefined || onto === undefined || element.type === 'bool') return unfitValue;
    const [image, block] = [context.values.integers(inputs.image_shape), context.values.integers(inputs.block_shape)];
    if (image === undefined || block === undefined) return computedShape;
    const axes = windowAxes({ auto_pad: 'NOTSET', ...attributes }, block).map((axis, i) => ({
      image: image[i]!,
      kernel: axis.kernel,
      stride: axis.stride,
      dilation: axis.dilation,
      pad: axis.padBegin,
      count: windowCount(axis, image[i]!) as number,
    }));
    const source = context.tensors.stored(x);
    const target = context.tensors.makeStored(outputs.output, source.cells);
    const params = { planes: onto[0]! * onto[1]!, axes, element };
    context.add({
      kind: 'kernel',
      algorithm: 'fold columns',
      nodes: [node],
      reads: [source],
      writes: [target],
      operations: elementCount(dims),
      work: elementCount(dims) * 6,
      build: () => ({
        kernel: { name: 'fold columns', params },
        pointers: [{ tensor: source }, { tensor: target }],
      }),
    });
    return undefined;
  },
);

export const foldingLowerings: readonly Lowering[] = [lowerCol2Im];
