/**
 * Conv and ConvTranspose: windows over the input for each output phase, then the form that is expected to be fastest
 * (convolution-cost.ts). A convolution has one phase; a transposed one has one for each remainder of output positions by
 * the strides, each a stride-1 convolution with the taps that reach it.
 */
import type { Node, Value } from '../ir/graph.js';
import type { Candidate } from '../plan/execution-plan.js';
import { defaultTile } from '../wasm/kernels/convolution.js';
import { cost, type Elementwise, input, unary } from '../wasm/kernels/elementwise-expression.js';
import { product } from '../wasm/kernels/kernel.js';
import { settled } from './centred.js';
import { type Chain, type ChainStart, epilogueOf } from './chain.js';
import type { LoweringContext } from './context/context.js';
import type { Size } from './context/tensor.js';
import { type Choice, formsOf } from './convolution-forms.js';
import { ConvolutionEmitter } from './convolution-steps.js';
import { epilogueOperand, isEpilogueOperand } from './operands.js';
import type { Phase } from './windows.js';

/** A layer, whatever the operator was. */
export interface ConvolutionLayer {
  readonly node: Node;
  readonly x: Value;
  readonly weights: Value;
  readonly bias: Value | undefined;
  readonly groups: number;
  readonly phases: readonly Phase[];
  readonly input: Size;
  readonly output: Size;
  /** Distances in the weights: of taps along the kernel's axes, of input and output channels, of groups. */
  readonly strides: WeightStrides;
  /** One spatial axis: it is taken as the height, so that threads share it. */
  readonly isLine: boolean;
  /** Of integers: what becomes of the sums. */
  readonly integerSums?: IntegerSums | undefined;
}

export interface IntegerSums {
  readonly finish: (sum: Elementwise) => ChainStart;
  /** Whether they have to be the integers themselves, which transforms only come close to. */
  readonly isExact: boolean;
}

export interface WeightStrides {
  readonly slice: number;
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  readonly output: number;
  readonly group: number;
}

/** Operands of an epilogue: more pointers than that spill. */
const maxOperands = 3;

export function lowerConvolution(context: LoweringContext, layer: ConvolutionLayer): void {
  const { tier, prefer } = context.options;
  const choices = formsOf(context, layer).filter(
    ({ form: { name } }) => layer.integerSums?.isExact !== true || !name.startsWith('winograd'),
  );
  const isPreferred = ({ form }: Choice) => JSON.stringify(form) === JSON.stringify(prefer);
  const { form } = choices.find(isPreferred) ?? choices[0]!;
  const candidates: Candidate[] = choices.map(({ algorithm, nanoseconds }) => ({
    algorithm,
    microseconds: Math.round(nanoseconds / 10) / 100,
  }));
  // Transforms leave sums of integers next to what they are.
  const isTransformed = form.name.startsWith('winograd');
  const sum = layer.node.outputs[0]!;
  const onto = context.values.dims(sum)!;
  const chain = epilogueOf(context, sum, {
    accepts: (_value, dims) => isEpilogueOperand(dims, onto) && layer.groups === 1,
    maxInputs: maxOperands + 1,
    start: layer.integerSums?.finish(isTransformed ? unary('round', input(0)) : input(0)),
  });
  const isLeft = chain !== undefined && layer.integerSums === undefined && isCheaperFlat(context, chain, layer);
  const epilogue = isLeft || chain === undefined ? undefined : settled(context, chain);
  const output = epilogue?.output ?? sum;
  const operands = (epilogue?.inputs ?? []).flatMap((value) =>
    value === undefined ? [] : [epilogueOperand(context, value, onto)],
  );
  const source = context.tensors.inner(layer.x);
  const emitter = new ConvolutionEmitter(
    context,
    layer,
    epilogue,
    operands,
    source,
    context.tensors.makeInner(output),
    candidates,
  );
  const tile = defaultTile[tier];
  switch (form.name) {
    case 'winograd':
    case 'winograd steps':
    case 'winograd panels':
      emitter.winograd(form, tile);
      break;
    default:
      emitter.direct(form.name, tile);
  }
}

/** A costly epilogue of few channels wastes lanes on their padding: in ONNX order, which the caller wants anyway, none. */
function isCheaperFlat(context: LoweringContext, { tree, inputs, output }: Chain, layer: ConvolutionLayer): boolean {
  return inputs.length === 1 && context.uses.isReturned(output) && layer.output.channels <= 4 && cost(tree) >= 20;
}

export function weightStrides(w: readonly number[], groups: number, isTransposed: boolean): WeightStrides {
  const [first, second, ...kernel] = w as [number, number, ...number[]];
  const size = product(kernel);
  const inner = second * size;
  return {
    slice: product(kernel.slice(-2)),
    row: kernel.length === 1 ? 1 : kernel.at(-1)!,
    column: 1,
    channel: isTransposed ? inner : size,
    output: isTransposed ? size : inner,
    group: (first / groups) * inner,
  };
}
