/**
 * What becomes of the products of queries and keys up to Softmax: elementwise nodes, between which a Reshape may cut or join
 * the axes around the matrices, as networks do that have a mask for each window of a picture.
 */
import type { Node, Value } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { reshaping } from '../../ops/movement/reshape.js';
import { paddedRow } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { type Chain, epilogueOf } from '../elementwise/chain.js';
import { broadcastStrides } from '../elementwise/loops.js';
import { isNumber, numberRow } from '../elementwise/operands.js';
import { settled } from '../elementwise/quantized-part.js';

export interface ScoreChain {
  readonly chain: Chain | undefined;
  /** Elementwise nodes and Reshapes. */
  readonly nodes: readonly Node[];
  readonly output: Value;
  /** For each operand the dims that it is broadcast to. */
  readonly views: readonly (readonly number[])[];
  /** The axes around the matrices, cut as finely as some view has them; none has size 1. */
  readonly axes: readonly number[];
}

const maxInputs = 4;

/** The nodes after products of `dims`; undefined where a Reshape among them mixes matrices. */
export function scoreChain(context: LoweringContext, scores: Value, dims: readonly number[]): ScoreChain | undefined {
  const nodes: Node[] = [];
  const views: (readonly number[])[] = [];
  let [output, own, chain]: [Value, readonly number[], Chain | undefined] = [scores, dims, undefined];
  let axes = commonAxes(dims.slice(0, -2), []);
  for (;;) {
    const before: readonly (Value | undefined)[] = chain?.inputs.slice(1) ?? [];
    const onto = own;
    const next = epilogueOf(context, output, {
      accepts: (value, operand) => isOperand(operand, onto) && context.values.constant(value)?.type !== 'string',
      maxInputs,
      start: chain && { tree: chain.tree, inputs: before.filter((value) => value !== undefined) },
    });
    // What is broadcast to other axes here than it was before would need strides of both.
    const isSeenTwice = (value: Value | undefined) =>
      value !== undefined &&
      before.includes(value) &&
      context.values
        .dims(value)!
        .slice(0, -2)
        .some((size) => size > 1);
    if (next?.nodes.some(({ inputs }) => inputs.some(isSeenTwice))) return undefined;
    if (next !== undefined) {
      nodes.push(...next.nodes);
      while (views.length < next.inputs.length - 1) views.push(onto);
      [chain, output] = [{ ...next, nodes }, next.output];
    }
    const reader = onlyReader(context, output);
    const reshape = reader && boundAs(reshaping.Reshape, reader);
    if (reader === undefined || reshape?.inputs.data !== output) break;
    const shape = context.values.floatDims(reshape.outputs.reshaped);
    if (shape === undefined || shape.slice(-2).join() !== dims.slice(-2).join()) return undefined;
    axes = axes && commonAxes(axes, shape.slice(0, -2));
    nodes.push(reader);
    [output, own] = [reshape.outputs.reshaped, shape];
  }
  if (axes === undefined || own.join() !== dims.join()) return undefined;
  return { chain: chain && { ...chain, nodes, output }, nodes, output, views, axes };
}

/** Whether an epilogue of the products can read a value of `own` dims: numbers for each key, or one for matrices of them. */
function isOperand(own: readonly number[], dims: readonly number[]): boolean {
  if (isNumber(own)) return true;
  if (own.length > dims.length) return false;
  const isRepeated = own.at(-1) === 1 && (own.at(-2) ?? 1) === 1;
  if (!isRepeated && own.at(-1) !== dims.at(-1)) return false;
  return own.every((size, i) => size === 1 || size === dims[i + dims.length - own.length]);
}

/** The one node that reads a value, once, where the caller does not get it. */
export function onlyReader({ uses }: LoweringContext, value: Value): Node | undefined {
  const [reader, ...others] = uses.readers(value);
  if (reader === undefined || others.length > 0 || uses.isReturned(value)) return undefined;
  return reader.inputs.filter((input) => input === value).length === 1 ? reader : undefined;
}

/** Axes that both lists become by joining neighbors; undefined where there are none. */
export function commonAxes(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const ends = [a, b].flatMap((sizes) => sizes.map((_, i) => sizes.slice(i).reduce((all, size) => all * size, 1)));
  const sorted = [...new Set([1, ...ends])].sort((x, y) => x - y);
  const sizes = sorted.slice(1).map((end, i) => end / sorted[i]!);
  return sizes.every(Number.isInteger) ? sizes.reverse() : undefined;
}

/** The strides along `axes` of something that has `strides` along `sizes`, which are joined from these. */
export function stridesAlong(axes: readonly number[], sizes: readonly number[], strides: readonly number[]): number[] {
  const result: number[] = [];
  for (let axis = sizes.length - 1, at = axes.length - 1; axis >= 0; axis--) {
    for (let left = sizes[axis]!, stride = strides[axis]!; left > 1; at--) {
      result.unshift(stride);
      stride *= axes[at]!;
      left /= axes[at]!;
    }
  }
  return result;
}

/** The tree on the products, and its operands with their strides along the axes around the matrices, and from query to query. */
export function scoreEpilogue(context: LoweringContext, { chain, views, axes }: ScoreChain) {
  const values = (chain?.inputs ?? []).filter((value) => value !== undefined);
  const operands = values.map((value, i) => {
    const [own, onto] = [context.values.dims(value)!, views[i]!];
    const keys = onto.at(-1)!;
    const isRepeated = keys > 1 && (own.at(-1) ?? 1) === 1;
    const each = isNumber(own) ? onto.map(() => 0) : broadcastStrides(own, onto);
    const strides = each.map((stride) => stride * (isRepeated ? paddedRow(keys) : 1));
    return {
      tensor: isRepeated ? numberRow(context, value, keys) : context.tensors.rowMajor(value),
      strides: stridesAlong(axes, onto.slice(0, -2), strides.slice(0, -2)),
      queryStride: strides.at(-2)!,
    };
  });
  return { tree: chain && settled(context, chain).tree, operands };
}
