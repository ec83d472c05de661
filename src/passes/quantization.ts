/** What passes read of QuantizeLinear and DequantizeLinear with constant parameters. */
import type { ElementType } from '../ir/element-type.js';
import type { Constant, Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { boundAs } from '../ops/bind.js';
import { roundHalfToEven } from '../ops/elementwise/rounding.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../ops/quantization/schemas.js';

/** A tensor of integers with one scale and one zero point, both constants. */
export interface QuantizedTensor {
  readonly integers: Value;
  readonly type: ElementType;
  readonly scale: Value;
  /** Absent where it is 0. */
  readonly zeroPoint: Value | undefined;
  readonly scaleNumber: number;
  readonly zeroNumber: number;
}

export function isByte(type: ElementType | undefined): boolean {
  return type === 'uint8' || type === 'int8';
}

function float32Constant(value: Value | undefined, editor: GraphEditor): Constant | undefined {
  const constant = editor.constant(value);
  return constant?.type === 'float32' ? constant : undefined;
}

function oneOf(constant: Constant | undefined): number | undefined {
  return constant !== undefined && elementCount(constant.dims) === 1 ? numbersOf(constant.load())[0] : undefined;
}

function describe(
  integers: Value | undefined,
  type: ElementType | undefined,
  scale: Value | undefined,
  zeroPoint: Value | undefined,
  editor: GraphEditor,
): QuantizedTensor | undefined {
  const scaleNumber = oneOf(float32Constant(scale, editor));
  const zeroNumber = zeroPoint === undefined ? 0 : oneOf(editor.constant(zeroPoint));
  if (integers === undefined || scale === undefined || type === undefined || !isByte(type)) return undefined;
  if (scaleNumber === undefined || zeroNumber === undefined || !(scaleNumber > 0 && scaleNumber < Infinity)) {
    return undefined;
  }
  return { integers, type, scale, zeroPoint, scaleNumber, zeroNumber };
}

type TypeOf = (value: Value) => ElementType | undefined;

/** What a DequantizeLinear of the whole tensor reads; undefined for any other node, and for other types than bytes. */
export function dequantized(node: Node | undefined, editor: GraphEditor, typeOf: TypeOf): QuantizedTensor | undefined {
  const bound = boundAs(dequantizeLinearSchema, node);
  if (bound === undefined || bound.attributes.output_dtype > 1) return undefined;
  const { x, x_scale: scale, x_zero_point: zeroPoint } = bound.inputs;
  return describe(x, typeOf(x), scale, zeroPoint, editor);
}

/** What a QuantizeLinear of the whole tensor makes; undefined for any other node, and for other types than bytes. */
export function quantized(node: Node | undefined, editor: GraphEditor, typeOf: TypeOf): QuantizedTensor | undefined {
  const bound = boundAs(quantizeLinearSchema, node);
  if (bound === undefined || bound.attributes.precision > 1) return undefined;
  const { y } = bound.outputs;
  const { y_scale: scale, y_zero_point: zeroPoint } = bound.inputs;
  return describe(y, typeOf(y), scale, zeroPoint, editor);
}

export function isSameQuantization(a: QuantizedTensor, b: QuantizedTensor): boolean {
  return a.type === b.type && a.scaleNumber === b.scaleNumber && a.zeroNumber === b.zeroNumber;
}

/** Constant integers with one scale, or one for each index along an axis. */
export interface QuantizedConstant {
  readonly integers: Value;
  readonly content: Constant;
  readonly scale: Value;
  readonly scales: ArrayLike<number>;
  readonly zeroPoint: Value | undefined;
  readonly zeros: ArrayLike<number>;
}

/** What a DequantizeLinear of a constant reads, where its scales lie along `axis` if there are several. */
export function dequantizedConstant(
  node: Node | undefined,
  editor: GraphEditor,
  axis: number,
): QuantizedConstant | undefined {
  const bound = boundAs(dequantizeLinearSchema, node);
  if (bound === undefined || bound.attributes.output_dtype > 1 || bound.attributes.block_size !== 0) return undefined;
  const { x, x_scale: scale, x_zero_point: zeroPoint } = bound.inputs;
  const content = editor.constant(x);
  const scaleContent = float32Constant(scale, editor);
  if (content === undefined || scaleContent === undefined || scaleContent.dims.length > 1) return undefined;
  const scales = numbersOf(scaleContent.load());
  const own = content.dims.length <= 1 ? 0 : normalizeAxis(bound.attributes.axis, content.dims.length);
  if (scales.length !== 1 && (own !== axis || scales.length !== content.dims[axis])) return undefined;
  const zeroContent = editor.constant(zeroPoint);
  if (zeroPoint !== undefined && zeroContent === undefined) return undefined;
  const zeros = zeroContent === undefined ? [0] : numbersOf(zeroContent.load());
  return { integers: x, content, scale, scales, zeroPoint, zeros };
}

/** The zero point as a value: operators on integers want one that says 0 as well. */
export function zeroPointOf(
  { zeroPoint, integers }: Pick<QuantizedTensor, 'zeroPoint' | 'integers'>,
  type: ElementType,
  editor: GraphEditor,
): Value {
  return zeroPoint ?? editor.addConstant(`${integers.name}/zero point`, tensorFromNumbers(type, [], [0]));
}

/** A number as QuantizeLinear makes an integer of it, in float32. */
export function quantizeNumber(x: number, { scaleNumber, zeroNumber, type }: QuantizedTensor): number {
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  return Math.min(Math.max(roundHalfToEven(Math.fround(x / scaleNumber)) + zeroNumber, low), high);
}

/** How far a bias's scale may be from the product of the other two: it was rounded, perhaps in another order. */
const productTolerance = 1e-5;

/** Whether the bias counts in steps of the products, so that it is one of the terms. */
export function isBiasOf(bias: QuantizedConstant, x: QuantizedTensor, w: QuantizedConstant): boolean {
  const { content, scales, zeros } = bias;
  if (content.type !== 'int32' || Array.from(zeros).some((zero) => zero !== 0)) return false;
  const count = Math.max(scales.length, w.scales.length);
  return Array.from({ length: count }, (_, i) => {
    const step = x.scaleNumber * w.scales[i % w.scales.length]!;
    return Math.abs(scales[i % scales.length]! - step) <= productTolerance * step;
  }).every((isNear) => isNear);
}
