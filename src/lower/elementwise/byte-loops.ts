/** Elementwise steps that read or make integers of 8 bits as bytes. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import type { ElementStorage } from '../../wasm/kernels/byte-elementwise.js';
import { byteMap } from '../../wasm/kernels/byte-map.js';
import { cost, replaceInputs } from '../../wasm/kernels/elementwise-expression.js';
import { pixelAxes, type View } from '../../wasm/kernels/views.js';
import { isByteTensor, makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import type { LoweredTensor } from '../context/tensor.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import { lifted, lowered } from '../context/tensors.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { byteTable } from './byte-table.js';
import type { ElementwiseStep } from './loops.js';
import { isNhwc8Operand, isNumber, nhwc8Operand } from './operands.js';

/** Strides of what is the same for all pixels. */
const still = { imageStride: 0, sliceStride: 0, rowStride: 0, pixelStride: 0 };

/** Operations that finding a float32 in a table takes the place of. */
const worthTable = 8;

/** Whether nodes end with what dequantizes integers that they have quantized before. */
function isQuantizedBefore(nodes: readonly Node[]): boolean {
  return nodes.at(-1)?.opType === 'DequantizeLinear' && nodes.some(({ opType }) => opType === 'QuantizeLinear');
}

interface ByteOperand {
  readonly storage: ElementStorage;
  readonly reads: readonly LoweredTensor[];
  readonly pointer: Pointer;
  readonly view: (placement: TensorPlacement) => View | undefined;
}

/** Adds the step where bytes are concerned. @returns whether it has */
export function addByteLoop(context: LoweringContext, { nodes, tree, inputs, output }: ElementwiseStep): boolean {
  if (context.options.byteProducts === undefined) return false;
  const onto = context.values.dims(output)!;
  const size = nhwc8Size(onto);
  if (size === undefined || onto.length < 3) return false;
  const isResult = makesBytes(context, output);
  const readsBytes = inputs.some((value) => isByteTensor(context, value) && context.tensors.isOnlyBytes(value));
  if (!isResult && !readsBytes) return false;
  const isFitting = inputs.every((value) => isNhwc8Operand(context.values.dims(value)!, onto, true));
  const isOneChannel = (value: Value) => {
    const own = context.values.dims(value)!;
    return (
      !isNumber(own) &&
      size.channels > 1 &&
      nhwc8Size([...new Array<number>(onto.length - own.length).fill(1), ...own])!.channels === 1
    );
  };
  if (!isFitting || inputs.some(isOneChannel)) return false;
  const operands = inputs.map((value): ByteOperand => {
    const isWhole = isByteTensor(context, value) && isSameSize(nhwc8Size(context.values.dims(value)!)!, size);
    const bytes = isWhole && context.tensors.isOnlyBytes(value) ? context.tensors.bytesOf(value) : undefined;
    if (bytes !== undefined) {
      return {
        storage: 'bytes',
        reads: [bytes],
        pointer: { tensor: bytes },
        view: (placement) => placement.view(bytes),
      };
    }
    const { reads, pointer, view } = nhwc8Operand(context, value, onto);
    const storage = isNumber(context.values.dims(value)!) && size.channels > 1 ? 'number' : 'floats';
    return { storage, reads, pointer, view };
  });
  const isSigned = (value: Value) => context.values.elementType(value) === 'int8';
  const read = replaceInputs(tree, (index) => {
    const isLifted = operands[index]!.storage === 'bytes' && isSigned(inputs[index]!);
    return isLifted ? replaceInputs(lowered, () => ({ kind: 'input', index })) : { kind: 'input', index };
  });
  const whole = isResult && isSigned(output) ? replaceInputs(lifted, () => read) : read;
  const target = isResult ? context.tensors.makeBytes(output) : context.tensors.makeNhwc8(output);
  const isOneByte = inputs.length === 1 && operands[0]?.storage === 'bytes';
  const isTable = isResult ? byteMap(whole) === undefined : isQuantizedBefore(nodes) && cost(whole) >= worthTable;
  const table = isOneByte && isTable ? byteTable(context, nodes, inputs[0]!, output) : undefined;
  const tableBytes =
    table && (table instanceof Float32Array ? context.constants.floats(table) : context.constants.bytes(table));
  const operations = elementCount(onto) * (table ? 1 : Math.max(1, cost(tree)));
  const kind = table ? 'table of bytes' : 'elementwise on bytes';
  context.add({
    kind: 'kernel',
    algorithm: nodes.length <= 1 ? kind : `${kind}, ${nodes.length} nodes`,
    nodes,
    reads: operands.flatMap(({ reads }) => reads),
    writes: [target],
    operations,
    work: operations + elementCount(onto) * 2,
    build: (placement) => {
      const own = placement.view(target);
      const views = [...operands.map(({ view }) => view(placement)!), own];
      if (tableBytes !== undefined) {
        const [input] = operands as [ByteOperand];
        const axes = pixelAxes(own, [views[0]!, { ...own, ...still }, own]);
        return {
          kernel: { name: 'byte table', params: { axes, channels: size.channels, isFloats: !isResult } },
          pointers: [input.pointer, { constant: tableBytes }, { tensor: target }],
        };
      }
      return {
        kernel: {
          name: 'byte elementwise',
          params: {
            tree: whole,
            axes: pixelAxes(own, views),
            channels: size.channels,
            writable: isResult ? own.writable * 4 : own.writable,
            inputs: operands.map(({ storage }) => storage),
            output: isResult ? 'bytes' : 'floats',
          },
        },
        pointers: [...operands.map(({ pointer }) => pointer), { tensor: target }],
      };
    },
  });
  return true;
}
