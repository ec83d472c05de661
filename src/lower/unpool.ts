/** MaxUnpool by the argmax offsets of the pooling that it undoes. */
import { elementCount } from '../ir/tensor.js';
import { maxUnpool } from '../ops/pooling/max-unpool.js';
import { defineLowering, floats, kernelsOf, type Lowering } from './lowering.js';
import { argmaxOffsets } from './pooling.js';

const lowerMaxUnpool = defineLowering(
  maxUnpool.MaxUnpool,
  kernelsOf(floats, ['indices that are not those of a pooling of this size']),
  (context, node, { attributes, inputs, outputs }) => {
    const { X: x, I: indices } = inputs;
    const argmax = indices && argmaxOffsets(context).get(indices);
    if (argmax === undefined) return 'indices that are not those of a pooling of this size';
    const { kernel_shape } = attributes;
    const [high, wide] = kernel_shape.length === 2 ? kernel_shape : [1, kernel_shape[0]];
    const input = context.tensors.nhwc8(x!);
    const output = context.tensors.makeNhwc8(outputs.output);
    const operations = elementCount(context.values.dims(outputs.output)!);
    context.add({
      kind: 'kernel',
      algorithm: 'unpool by argmax offsets',
      nodes: [node],
      reads: [input, argmax],
      writes: [output],
      operations,
      work: operations * 2,
      build: (placement) => ({
        kernel: {
          name: 'unpool',
          params: {
            input: placement.view(input),
            argmax: placement.view(argmax),
            output: placement.view(output),
            kernel: [high!, wide!],
          },
        },
        pointers: [{ tensor: input }, { tensor: argmax }, { tensor: output }],
      }),
    });
    return undefined;
  },
);

export const unpoolingLowerings: readonly Lowering[] = [lowerMaxUnpool];
