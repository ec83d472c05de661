/** TopK and OneHot. */
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { oneHotSchema, topKSchema } from '../ops/indexing/schemas.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import { sortScratch } from '../wasm/kernels/merge-sort.js';
import { RowMajorTensor } from './context/tensor.js';
import { wordStrides } from './layouts.js';
import { anyElements, defineLowering, floatsAndIntegers, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { elementOf } from './movement/computed-indices.js';
import { addSpread } from './movement/copy.js';

const lowerTopK = defineLowering(
  topKSchema,
  kernelsOf(floatsAndIntegers),
  (context, node, { attributes, inputs, outputs }) => {
    const x = inputs.X;
    const [dims, element] = [context.tensors.storedDims(x), elementOf(context, x)];
    const { Values: values, Indices: indices } = outputs;
    const onto = context.values.sizedDims(values ?? indices);
    if (dims === undefined || element === undefined || onto === undefined) return unfitValue;
    const axis = normalizeAxis(attributes.axis, dims.length);
    const [size, k] = [dims[axis]!, onto[axis]!];
    const source = context.tensors.stored(x);
    const count = elementCount(onto);
    const words = wordsOf(source.cells);
    // An output without a name is written all the same.
    const best =
      values === undefined
        ? new RowMajorTensor('values of TopK', count * words)
        : context.tensors.makeStored(values, source.cells);
    const places =
      indices === undefined ? new RowMajorTensor('indices of TopK', count * 2) : context.tensors.makeStored(indices);
    const [from, to] = [wordStrides(source, dims), rowMajorStrides(onto)];
    const params = {
      lines: dims.flatMap((length, i) =>
        i === axis ? [] : [{ size: length, strides: [from[i]!, to[i]! * words, to[i]! * 2] }],
      ),
      element,
      size,
      k,
      largest: attributes.largest,
      stride: from[axis]!,
      valueStride: to[axis]! * words,
      indexStride: to[axis]! * 2,
    };
    context.add({
      kind: 'kernel',
      algorithm: 'merge sort',
      nodes: [node],
      reads: [source],
      writes: [best, places],
      scratch: sortScratch(size),
      operations: elementCount(dims) * Math.ceil(Math.log2(size + 1)),
      work: elementCount(dims) * Math.ceil(Math.log2(size + 1)) * 6,
      build: () => ({
        kernel: { name: 'top k', params },
        pointers: [{ tensor: source }, { tensor: best }, { tensor: places }, { scratch: 0 }],
      }),
    });
    return undefined;
  },
);

const lowerOneHot = defineLowering(
  oneHotSchema,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs, version }) => {
    const { indices, values } = inputs;
    const dims = context.tensors.storedDims(indices);
    const index = elementOf(context, indices);
    const onto = context.values.sizedDims(outputs.output);
    if (dims === undefined || index === undefined || onto === undefined) return unfitValue;
    if (context.tensors.storedDims(values)?.[0] !== 2) return unfitValue;
    const axis = normalizeAxis(attributes.axis, onto.length);
    const source = context.tensors.stored(indices);
    const pair = context.tensors.stored(values);
    const target = context.tensors.makeStored(outputs.output, pair.cells);
    const words = wordsOf(pair.cells);
    addSpread(context, node, pair, target, elementCount(onto));
    const to = wordStrides(target, onto);
    const outer = to.filter((_, i) => i !== axis);
    const from = wordStrides(source, dims);
    const params = {
      axes: dims.map((size, i) => ({ size, strides: [from[i]!, outer[i]!] })),
      index,
      depth: onto[axis]!,
      stride: to[axis]!,
      words,
      countsBack: version >= 11,
    };
    context.add({
      kind: 'kernel',
      algorithm: 'one hot',
      nodes: [node],
      reads: [source, pair],
      writes: [target],
      operations: 0,
      work: elementCount(dims) * 8,
      build: () => ({
        kernel: { name: 'one hot', params },
        pointers: [{ tensor: source }, { tensor: target }, { tensor: pair }],
      }),
    });
    return undefined;
  },
);

export const selectionLowerings: readonly Lowering[] = [lowerOneHot, lowerTopK];
