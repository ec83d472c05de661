/**
 * QuantizeLinear and DequantizeLinear as trees. Quantized integers are float32 in the arena, which has them exactly, so both
 * operators are arithmetic like any other.
 */
import type { ElementType } from '../../ir/element-type.js';
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { boundAs } from '../../ops/bind.js';
import { convTranspose } from '../../ops/convolution/conv-transpose.js';
import { integerRange } from '../../ops/quantization/quantized-storage.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import { binary, clip, constant, type Elementwise, unary } from '../../wasm/kernels/elementwise-expression.js';
import type { Float8 } from '../../wasm/kernels/small-floats.js';
import { isByteTensor } from '../context/bytes.js';
import { type LoweringContext, perPlan } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';

export function isQuantization(node: Node): boolean {
  return boundAs(quantizeLinearSchema, node) !== undefined || boundAs(dequantizeLinearSchema, node) !== undefined;
}

/**
 * clip(round(quotient) + zero) to the range of `type`, halves to even. A constant zero point is added last, after clipping, so
 * that a subtraction that follows cancels it.
 */
export function quantized(quotient: Elementwise, zero: Elementwise, type: ElementType): Elementwise {
  const { min, max } = integerRange(type);
  const rounded = unary('round', quotient);
  if (zero.kind !== 'constant') return clip(binary('add', rounded, zero), min, max);
  const bounded = clip(rounded, min - zero.value, max - zero.value);
  // Also where it is 0: integers have no negative zero.
  return binary('add', bounded, zero);
}

/** x - zero, where zero may cancel an addition that x ends with. */
export function subtractZeroPoint(x: Elementwise, zero: Elementwise): Elementwise {
  if (zero.kind === 'constant' && zero.value === 0) return x;
  const isSum = x.kind === 'binary' && x.op === 'add' && x.b.kind === 'constant' && zero.kind === 'constant';
  return isSum && x.b.value === zero.value ? binary('add', x.a, constant(0)) : binary('sub', x, zero);
}

/**
 * The tree of one of the two nodes.
 * @param rank of the tensor
 * @param treeOf the tree of a value that is broadcast to the tensor
 * @returns undefined for scales in blocks, computed scales along an axis, and types that are not representable in the arena
 */
export function quantizationTree(
  context: LoweringContext,
  node: Node,
  rank: number,
  treeOf: (value: Value) => Elementwise | undefined,
): Elementwise | undefined {
  const quantize = boundAs(quantizeLinearSchema, node);
  const dequantize = boundAs(dequantizeLinearSchema, node);
  const x = quantize?.inputs.x ?? dequantize?.inputs.x;
  const scale = quantize?.inputs.y_scale ?? dequantize?.inputs.x_scale;
  const zeroPoint = quantize?.inputs.y_zero_point ?? dequantize?.inputs.x_zero_point;
  const quantizing = quantize?.attributes;
  const attributes = quantizing ?? dequantize?.attributes;
  const type = context.values.elementType(node.outputs[0]!);
  if (attributes === undefined || context.values.elementType(scale!) !== 'float32' || attributes.block_size !== 0) {
    return undefined;
  }
  if (quantizing !== undefined) {
    const isFloat = context.values.elementType(x!) === 'float32' && quantizing.precision === 0;
    if (!isFloat || !(isSmallInteger(type) || isFloat8(type))) return undefined;
  } else if (type !== 'float32') return undefined;
  const along = (value: Value) => {
    const dims = context.values.dims(value);
    if (dims === undefined || dims.length > 1) return undefined;
    const axis = rank <= 1 ? 0 : normalizeAxis(attributes.axis, rank);
    return parameterTree(context, value, rank - 1 - axis, treeOf);
  };
  const factor = along(scale!);
  const zero = zeroPoint === undefined ? constant(0) : along(zeroPoint);
  if (factor === undefined || zero === undefined) return undefined;
  const tree = treeOf(x!);
  if (tree === undefined) return undefined;
  const isOne = factor.kind === 'constant' && factor.value === 1;
  if (quantizing !== undefined) {
    const quotient = isOne ? tree : binary('div', tree, factor);
    if (!isFloat8(type)) return quantized(quotient, zero, type!);
    return unary(`${type} ${quantizing.saturate ? 'saturated' : 'open'}`, quotient);
  }
  const difference = subtractZeroPoint(tree, zero);
  return isOne ? difference : binary('mul', difference, factor);
}

/** Their zero point is 0. */
function isFloat8(type: ElementType | undefined): type is Float8 {
  return type !== 'float8e8m0' && type?.startsWith('float8') === true;
}

/** What a DequantizeLinear reads that makes integers less a zero point. */
export interface Integers {
  readonly node: Node;
  readonly value: Value;
  readonly zeroPoint: Value | undefined;
}

