/** CumSum and CumProd. */
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { cumProdSchema, cumSumSchema } from '../ops/reduction/schemas.js';
import { wordStrides } from './layouts.js';
import { defineLowering, floatsAndIntegers, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { elementOf } from './movement/computed-indices.js';

const computedAxis = 'an axis that is computed';

function lowerCumulative(schema: typeof cumSumSchema | typeof cumProdSchema, kind: 'add' | 'mul'): Lowering {
  return defineLowering(
    schema,
    kernelsOf(floatsAndIntegers, [computedAxis]),
    (context, node, { attributes, inputs, outputs }) => {
      const [dims, element] = [context.tensors.storedDims(inputs.x), elementOf(context, inputs.x)];
      if (dims === undefined || element === undefined || dims.length === 0) return unfitValue;
      const axes = context.values.integers(inputs.axis);
      if (axes === undefined) return computedAxis;
      const axis = normalizeAxis(axes[0] ?? 0, dims.length);
      const source = context.tensors.stored(inputs.x);
      const target = context.tensors.makeStored(outputs.y, source.cells);
      const strides = wordStrides(source, dims);
      const params = {
        kind,
        lines: dims.flatMap((size, i) => (i === axis ? [] : [{ size, strides: [strides[i]!, strides[i]!] }])),
        element,
        size: dims[axis]!,
        stride: strides[axis]!,
        exclusive: attributes.exclusive,
        reverse: attributes.reverse,
      };
      context.add({
        kind: 'kernel',
        algorithm: kind === 'add' ? 'cumulative sum' : 'cumulative product',
        nodes: [node],
        reads: [source],
        writes: [target],
        operations: elementCount(dims),
        work: elementCount(dims) * 4,
        build: () => ({
          kernel: { name: 'cumulate', params },
          pointers: [{ tensor: source }, { tensor: target }],
        }),
      });
      return undefined;
    },
  );
}

export const cumulativeLowerings: readonly Lowering[] = [
  lowerCumulative(cumSumSchema, 'add'),
  lowerCumulative(cumProdSchema, 'mul'),
];
