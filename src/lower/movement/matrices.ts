/** Trilu and EyeLike. */
import { elementCount } from '../../ir/tensor.js';
import { eyeLikeSchema } from '../../ops/creation/schemas.js';
import { triluSchema } from '../../ops/indexing/schemas.js';
import { type IntegerType, isIntegerType, wordsOf } from '../../wasm/kernels/cells.js';
import type { IntegerTree } from '../../wasm/kernels/integer-expression.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { elementOf } from './computed-indices.js';
import { makeFilled } from './fill.js';

const lowerTrilu = defineLowering(
  triluSchema,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const { input: x, k } = inputs;
    const dims = context.tensors.storedDims(x);
    if (dims === undefined || context.values.sizedDims(outputs.output) === undefined) return unfitValue;
    const given = k === undefined ? [0] : context.values.integers(k);
    const isReadable = k !== undefined && elementOf(context, k)?.cells === 'int64' && context.tensors.isReady(k);
    if (given === undefined && !isReadable) return unfitValue;
    const source = context.tensors.stored(x);
    const target = context.tensors.makeStored(outputs.output, source.cells);
    const number = given === undefined ? context.tensors.stored(k!) : source;
    const [rows, columns] = dims.slice(-2) as [number, number];
    const params = {
      matrices: elementCount(dims.slice(0, -2)),
      rows,
      columns,
      words: wordsOf(source.cells),
      upper: attributes.upper,
      diagonal: given?.[0],
    };
    context.add({
      kind: 'kernel',
      algorithm: 'triangle',
      nodes: [node],
      reads: [source, number],
      writes: [target],
      operations: 0,
      work: target.floats * 2,
      build: () => ({
        kernel: { name: 'triangle', params },
        pointers: [source, target, number].map((tensor) => ({ tensor })),
      }),
    });
    return undefined;
  },
);

const lowerEyeLike = defineLowering(
  eyeLikeSchema,
  kernelsOf(anyElements),
  (context, node, { attributes: { k }, outputs: { output } }) => {
    const [rows, columns] = context.values.sizedDims(output) ?? [];
    const type = context.values.elementType(output);
    const target = makeFilled(context, node, output, 0);
    if (rows === undefined || columns === undefined || target === undefined) return unfitValue;
    const words = wordsOf(target.cells);
    const first = Math.max(0, -k) * columns + Math.max(0, k);
    const count = Math.min(rows - Math.max(0, -k), columns - Math.max(0, k));
    if (count <= 0) return undefined;
    const own: IntegerType = isIntegerType(type) ? type : 'bool';
    const one: IntegerTree = { kind: 'constant', value: '1', type: own };
    const params = {
      tree: isIntegerType(type) ? one : ({ kind: 'cast', to: 'float32', x: one } as const),
      axes: [{ size: count, strides: [(columns + 1) * words] }],
      inputs: [],
      output: { type: isIntegerType(type) ? type : ('float32' as const), cells: target.cells },
    };
    context.add({
      kind: 'kernel',
      algorithm: 'diagonal',
      nodes: [node],
      reads: [],
      writes: [target],
      operations: 0,
      work: count * 4,
      build: () => ({
        kernel: { name: 'integer elementwise', params },
        pointers: [{ tensor: target, offset: first * words }],
      }),
    });
    return undefined;
  },
);

export const matrixMovementLowerings: readonly Lowering[] = [lowerEyeLike, lowerTrilu];
