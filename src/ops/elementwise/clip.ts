/** Clip. */

import { isBigInt } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import type { Quantity, SymbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { float } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family, type ReferenceContext } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, numbers, reals } from '../type-set.js';
import { commonElementType } from './binary.js';
import { hasSymbol, mapSymbolic, maxQuantity, minQuantity } from './symbolic.js';
import { applyUnary, type UnaryKernel } from './unary.js';

interface Bounds {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/**
 * An absent bound does not limit even infinities. If the lower bound is above the upper one, the result is the upper
 * one.
 */
function clipKernel(min: number, max: number): UnaryKernel {
  return {
    number: (x) => Math.min(max, Math.max(x, min)),
    loop: (x, out) => {
      for (let i = 0; i < x.length; i++) out[i] = Math.min(max, Math.max(x[i]!, min));
    },
  };
}

function clip64(x: Tensor, min: Tensor | undefined, max: Tensor | undefined): Tensor {
  const low = min && (min.data as BigInt64Array)[0];
  const high = max && (max.data as BigInt64Array)[0];
  const bigint = (value: bigint) => {
    const raised = low !== undefined && value < low ? low : value;
    return high !== undefined && raised > high ? high : raised;
  };
  return applyUnary(x, { number: Number, bigint });
}

function clip(context: ReferenceContext<Bounds>): Tensor {
  const x = tensorAt(context, 0);
  const [, low, high] = context.inputs;
  if (isBigInt(x.type)) return clip64(x, low, high);
  const { min, max } = context.attributes;
  const least = (low && numbersOf(low)[0]) ?? min ?? Number.NEGATIVE_INFINITY;
  const most = (high && numbersOf(high)[0]) ?? max ?? Number.POSITIVE_INFINITY;
  return applyUnary(x, clipKernel(least, most));
}

/** From version 11 on, where bounds are inputs: clips sizes as integers. */
function clipSymbolic(context: InferContext<Bounds>): readonly (SymbolicTensor | undefined)[] | undefined {
  const x = context.known(0);
  if (context.version < 11 || x === undefined) return undefined;
  const bounds: (Quantity | undefined)[] = [];
  for (const i of [1, 2]) {
    const bound = context.known(i)?.elements[0];
    if (bound === undefined && context.inputs[i] !== undefined) return undefined;
    bounds.push(bound);
  }
  if (![...x.elements, ...bounds].some((value) => value !== undefined && hasSymbol(value))) return undefined;
  const [low, high] = bounds;
  return [
    mapSymbolic([x], x.type, ([value]) => {
      const raised = low === undefined ? value! : maxQuantity(value!, low);
      return raised === undefined || high === undefined ? raised : minQuantity(raised, high);
    }),
  ];
}

/** The greatest float32, which limits only infinities. */
const greatest = (2 - 2 ** -23) * 2 ** 127;

export const clipping = family(
  defineOperator({
    name: 'Clip',
    versions: [1, 6, 11, 12, 13],
    inputs: [required('input', 'T'), optional('min', 'T').from(11), optional('max', 'T').from(11)],
    outputs: [required('output', 'T')],
    types: { T: reals.from(12, numbers).from(13, bfloat16s) },
    isElementwise: true,
    attributes: {
      min: float().defaultFrom(6, -greatest).before(11),
      max: float().defaultFrom(6, greatest).before(11),
    },
    infer: (context) => [tensorType(commonElementType(context.inputs), context.shape(0))],
    symbolic: clipSymbolic,
    reference: (context) => [clip(context)],
  }),
);
