/**
 * Integers with the zero point subtracted, which is what integer products read. A step subtracts it, or, where nothing else
 * reads a value, its producer leaves the zero point out.
 */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { boundAs } from '../../ops/bind.js';
import { matMulIntegerSchema, qLinearMatMulSchema } from '../../ops/quantization/schemas.js';
import { binary, constant, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import { isByteTensor } from '../context/bytes.js';
import { type LoweringContext, perPlan } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import { addElementwise } from './loops.js';

/** By value and zero point: the value with the zero point subtracted, where a step makes that. */
const valuesWithoutZeroPoint = perPlan(() => new Map<Value, Map<Value, Value>>());

export function setWithoutZeroPoint(context: LoweringContext, x: Value, zeroPoint: Value, subtracted: Value): void {
  const all = valuesWithoutZeroPoint(context);
  all.set(x, (all.get(x) ?? new Map<Value, Value>()).set(zeroPoint, subtracted));
}

/** A value of one element as one without axes. */
function asNumber(context: LoweringContext, value: Value): Value {
  if (context.values.dims(value)!.length === 0) return value;
  const number = context.values.ownValue(value.name, []);
  context.tensors.setResidency(number, context.tensors.rowMajor(value));
  return number;
}

/**
 * A tensor of integers with its zero point, one number, subtracted. The zeros of a halo are then what padding means.
 * @returns undefined where it cannot be had
 */
export function inputWithoutZeroPoint(
  context: LoweringContext,
  node: Node,
  x: Value,
  zeroPoint: Value | undefined,
): Value | undefined {
  const known = zeroPoint && valuesWithoutZeroPoint(context).get(x)?.get(zeroPoint);
  if (known !== undefined) return known;
  const dims = context.tensors.representableDims(x);
  if (dims === undefined || !isSmallInteger(context.values.elementType(x))) return undefined;
  if (zeroPoint === undefined) return x;
  if (elementCount(context.values.dims(zeroPoint) ?? []) !== 1) return undefined;
  const zero = context.values.vector(zeroPoint)?.[0];
  if (zero === 0) return x;
  if (
    zero === undefined &&
    (context.tensors.representableDims(zeroPoint) === undefined || !context.tensors.isReady(zeroPoint))
  )
    return undefined;
  const result = context.values.ownValue(`${x.name} without zero point`, dims);
  setWithoutZeroPoint(context, x, zeroPoint, result);
  addElementwise(context, {
    nodes: [node],
    tree: binary('sub', input(0), zero === undefined ? input(1) : constant(zero)),
    inputs: zero === undefined ? [x, asNumber(context, zeroPoint)] : [x],
    output: result,
  });
  return result;
}

/**
 * The zero point that a node subtracts from a value; undefined where the node reads the value as another input, or as several.
 */
function zeroPointOf({ domain, opType, inputs }: Node, value: Value): Value | undefined {
  const pairs = domain === '' ? zeroPoints.get(opType) : undefined;
  if (inputs.filter((item) => item === value).length !== 1) return undefined;
  const pair = pairs?.find(([place]) => inputs[place] === value);
  return pair && inputs[pair[1]];
}

/** By operator: inputs whose zero points, which are inputs too, it subtracts. */
const zeroPoints: ReadonlyMap<string, readonly (readonly [tensor: number, zeroPoint: number])[]> = new Map(
  Object.entries({
    ConvInteger: [[0, 2]],
    MatMulInteger: [
      [0, 2],
      [1, 3],
    ],
    QLinearConv: [[0, 2]],
    QLinearMatMul: [
      [0, 2],
      [3, 5],
    ],
  }),
);

/** The same of a node that is compiled so: products of bytes with a constant matrix take them as they are. */
export function subtractedBy(context: LoweringContext, node: Node, value: Value): Value | undefined {
  const matrix = boundAs(matMulIntegerSchema, node)?.inputs.B ?? boundAs(qLinearMatMulSchema, node)?.inputs.b;
  const takesBytes = context.options.byteProducts !== undefined && context.values.constant(matrix)?.dims.length === 2;
  return takesBytes && matrix !== value ? undefined : zeroPointOf(node, value);
}

/** What a step makes. */
export interface Made {
  readonly tree: Elementwise;
  readonly output: Value;
  readonly nodes: readonly Node[];
}

/** Leaves out the addition of a constant zero point that a tree ends with, where all readers subtract the same one. */
export function settled<T extends Made>(context: LoweringContext, made: T): T {
  const { tree, output, nodes } = made;
  if (tree.kind !== 'binary' || tree.op !== 'add' || tree.b.kind !== 'constant') return made;
  if (!isSmallInteger(context.values.elementType(output)) || context.uses.isReturned(output)) return made;
  if (isByteTensor(context, output)) return made;
  const zero = tree.b.value;
  if (zero === 0) return made;
  const taken = context.uses.readers(output).map((reader) => subtractedBy(context, reader, output));
  const isSame = (value: Value | undefined) => {
    const numbers = value && context.values.vector(value);
    return numbers?.length === 1 && numbers[0] === zero;
  };
  if (taken.length === 0 || !taken.every(isSame)) return made;
  const subtracted = context.values.ownValue(`${output.name} without zero point`, context.values.dims(output)!);
  for (const zeroPoint of taken) setWithoutZeroPoint(context, output, zeroPoint!, subtracted);
  // Where a reader is computed by its reference after all, it needs the value itself.
  context.tensors.makeLater(output, () =>
    addElementwise(context, { nodes, tree: binary('add', input(0), constant(zero)), inputs: [subtracted], output }),
  );
  return { ...made, tree: tree.a, output: subtracted };
}
