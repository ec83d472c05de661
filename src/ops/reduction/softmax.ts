/** Softmax, LogSoftmax, Hardmax. */
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { resultArray } from '../elementwise/element-types.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import { expandHardmax } from './hardmax-expansion.js';
import { type Lines, linesAlong } from './lines.js';

/** Transforms one line in place, in float64. */
export type LineKernel = (line: Float64Array) => void;

function largestOf(line: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < line.length; i++) largest = Math.max(largest, line[i]!);
  return largest;
}

export const softmaxLine: LineKernel = (line) => {
  const largest = largestOf(line);
  let sum = 0;
  for (let i = 0; i < line.length; i++) {
    line[i] = Math.exp(line[i]! - largest);
    sum += line[i]!;
  }
  for (let i = 0; i < line.length; i++) line[i]! /= sum;
};

export const logSoftmaxLine: LineKernel = (line) => {
  const largest = largestOf(line);
  let sum = 0;
  for (let i = 0; i < line.length; i++) sum += Math.exp(line[i]! - largest);
  const offset = largest + Math.log(sum);
  for (let i = 0; i < line.length; i++) line[i]! -= offset;
};

/** 1 at the first maximum. */
const hardmaxLine: LineKernel = (line) => {
  const best = line.indexOf(largestOf(line));
  line.fill(0);
  if (best >= 0) line[best] = 1;
};

export function mapLines(
  x: NumberArray,
  out: NumberArray,
  { length, stride, starts }: Lines,
  kernel: LineKernel,
): void {
  const line = new Float64Array(length);
  for (const start of starts) {
    for (let i = 0; i < length; i++) line[i] = x[start + i * stride]!;
    kernel(line);
    for (let i = 0; i < length; i++) out[start + i * stride] = line[i]!;
  }
}

/** Before version 13, all axes from this one on are flattened to one. */
export function linesOf(version: number, dims: readonly number[], axis: number): Lines {
  const first = normalizeAxis(axis, dims.length);
  if (version >= 13) return linesAlong(dims, first);
  return linesAlong([elementCount(dims.slice(0, first)), elementCount(dims.slice(first))], 1);
}

/** @param expand how nodes become others, of operators that do */
function defineSoftmax<const N extends string>(name: N, kernel: LineKernel, expand?: typeof expandHardmax) {
  return defineOperator({
    name,
    versions: [1, 11, 13],
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: reals.from(13, bfloat16s) },
    attributes: { axis: int(1).defaultFrom(13, -1) },
    infer: (context) => {
      const shape = context.shape(0);
      if (shape !== undefined) normalizeAxis(context.attributes.axis, shape.length);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => {
      const x = tensorAt(context, 0);
      const out = resultArray(x.type, x.size);
      mapLines(numbersOf(x), out, linesOf(context.version, x.dims, context.attributes.axis), kernel);
      return [tensorFromNumbers(x.type, x.dims, out)];
    },
    expand:
      expand &&
      (({ version, attributes, inputs, outputs }, expansion) =>
        expand(expansion, version, attributes.axis, inputs.input, outputs.output)),
  });
}

export const softmaxes = family(
  defineSoftmax('Softmax', softmaxLine),
  defineSoftmax('LogSoftmax', logSoftmaxLine),
  defineSoftmax('Hardmax', hardmaxLine, expandHardmax),
);
