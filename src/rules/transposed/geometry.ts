/** The geometry of a ConvTranspose axis by axis, with open sizes as symbols. */
import type { Inference } from '../../infer/infer.js';
import { add, type Dim, mul, sub } from '../../ir/dim.js';
import type { Node } from '../../ir/graph.js';
import { isConcrete } from '../../ir/shape.js';
import { attributesOf } from '../../ops/bind.js';
import { type ConvTransposeAttributes, convTranspose } from '../../ops/convolution/conv-transpose.js';
import { type AutoPad, splitPads } from '../../ops/convolution/window.js';
import { factsOf } from '../facts.js';
import type { RuleContext } from '../rule.js';

export interface TransposedAxis {
  /** Axis of the tensor; the first spatial axis is 2. */
  readonly axis: number;
  readonly input: Dim;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** (kernel − 1)·dilation + 1 */
  readonly extent: number;
  readonly outputPadding: number;
  /** The attribute's value, whether or not it has an effect. */
  readonly padBegin: number;
  readonly padEnd: number;
  /** (input − 1)·stride + extent: the elements that the kernel reaches, without output_padding. */
  readonly reach: Dim;
  /** The size that output_shape or SAME requests; undefined if the pads decide. */
  readonly wanted: Dim | undefined;
}

export interface Transposed {
  readonly node: Node;
  readonly autoPad: AutoPad;
  /** What decides the size (src/ops/convolution/conv-transpose.ts). */
  readonly decidedBy: 'output_shape' | 'SAME' | 'VALID' | 'pads';
  readonly axes: readonly TransposedAxis[];
  readonly attributes: ConvTransposeAttributes;
}

const known = new WeakMap<Inference, readonly Transposed[]>();

/** Every ConvTranspose whose kernel size is known and whose attributes fit it; inference reports the others. */
export function transposedConvolutions({ model, inference }: RuleContext): readonly Transposed[] {
  let all = known.get(inference);
  if (all === undefined) {
    all = [...factsOf(model).nodes()].flatMap((node) => describe(node, inference) ?? []);
    known.set(inference, all);
  }
  return all;
}

function describe(node: Node, { types }: Inference): Transposed | undefined {
  const attributes = attributesOf(convTranspose.ConvTranspose, node);
  if (attributes === undefined) return undefined;
  const shapeOf = (i: number) => {
    const value = node.inputs[i];
    return value && types.get(value)?.shape;
  };
  const x = shapeOf(0);
  const kernel = attributes.kernel_shape ?? shapeOf(1)?.slice(2);
  if (x === undefined || kernel === undefined || !isConcrete(kernel)) return undefined;
  const rank = kernel.length;
  const { auto_pad: autoPad, output_shape: outputShape } = attributes;
  const list = (given: readonly number[] | undefined, length: number, fallback: number) =>
    given ?? new Array<number>(length).fill(fallback);
  const strides = list(attributes.strides, rank, 1);
  const dilations = list(attributes.dilations, rank, 1);
  const outputPadding = list(attributes.output_padding, rank, 0);
  const pads = list(attributes.pads, 2 * rank, 0);
  const fits =
    rank > 0 &&
    x.length === rank + 2 &&
    strides.length === rank &&
    dilations.length === rank &&
    outputPadding.length === rank &&
    pads.length === 2 * rank &&
    [...strides, ...dilations, ...kernel].every((value) => value >= 1) &&
    (outputShape === undefined || outputShape.length === rank || outputShape.length === rank + 2);
  if (!fits) return undefined;
  const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  const axes = kernel.map((size, i): TransposedAxis => {
    const input = x[i + 2]!;
    const extent = (size - 1) * dilations[i]! + 1;
    return {
      axis: i + 2,
      input,
      kernel: size,
      stride: strides[i]!,
      dilation: dilations[i]!,
      extent,
      outputPadding: outputPadding[i]!,
      padBegin: pads[i]!,
      padEnd: pads[i + rank]!,
      reach: add(mul(sub(input, 1), strides[i]!), extent),
      wanted: outputShape?.slice(-rank)[i] ?? (isSame ? mul(input, strides[i]!) : undefined),
    };
  });
  const decidedBy =
    outputShape !== undefined ? 'output_shape' : isSame ? 'SAME' : autoPad === 'VALID' ? 'VALID' : 'pads';
  return { node, autoPad, decidedBy, axes, attributes };
}

/** The number of elements to crop (to add, if negative) to get the wanted size; undefined if no size is wanted. */
export function excessOf({ reach, outputPadding, wanted }: TransposedAxis): Dim | undefined {
  return wanted === undefined ? undefined : sub(add(reach, outputPadding), wanted);
}

/** An axis in terms of pads and output_padding only. */
export interface ExplicitAxis {
  readonly padBegin: number;
  readonly padEnd: number;
  readonly outputPadding: number;
}

/**
 * The axis in terms of pads and output_padding; undefined if the pads depend on the input's size, or no pads give the
 * size.
 */
export function explicitAxis(axis: TransposedAxis, { autoPad, decidedBy }: Transposed): ExplicitAxis | undefined {
  const { outputPadding, padBegin, padEnd, stride } = axis;
  if (decidedBy === 'pads') return { padBegin, padEnd, outputPadding };
  if (decidedBy === 'VALID') return { padBegin: 0, padEnd: 0, outputPadding };
  const excess = excessOf(axis);
  if (typeof excess !== 'number') return undefined;
  if (excess < 0) {
    const added = outputPadding - excess;
    return added < stride ? { padBegin: 0, padEnd: 0, outputPadding: added } : undefined;
  }
  const { begin, end } = splitPads(excess, autoPad);
  // Elements that are added at the end and cropped again cancel.
  const both = Math.min(end, outputPadding);
  return { padBegin: begin, padEnd: end - both, outputPadding: outputPadding - both };
}

export function explicitAxes(transposed: Transposed): readonly ExplicitAxis[] | undefined {
  const axes = transposed.axes.map((axis) => explicitAxis(axis, transposed));
  return axes.every((axis) => axis !== undefined) ? axes : undefined;
}

/** `pads = [0, 0, 1, 1], output_padding = [1, 1]` */
export function formatExplicit(axes: readonly ExplicitAxis[]): string {
  const pads = [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)];
  const added = axes.map(({ outputPadding }) => outputPadding);
  const tail = added.some((value) => value !== 0) ? `, output_padding = [${added.join(', ')}]` : '';
  return `pads = [${pads.join(', ')}]${tail}`;
}

/** The hint that a finding about padding ends with. */
export function explicitHint(transposed: Transposed): string {
  const axes = explicitAxes(transposed);
  if (axes !== undefined) return `write it as ${formatExplicit(axes)}; unstride fix does it`;
  return 'the pads depend on the size of the input: export the model for fixed sizes, or write pads and output_padding in the framework';
}
