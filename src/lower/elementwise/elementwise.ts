/** Elementwise nodes where nothing before them takes them as an epilogue: chains that become loops. */
import type { Node } from '../../ir/graph.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import type { LoweringContext } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import {
  defineLowering,
  floats,
  floatsAndIntegers,
  type GeneralReason,
  kernelsOf,
  type Lowering,
  unfitValue,
  unusableInputs,
} from '../lowering.js';
import { keepsNumbers, placeCasts } from './cast.js';
import { type ChainOptions, chainFrom, integerOperators, isChained } from './chain.js';
import { elementwiseOperators, type Misfit, misfitOf } from './expression.js';
import { addLoop } from './loops.js';
import { isNhwc8Operand } from './operands.js';
import { dequantizeConstant } from './quantize.js';
import { settled } from './zero-points.js';

const maxInputs = 6;

const otherResult = 'a result that is no float';
type Reason = Misfit | GeneralReason;

function lowerCast(context: LoweringContext, node: Node): Reason | typeof otherResult | undefined {
  return keepsNumbers(context, node) ? lowerElementwise(context, node) : otherResult;
}

function lowerElementwise(context: LoweringContext, node: Node): Reason | undefined {
  return isChained(node) ? lowerTree(context, node) : (misfitOf(node) ?? unfitValue);
}

function lowerTree(context: LoweringContext, node: Node): GeneralReason | undefined {
  const onto = context.values.sizedDims(node.outputs[0]);
  if (onto === undefined) return unfitValue;
  const size = nhwc8Size(onto);
  const hasNhwc8 = node.inputs.some((value) => {
    const dims = value && context.tensors.representableDims(value);
    if (value === undefined || dims === undefined || size === undefined || !context.tensors.isOnlyNhwc8(value))
      return false;
    const own = nhwc8Size(dims);
    return own !== undefined && isSameSize(own, size);
  });
  const nhwc8: ChainOptions = { accepts: (_value, dims) => isNhwc8Operand(dims, onto, true), maxInputs };
  const rowMajor: ChainOptions = { accepts: (_value, dims) => dims.length <= onto.length, maxInputs };
  const chain = (hasNhwc8 ? chainFrom(context, node, nhwc8) : undefined) ?? chainFrom(context, node, rowMajor);
  if (chain === undefined) return readsOtherTypes(context, node) ? unfitValue : unusableInputs;
  if (placeCasts(context, chain)) return undefined;
  addLoop(context, { ...settled(context, chain), inputs: chain.inputs.map((value) => value!) }, hasNhwc8);
  return undefined;
}

/** Whether a value is of a type that the node's tree does not compute with. */
function readsOtherTypes({ values }: LoweringContext, { opType, inputs, outputs }: Node): boolean {
  const keepsIntegers = integerOperators.has(opType);
  return [...inputs, ...outputs].some((value) => {
    const type = value && values.elementType(value);
    return type !== undefined && type !== 'float32' && type !== 'bool' && !(keepsIntegers && isSmallInteger(type));
  });
}

export const elementwiseLowerings: readonly Lowering[] = [
  ...elementwiseOperators.map(({ schema, misfit }) => {
    if (schema.name === 'Cast') return defineLowering(schema, kernelsOf(floatsAndIntegers, [otherResult]), lowerCast);
    const types = integerOperators.has(schema.name) ? floatsAndIntegers : floats;
    return defineLowering(schema, kernelsOf(types, misfit && [misfit]), lowerElementwise);
  }),
  defineLowering(quantizeLinearSchema, kernelsOf(floatsAndIntegers), lowerTree),
  defineLowering(dequantizeLinearSchema, kernelsOf(floatsAndIntegers), (context, node) =>
    dequantizeConstant(context, node) ? undefined : lowerTree(context, node),
  ),
];
