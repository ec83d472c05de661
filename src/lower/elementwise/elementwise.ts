/** Elementwise nodes where nothing before them takes them as an epilogue: chains that become loops. */
import type { Node } from '../../ir/graph.js';
import type { LoweringContext } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import { isSameSize, nhwc8Size } from '../context/tensor.js';
import {
  anyElements,
  bools,
  defineLowering,
  type ElementKind,
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
import { elementwiseOperators, type Misfit, misfitOf, type Translation } from './expression.js';
import { lowerIntegers } from './integer-nodes.js';
import { addLoop } from './loops.js';
import { isNhwc8Operand } from './operands.js';
import { bytesPutOff, isLeftToReaders, settled } from './quantized-part.js';

const maxInputs = 6;

const otherTypes = 'types that the arena does not hold';
type Reason = Misfit | GeneralReason;

function lowerCast(context: LoweringContext, node: Node): Reason | typeof otherTypes | undefined {
  if (keepsNumbers(context, node) && lowerTree(context, node) === undefined) return undefined;
  if (lowerIntegers(context, node)) return undefined;
  return context.values.sizedDims(node.outputs[0]) === undefined ? unfitValue : otherTypes;
}

function lowerElementwise(context: LoweringContext, node: Node): Reason | undefined {
  if (!isChained(node)) return misfitOf(node) ?? unfitValue;
  const reason = lowerTree(context, node);
  return reason === undefined || lowerIntegers(context, node) ? undefined : reason;
}

/** A loop of the chain that begins with the node. */
export function lowerTree(context: LoweringContext, node: Node): GeneralReason | undefined {
  const onto = context.values.sizedDims(node.outputs[0]);
  if (onto === undefined) return unfitValue;
  const size = nhwc8Size(onto);
  const hasNhwc8 = node.inputs.some((value) => {
    const dims = value && context.tensors.representableDims(value);
    if (value === undefined || dims === undefined || size === undefined) return false;
    if (!context.tensors.isOnlyNhwc8(bytesPutOff(context, value) ?? value)) return false;
    const own = nhwc8Size(dims);
    return own !== undefined && isSameSize(own, size);
  });
  const nhwc8: ChainOptions = {
    accepts: (_value, dims) => isNhwc8Operand(dims, onto, true),
    maxInputs,
    dequantizes: true,
  };
  const rowMajor: ChainOptions = { accepts: (_value, dims) => dims.length <= onto.length, maxInputs };
  const chain = (hasNhwc8 ? chainFrom(context, node, nhwc8) : undefined) ?? chainFrom(context, node, rowMajor);
  if (chain === undefined) return readsOtherTypes(context, node) ? unfitValue : unusableInputs;
  if (placeCasts(context, chain)) return undefined;
  if (chain.nodes.length === 1 && isLeftToReaders(context, node)) return undefined;
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

/** By operator, of those that compute with more than floats. */
const kinds: ReadonlyMap<string, readonly ElementKind[]> = new Map([
  ...named(['Abs', 'Add', 'Clip', 'Div', 'Max', 'Min', 'Mul', 'Neg', 'Pow', 'Relu', 'Sign', 'Sub'], floatsAndIntegers),
  ...named(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'], floatsAndIntegers),
  ...named(['And', 'Not', 'Or', 'Xor'], bools),
  ...named(['Equal', 'Identity', 'Where'], anyElements),
]);

function named(names: readonly string[], list: readonly ElementKind[]) {
  return names.map((name) => [name, list] as const);
}

/** Lowerings of elementwise operators. */
export function loweringsOf(operators: readonly Pick<Translation, 'schema' | 'misfit'>[]): readonly Lowering[] {
  return operators.map(({ schema, misfit }) => {
    if (schema.name === 'Cast') return defineLowering(schema, kernelsOf(anyElements, [otherTypes]), lowerCast);
    return defineLowering(schema, kernelsOf(kinds.get(schema.name) ?? floats, misfit && [misfit]), lowerElementwise);
  });
}

export const elementwiseLowerings: readonly Lowering[] = loweringsOf(elementwiseOperators);
