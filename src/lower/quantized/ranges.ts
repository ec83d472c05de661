/** Ranges that convolutions of bytes keep of their results, for a DynamicQuantizeLinear that reads these, alone or joined with others. */
import type { Node, Value } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { concat } from '../../ops/movement/concat.js';
import { dynamicQuantizeLinearSchema } from '../../ops/quantization/schemas.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import { channelBlock } from '../../wasm/kernels/views.js';
import { type LoweringContext, perPlan } from '../context/context.js';
import { RowMajorTensor } from '../context/tensor.js';
import type { Pointer } from '../context/unplaced-step.js';

/** Shares of a layer that have a range each: whoever computes them, the range of all is the same. */
const shares = 64;
/** Numbers at each end: four lanes of each share. */
export const keptNumbers = shares * 4;

const kept = perPlan(() => new Map<Value, RowMajorTensor>());

/** The largest numbers of the shares of a value, and `keptNumbers` floats later the smallest ones. */
export function keptRange(context: LoweringContext, value: Value): RowMajorTensor | undefined {
  return kept(context).get(value);
}

/** The values that a value joins; undefined where it is none of a Concat. */
export function joinedBy(context: LoweringContext, value: Value): readonly Value[] | undefined {
  const inputs = boundAs(concat.Concat, context.uses.producer(value))?.inputs.inputs;
  return inputs?.every((input) => input !== undefined) ? (inputs as readonly Value[]) : undefined;
}

/** A new tensor for the range of what a layer makes, where it is asked for and no channel is padding. */
export function keepRange(context: LoweringContext, output: Value): RowMajorTensor | undefined {
  if (context.values.dims(output)![1]! % channelBlock !== 0) return undefined;
  const isQuantized = (reader: Node) => boundAs(dynamicQuantizeLinearSchema, reader) !== undefined;
  const isAsked = context.uses
    .readers(output)
    .some(
      (reader) =>
        isQuantized(reader) ||
        (boundAs(concat.Concat, reader) !== undefined && context.uses.readers(reader.outputs[0]!).some(isQuantized)),
    );
  if (!isAsked) return undefined;
  const range = new RowMajorTensor(`${output.name} range`, 2 * keptNumbers);
  kept(context).set(output, range);
  return range;
}

interface Built {
  readonly kernel: KernelSpec;
  readonly pointers: readonly Pointer[];
}

/** The kernel of a layer, with its range where it keeps one. */
export function withRange({ kernel, pointers }: Built, range: RowMajorTensor | undefined, scratch: number): Built {
  if (range === undefined || (kernel.name !== 'convolution' && kernel.name !== 'byte winograd'))
    return { kernel, pointers };
  return {
    kernel: {
      name: 'byte range',
      params: { of: kernel, pointers: pointers.length, units: shares, apart: keptNumbers },
    },
    pointers: [...pointers, { scratch }, { tensor: range }],
  };
}
