/** BitCast: the same words, read as another type; of short integers, which are float32 in the arena, numbers that wrap. */
import type { ElementType } from '../../ir/element-type.js';
import { casts } from '../../ops/elementwise/cast.js';
import { type Cells, isIntegerType } from '../../wasm/kernels/cells.js';
import { RowMajorTensor } from '../context/tensor.js';
import { integerNodes } from '../elementwise/integer-nodes.js';
import { defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

const otherBits = 'types of which the arena does not hold the bits';

/** The cells whose words are the bits of the type. */
function bitCells(type: ElementType | undefined): Cells | undefined {
  if (type === 'float32') return 'float32';
  if (type === 'int32' || type === 'uint32') return 'int32';
  return type === 'int64' || type === 'uint64' ? 'int64' : undefined;
}

const lowerBitCast = defineLowering(
  casts.BitCast,
  kernelsOf(['floats', 'integers'], [otherBits]),
  (context, node, { inputs: { input: x }, outputs: { output: y } }) => {
    if (context.tensors.storedDims(x) === undefined || context.values.sizedDims(y) === undefined) return unfitValue;
    const [from, to] = [x, y].map((value) => bitCells(context.values.elementType(value)));
    const isShort = [x, y].every((value) => from === undefined && isIntegerType(context.values.elementType(value)));
    if (isShort && to === undefined && integerNodes.value(context, node)) return undefined;
    if (from === undefined || to === undefined || (from === 'int64') !== (to === 'int64')) return otherBits;
    const source = isIntegerType(context.values.elementType(x))
      ? context.tensors.exact(x)
      : context.tensors.rowMajor(x);
    const whole = { whole: source, offset: 0 };
    context.tensors.setResidency(y, new RowMajorTensor(y.name, source.floats, whole, undefined, to));
    context.done.add(node);
    return undefined;
  },
);

export const bitCastLowerings: readonly Lowering[] = [lowerBitCast];
