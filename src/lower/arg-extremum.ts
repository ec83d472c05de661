/** ArgMax and ArgMin. Their indices are in the arena as float32, which is exact below 2^24. */
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { argExtrema } from '../ops/reduction/arg.js';
import { defineLowering, floatsAndSmallIntegers, kernelsOf, type Lowering, unfitValue } from './lowering.js';

const mostIndices = 16_777_216;
const longAxis = `an axis of more than ${mostIndices} elements` as const;

function lowerArg(schema: (typeof argExtrema)[number], kind: 'max' | 'min'): Lowering {
  return defineLowering(
    schema,
    kernelsOf(floatsAndSmallIntegers, [longAxis]),
    (context, node, { attributes, inputs, outputs }) => {
      const dims = context.tensors.representableDims(inputs.data);
      if (dims === undefined || context.values.sizedDims(outputs.reduced) === undefined) return unfitValue;
      const axis = normalizeAxis(attributes.axis, dims.length);
      const size = dims[axis]!;
      if (size > mostIndices) return longAxis;
      const source = context.tensors.rowMajor(inputs.data);
      const target = context.tensors.makeRowMajor(outputs.reduced);
      const from = rowMajorStrides(dims);
      const to = rowMajorStrides(dims.with(axis, 1));
      context.add({
        kind: 'kernel',
        algorithm: `arg ${kind}`,
        nodes: [node],
        reads: [source],
        writes: [target],
        operations: 3 * elementCount(dims),
        build: () => ({
          kernel: {
            name: 'arg extremum',
            params: {
              kind,
              takesLast: attributes.select_last_index,
              kept: dims.flatMap((count, i) => (i === axis ? [] : [{ size: count, strides: [from[i]!, to[i]!] }])),
              axis: { size, stride: from[axis]! },
            },
          },
          pointers: [{ tensor: source }, { tensor: target }],
        }),
      });
      return undefined;
    },
  );
}

export const argLowerings: readonly Lowering[] = [
  lowerArg(argExtrema.ArgMax, 'max'),
  lowerArg(argExtrema.ArgMin, 'min'),
];
