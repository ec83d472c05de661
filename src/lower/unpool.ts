/** MaxUnpool by the argmax offsets of the pooling that it undoes, or by indices, wherever they come from. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { maxUnpool, naturalSizes } from '../ops/pooling/max-unpool.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import { unitWork } from '../wasm/kernels/rows.js';
import type { LoweringContext } from './context/context.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { areReadable, elementOf } from './movement/computed-indices.js';
import { makeFilled } from './movement/fill.js';

const otherSize = 'indices that may be places in a smaller tensor';

/** Whether indices are places in the output, whatever they are: in a smaller one only what they are in a run may tell. */
function areCountedIn(output: readonly number[], natural: readonly number[]): boolean {
  return output.join() === natural.join() || natural.some((size, axis) => size > output[axis]!);
}

/** Zeros, and each value at its index, in order: of equal indices the last one counts. */
function scatterByIndices(context: LoweringContext, node: Node, x: Value, indices: Value, output: Value): void {
  const [dims, onto] = [context.values.dims(x)!, context.values.dims(output)!];
  const target = makeFilled(context, node, output, 0)!;
  const [values, places] = [context.tensors.stored(x), context.tensors.stored(indices)];
  const index = elementOf(context, indices)!;
  const fault = context.fault(node, { kind: 'unpooled outside', dims, onto });
  const count = elementCount(dims);
  const params = {
    axes: [],
    ordered: [{ size: count, strides: [0, wordsOf(index.cells), 1] }],
    index,
    components: [{ at: 0, size: elementCount(onto), stride: 1 }],
    countsFromStart: true,
    run: 1,
    reduction: 'none',
    element: { type: 'float32', cells: target.cells },
  } as const;
  context.add({
    kind: 'kernel',
    algorithm: 'unpool by indices',
    nodes: [node],
    reads: [values, places],
    writes: [target],
    operations: 0,
    work: Math.min(unitWork, count),
    build: () => ({
      kernel: { name: 'scatter', params },
      pointers: [target, places, values, places, fault].map((tensor) => ({ tensor })),
    }),
  });
}

const lowerMaxUnpool = defineLowering(
  maxUnpool.MaxUnpool,
  kernelsOf(floats, [otherSize]),
  (context, node, { attributes, inputs, outputs }) => {
    const { X: x, I: indices } = inputs;
    const argmax = context.tensors.argmaxOffsets.get(indices);
    if (argmax === undefined) {
      const [dims, onto] = [context.tensors.storedDims(x), context.values.sizedDims(outputs.output)];
      if (dims === undefined || onto === undefined || !areReadable(context, indices)) return unfitValue;
      if (!areCountedIn(onto, naturalSizes(attributes, dims))) return otherSize;
      scatterByIndices(context, node, x, indices, outputs.output);
      return undefined;
    }
    const { kernel_shape } = attributes;
    const [high, wide] = kernel_shape.length === 2 ? kernel_shape : [1, kernel_shape[0]];
    const input = context.tensors.nhwc8(x);
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
