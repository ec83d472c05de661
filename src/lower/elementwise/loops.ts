/** Elementwise steps as loops, over NHWC8 or over row-major tensors. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import type { ElementwiseParams } from '../../wasm/kernels/elementwise.js';
import { cost, type Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import { mergePointerAxes, type PointerAxis } from '../../wasm/kernels/rows.js';
import { paddedChannels, pixelAxes } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import { prefersNhwc8 } from '../layouts.js';
import { isNhwc8Operand, nhwc8Operand } from './operands.js';
import { addByteLoop } from './quantized-part.js';

/** What an elementwise step computes. */
export interface ElementwiseStep {
  readonly nodes: readonly Node[];
  readonly tree: Elementwise;
  readonly inputs: readonly Value[];
  readonly output: Value;
}

/** A loop in the layout that the first input has; the other inputs are broadcast to it. */
export function addElementwise(context: LoweringContext, step: ElementwiseStep): void {
  addLoop(context, step, prefersNhwc8(context, step.inputs[0]!));
}

/** @param hasNhwc8 whether some input is in NHWC8: the loop is over NHWC8 then, where all inputs can be */
export function addLoop(context: LoweringContext, step: ElementwiseStep, hasNhwc8: boolean): void {
  if (addByteLoop(context, step)) return;
  const { inputs, output } = step;
  const onto = context.values.dims(output)!;
  const size = nhwc8Size(onto);
  // NHWC8 would compute the padding channels too, and be converted for the caller afterwards.
  const isPadded = size !== undefined && size.channels <= 4 && context.uses.isReturned(output);
  const isAllNhwc8 =
    hasNhwc8 && !isPadded && inputs.every((value) => isNhwc8Operand(context.values.dims(value)!, onto, true));
  if (isAllNhwc8) nhwc8Loop(context, step, onto);
  else rowMajorLoop(context, step, onto);
}

function describe(nodes: readonly Node[]): string {
  return nodes.length <= 1 ? 'elementwise' : `elementwise, ${nodes.length} nodes`;
}

function nhwc8Loop(context: LoweringContext, step: ElementwiseStep, onto: readonly number[]): void {
  const { nodes, tree, inputs } = step;
  const operands = inputs.map((value) => nhwc8Operand(context, value, onto));
  const output = context.tensors.makeNhwc8(step.output);
  const operations = elementCount(onto) * Math.max(1, cost(tree));
  const overwritten = operands.find(
    ({ reads: [tensor] }) => tensor?.layout === 'nhwc8' && isSameSize(tensor.size, output.size),
  )?.reads[0];
  context.add({
    kind: 'kernel',
    algorithm: describe(nodes),
    nodes: nodes,
    reads: operands.flatMap(({ reads }) => reads),
    writes: [output],
    operations,
    work: operations + elementCount(onto) * 2,
    overwrites: overwritten,
    build: (placement) => {
      const target = placement.view(output);
      const views = [...operands.map((operand) => operand.view(placement)), target];
      const params: ElementwiseParams = {
        tree,
        axes: pixelAxes(target, views),
        channels: target.channels,
        writable: target.writable,
        isBroadcast: operands.map(({ isBroadcast }) => isBroadcast),
      };
      return {
        kernel: { name: 'elementwise', params },
        pointers: [...operands.map(({ pointer }) => pointer), { tensor: output }],
      };
    },
  });
}

/** @returns the strides of a tensor (default: in row-major order) along the axes of `onto`, 0 where they are broadcast */
export function broadcastStrides(
  dims: readonly number[],
  onto: readonly number[],
  strides: readonly number[] = rowMajorStrides(dims),
): number[] {
  const absent = onto.length - dims.length;
  return onto.map((_, axis) => (axis < absent || dims[axis - absent] === 1 ? 0 : strides[axis - absent]!));
}

/** A loop over row-major tensors: the outer axes, and the innermost one (`channels`), along which each stride is 1 or 0. */
export function rowMajorAxes(
  inputs: readonly (readonly number[])[],
  onto: readonly number[],
): { readonly axes: readonly PointerAxis[]; readonly channels: number; readonly isBroadcast: readonly boolean[] } {
  const strides = [...inputs, onto].map((dims) => broadcastStrides(dims, onto));
  const merged = mergePointerAxes(onto.map((size, axis) => ({ size, strides: strides.map((list) => list[axis]!) })));
  const last = merged.at(-1);
  if (last === undefined) return { axes: [], channels: 1, isBroadcast: inputs.map(() => false) };
  return {
    axes: merged.slice(0, -1),
    channels: last.size,
    isBroadcast: last.strides.slice(0, -1).map((stride) => stride === 0),
  };
}

function rowMajorLoop(context: LoweringContext, step: ElementwiseStep, onto: readonly number[]): void {
  const { nodes, tree, inputs } = step;
  const tensors = inputs.map((value) => context.tensors.rowMajor(value));
  const output = context.tensors.makeRowMajor(step.output);
  const elements = elementCount(onto);
  const operations = elements * Math.max(1, cost(tree));
  const { axes, channels, isBroadcast } = rowMajorAxes(
    inputs.map((value) => context.values.dims(value)!),
    onto,
  );
  // One run over the whole tensor may overwrite what follows its end, up to a vector.
  const writable = axes.length === 0 ? paddedChannels(channels) : channels;
  const params: ElementwiseParams = { tree, axes, channels, writable, isBroadcast };
  const index = inputs.findIndex((value) => elementCount(context.values.dims(value)!) === elements);
  const overwritten = tensors[index];
  context.add({
    kind: 'kernel',
    algorithm: describe(nodes),
    nodes: nodes,
    reads: tensors,
    writes: [output],
    operations,
    work: operations + elements * 2,
    overwrites: overwritten?.part === undefined && overwritten?.constant === undefined ? overwritten : undefined,
    build: () => ({
      kernel: { name: 'elementwise', params },
      pointers: [...tensors.map((tensor) => ({ tensor })), { tensor: output }],
    }),
  });
}