/** The integers that a value is, less a zero point: those of a DequantizeLinear whose scales are constant and 1. */
export function integersOf({ uses, values }: LoweringContext, value: Value | undefined): Integers | undefined {
  const bound = boundAs(dequantizeLinearSchema, uses.producer(value));
  if (bound === undefined || bound.attributes.block_size !== 0) return undefined;
  const { x, x_scale: scale, x_zero_point: zeroPoint } = bound.inputs;
  const scales = scale && values.vector(scale);
  if (x === undefined || scales === undefined || scales.some((number) => number !== 1)) return undefined;
  if (zeroPoint !== undefined && values.vector(zeroPoint) === undefined) return undefined;
  return { node: uses.producer(value)!, value: x, zeroPoint };
}

/** Whether a DequantizeLinear makes nothing but integers that transposed convolutions of bytes read as they are. */
export function isReadAsBytes(context: LoweringContext, node: Node): boolean {
  const [output] = node.outputs;
  const integers = integersOf(context, output);
  if (output === undefined || integers === undefined || !isByteTensor(context, integers.value)) return false;
  const { zeroPoint } = integers;
  if (zeroPoint !== undefined && context.values.vector(zeroPoint)!.length !== 1) return false;
  const readers = context.uses.readers(output);
  if (readers.length === 0 || context.uses.isReturned(output)) return false;
  return readers.every((reader) => {
    const { X, W } = boundAs(convTranspose.ConvTranspose, reader)?.inputs ?? {};
    return X === output && integersOf(context, W) !== undefined;
  });
}

/** The bytes that a value is to be dequantized from where something reads it as floats; undefined for any other value. */
export function bytesPutOff(context: LoweringContext, value: Value): Value | undefined {
  if (!context.tensors.isPutOff(value)) return undefined;
  const x = boundAs(dequantizeLinearSchema, context.uses.producer(value))?.inputs.x;
  return isByteTensor(context, x) ? x : undefined;
}

const vectorsAlong = perPlan(() => new Map<string, Value>());

/** A constant vector along the axis that `trailingAxes` axes follow. */
function vectorAlong(context: LoweringContext, value: Value, numbers: readonly number[], trailingAxes: number): Value {
  const key = `${value.name} ${trailingAxes}`;
  const known = vectorsAlong(context).get(key);
  if (known !== undefined) return known;
  const dims = [numbers.length, ...new Array<number>(trailingAxes).fill(1)];
  const made = context.values.literal(value.name, dims, numbers);
  vectorsAlong(context).set(key, made);
  return made;
}

/** The tree of a parameter: one number, or a constant vector along the axis that `trailingAxes` axes follow. */
export function parameterTree(
  context: LoweringContext,
  value: Value,
  trailingAxes: number,
  treeOf: (value: Value) => Elementwise | undefined,
): Elementwise | undefined {
  const numbers = context.values.vector(value);
  if (numbers === undefined) return context.values.dims(value)?.every((size) => size === 1) ? treeOf(value) : undefined;
  if (numbers.every((number) => number === numbers[0])) return constant(numbers[0]!);
  return treeOf(vectorAlong(context, value, numbers, trailingAxes));
}

/**
 * DequantizeLinear of a constant is a constant: made when it is packed, so that the graph keeps the integers.
 * @returns whether it is one
 */
export function dequantizeConstant(context: LoweringContext, node: Node): boolean {
  const dequantized = boundAs(dequantizeLinearSchema, node);
  if (dequantized === undefined) return false;
  const { x, x_scale: scale, x_zero_point: zeroPoint } = dequantized.inputs;
  const { y } = dequantized.outputs;
  const { attributes } = dequantized;
  const constants = [x, scale, zeroPoint].filter((value) => value !== undefined);
  if (context.values.elementType(y) !== 'float32') return false;
  if (constants.some((value) => !context.graph.constants.has(value))) return false;
  const [{ dims }, { dims: scaleDims, type }] = [context.values.constant(x)!, context.values.constant(scale)!];
  const isBlocked = attributes.block_size > 0 && scaleDims.length === dims.length && elementCount(scaleDims) > 1;
  if ((scaleDims.length > 1 && !isBlocked) || type !== 'float32') return false;
  const axis = dims.length <= 1 ? 0 : normalizeAxis(attributes.axis, dims.length);
  context.values.deriveConstant(y, {
    name: y.name,
    dims,
    value: x!.name,
    zeroPoint: zeroPoint?.name,
    scale: scale!.name,
    run: elementCount(dims.slice(axis + 1)),
    ...(isBlocked && { blocks: { size: attributes.block_size, length: dims[axis]! } }),
  });
  context.done.add(node);
  return true;
}
