/** Proposes edits that could make the inputs of a misfit equal. Inference decides whether they do. */
import type { RemedyEdit, RemedyKind } from '../diagnostics.js';
import { type Node, referenceTo } from '../ir/graph.js';
import { isConcrete } from '../ir/shape.js';
import { boundAs } from '../ops/bind.js';
import { type ConvTransposeAttributes, convTranspose } from '../ops/convolution/conv-transpose.js';
import type { Misfit, Side } from './misfit.js';
import { isScaling, type SizeStep } from './size-chain.js';
import type { SizedGraph } from './view.js';

/** Edits of one kind; undefined if the kind does not apply. */
export function propose(kind: RemedyKind, misfit: Misfit, view: SizedGraph): readonly RemedyEdit[] | undefined {
  switch (kind) {
    case 'pad':
    case 'crop':
      return adjustInputs(kind, misfit, view);
    case 'output_padding':
    case 'output_shape':
      return adjustUpsampling(kind, misfit, view);
  }
}

function adjustInputs(kind: 'pad' | 'crop', { node, axes }: Misfit, view: SizedGraph): readonly RemedyEdit[] {
  const pick = kind === 'pad' ? Math.max : Math.min;
  const edits = new Map<number, number[]>();
  for (const sides of axes) {
    const target = pick(...sides.map(({ size }) => size));
    for (const { input, value, axis, size } of sides) {
      if (size === target) continue;
      const rank = view.shape(value)!.length;
      const values = edits.get(input) ?? new Array<number>(2 * rank).fill(0);
      edits.set(input, values);
      const difference = Math.abs(size - target);
      values[axis] = Math.floor(difference / 2);
      values[axis + rank] = Math.ceil(difference / 2);
    }
  }
  return [...edits].map(([input, values]) => ({ node: referenceTo(node), input, values }));
}

/** A ConvTranspose with the output size that it should have along each spatial axis. */
interface Wanted {
  readonly node: Node;
  readonly attributes: ConvTransposeAttributes;
  readonly kernel: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly wanted: number[];
}

function adjustUpsampling(
  kind: 'output_padding' | 'output_shape',
  { axes }: Misfit,
  view: SizedGraph,
): readonly RemedyEdit[] | undefined {
  const wanted = new Map<Node, Wanted>();
  for (const sides of axes) {
    const target = targetOf(sides, kind);
    for (const side of sides) {
      if (side.size === target) continue;
      const step = upsamplingOf(side);
      const item = step && (wanted.get(step.node) ?? describe(step.node, view));
      if (step === undefined || item === undefined) return undefined;
      wanted.set(step.node, item);
      item.wanted[step.axis - 2] = item.output[step.axis - 2]! + target - side.size;
    }
  }
  const edits: RemedyEdit[] = [];
  for (const item of wanted.values()) {
    const values = kind === 'output_padding' ? outputPaddingFor(item) : outputShapeFor(item);
    if (values === undefined) return undefined;
    edits.push({ node: referenceTo(item.node), values });
  }
  return edits;
}

/** The upsampled side is adapted to the other one. output_padding can only enlarge it. */
function targetOf(sides: readonly Side[], kind: 'output_padding' | 'output_shape'): number {
  const fixed = sides.filter((side) => upsamplingOf(side) === undefined).map(({ size }) => size);
  return kind === 'output_padding' || fixed.length === 0
    ? Math.max(...sides.map(({ size }) => size))
    : Math.max(...fixed);
}

/** The ConvTranspose that produced the size, if nothing after it scales. */
function upsamplingOf({ chain }: Side): SizeStep | undefined {
  const last = chain.steps.findLast(({ node }) => isScaling(node));
  return last?.node.opType === 'ConvTranspose' ? last : undefined;
}

function describe(node: Node, view: SizedGraph): Wanted | undefined {
  const bound = boundAs(convTranspose.ConvTranspose, node);
  if (bound === undefined) return undefined;
  const { attributes, inputs, outputs } = bound;
  const [kernel, input, output] = [inputs.W, inputs.X, outputs.Y].map((value) => {
    const sizes = view.shape(value)?.slice(2);
    return sizes !== undefined && isConcrete(sizes) ? sizes : undefined;
  });
  if (kernel === undefined || input === undefined || output === undefined) return undefined;
  return { node, attributes, kernel, input, output, wanted: [...output] };
}

/** Only if pads decide the size and the result is less than the stride, as all tools require. */
function outputPaddingFor({ attributes, output, wanted }: Wanted): readonly number[] | undefined {
  const { auto_pad, output_padding, output_shape, strides } = attributes;
  if (output_shape !== undefined || auto_pad !== 'NOTSET') return undefined;
  const values = wanted.map((size, i) => (output_padding?.[i] ?? 0) + size - output[i]!);
  return values.every((value, i) => value >= 0 && value < (strides?.[i] ?? 1)) ? values : undefined;
}

/** Only sizes that a non-negative padding gives, since tools disagree on others. */
function outputShapeFor({ attributes, kernel, input, wanted }: Wanted): readonly number[] | undefined {
  const { dilations, output_padding, strides } = attributes;
  const fits = wanted.every((size, i) => {
    const stride = strides?.[i] ?? 1;
    const extent = (kernel[i]! - 1) * (dilations?.[i] ?? 1) + 1;
    const natural = (input[i]! - 1) * stride + extent + (output_padding?.[i] ?? 0);
    return size >= 1 && size <= natural;
  });
  return fits ? wanted : undefined;
}
