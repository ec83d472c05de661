/** Elementwise nodes where nothing before them takes them as an epilogue: chains that become loops. */
import type { Node } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { modulo } from '../../ops/elementwise/modulo.js';
import { bitShiftSchema, bitwiseNotSchema, bitwiseSchemas } from '../../ops/elementwise/schemas.js';
import type { OperatorSchema } from '../../ops/operator.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import { input } from '../../wasm/kernels/elementwise-expression.js';
import { isByteTensor } from '../context/bytes.js';
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
  floatsAndSmallIntegers,
  type GeneralReason,
  integers,
  kernelsOf,
  type Lowering,
  unfitValue,
  unusableInputs,
} from '../lowering.js';
import { keepsNumbers, placeCasts } from './cast.js';
import { type ChainOptions, chainFrom, integerOperators, isChained } from './chain.js';
import { elementwiseOperators, type Misfit, misfitOf } from './expression.js';
import { lowerIntegers } from './integer-nodes.js';
import { addElementwise, addLoop } from './loops.js';
import { isNhwc8Operand } from './operands.js';
import { bytesPutOff, dequantizeConstant, isReadAsBytes, quantizationTree } from './quantize.js';
import { settled } from './zero-points.js';

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

/** Operators that have no tree of floats. */
function lowerIntegerNode(context: LoweringContext, node: Node): typeof unfitValue | undefined {
  return lowerIntegers(context, node) ? undefined : unfitValue;
}

function lowerTree(context: LoweringContext, node: Node): GeneralReason | undefined {
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
  if (chain.nodes.length === 1 && isDequantizedByReaders(context, node)) return putOff(context, node);
  addLoop(context, { ...settled(context, chain), inputs: chain.inputs.map((value) => value!) }, hasNhwc8);
  return undefined;
}

/** Whether a DequantizeLinear of bytes is best left to its readers, all of which are elementwise: bytes are a quarter of floats. */
function isDequantizedByReaders(context: LoweringContext, node: Node): boolean {
  const { x, x_scale: scale, x_zero_point: zero } = boundAs(dequantizeLinearSchema, node)?.inputs ?? {};
  const [output] = node.outputs;
  if (x === undefined || output === undefined || !isByteTensor(context, x) || context.uses.isReturned(output))
    return false;
  if ([scale, zero].some((value) => value !== undefined && context.values.vector(value)?.length !== 1)) return false;
  const readers = context.uses.readers(output);
  return context.tensors.isOnlyBytes(x) && readers.length > 0 && readers.every(isChained);
}

/** Has the node computed only where its readers do not take what it reads. */
function putOff(context: LoweringContext, node: Node): undefined {
  context.done.add(node);
  context.tensors.makeLater(node.outputs[0]!, () => {
    const inputs = node.inputs.slice(0, 1).map((value) => value!);
    const tree = quantizationTree(context, node, context.values.dims(inputs[0])!.length, () => input(0));
    addElementwise(context, { nodes: [node], tree: tree!, inputs, output: node.outputs[0]! });
  });
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

export const elementwiseLowerings: readonly Lowering[] = [
  ...elementwiseOperators.map(({ schema, misfit }) => {
    if (schema.name === 'Cast') return defineLowering(schema, kernelsOf(anyElements, [otherTypes]), lowerCast);
    return defineLowering(schema, kernelsOf(kinds.get(schema.name) ?? floats, misfit && [misfit]), lowerElementwise);
  }),
  defineLowering(modulo.Mod, kernelsOf(floatsAndIntegers), lowerIntegerNode),
  ...[bitwiseSchemas.and, bitwiseSchemas.or, bitwiseSchemas.xor, bitwiseNotSchema, bitShiftSchema].map((schema) =>
    defineLowering(schema as OperatorSchema, kernelsOf(integers), lowerIntegerNode),
  ),
  defineLowering(quantizeLinearSchema, kernelsOf(floatsAndSmallIntegers), lowerTree),
  defineLowering(dequantizeLinearSchema, kernelsOf(floatsAndSmallIntegers), (context, node) => {
    if (dequantizeConstant(context, node)) return undefined;
    return isReadAsBytes(context, node) ? putOff(context, node) : lowerTree(context, node);
  }),
];
