/**
 * Elementwise nodes with integers of 32 and 64 bits, or whose integers may wrap or divide: a loop for each, which computes in 64
 * bits what the node's types say.
 */
import { isFloat } from '../../ir/element-type.js';
import type { Node, Value } from '../../ir/graph.js';
import { isHalfFloat } from '../../ir/half-floats.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { boundAs } from '../../ops/bind.js';
import { casts } from '../../ops/elementwise/cast.js';
import { clipping } from '../../ops/elementwise/clip.js';
import { modulo } from '../../ops/elementwise/modulo.js';
import { powers } from '../../ops/elementwise/power.js';
import { bitShiftSchema } from '../../ops/elementwise/schemas.js';
import { cellsOf, isIntegerType, type NumberType, wordsOf } from '../../wasm/kernels/cells.js';
import { unary } from '../../wasm/kernels/elementwise-expression.js';
import {
  divides,
  type IntegerBinary,
  type IntegerTree,
  type IntegerUnary,
} from '../../wasm/kernels/integer-expression.js';
import { mergePointerAxes } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import { isNarrowFloat } from '../context/representable-types.js';
import { roundingOf } from './cast.js';
import { addElementwise, broadcastStrides } from './loops.js';
import { anyPower } from './power.js';

function input(index: number): IntegerTree {
  return { kind: 'input', index };
}

function binary(op: IntegerBinary, a: IntegerTree, b: IntegerTree): IntegerTree {
  return { kind: 'binary', op, a, b };
}

const binaries: ReadonlyMap<string, IntegerBinary> = new Map([
  ['Add', 'add'],
  ['Sub', 'sub'],
  ['Mul', 'mul'],
  ['Div', 'div'],
  ['Min', 'min'],
  ['Max', 'max'],
  ['Pow', 'pow'],
  ['BitwiseAnd', 'and'],
  ['BitwiseOr', 'or'],
  ['BitwiseXor', 'xor'],
  ['And', 'and'],
  ['Or', 'or'],
  ['Xor', 'xor'],
  ['Equal', 'equal'],
  ['Less', 'less'],
  ['Greater', 'greater'],
  ['LessOrEqual', 'lessOrEqual'],
  ['GreaterOrEqual', 'greaterOrEqual'],
]);

const unaries: ReadonlyMap<string, IntegerUnary> = new Map([
  ['Abs', 'abs'],
  ['BitwiseNot', 'not'],
  ['Neg', 'neg'],
  ['Sign', 'sign'],
]);

/** Operators that read or give floats beside integers. */
const mixed: ReadonlySet<string> = new Set(['Cast', 'Where']);

interface Computation {
  readonly tree: IntegerTree;
  readonly inputs: readonly Value[];
}

/** The node as a tree; undefined for operators that have none. */
function computationOf(node: Node, to: NumberType): Computation | undefined {
  const inputs = node.inputs.filter((value) => value !== undefined);
  const { opType } = node;
  const first = inputs[0];
  if (first === undefined) return undefined;
  if (boundAs(casts.Cast, node) !== undefined || opType === 'BitCast') {
    return { tree: { kind: 'cast', to, x: input(0) }, inputs: [first] };
  }
  if (opType === 'Identity') return { tree: input(0), inputs: [first] };
  if (opType === 'Where') return { tree: { kind: 'where', x: input(0), a: input(1), b: input(2) }, inputs };
  if (opType === 'Relu' && isIntegerType(to)) {
    return { tree: binary('max', input(0), { kind: 'constant', value: '0', type: to }), inputs };
  }
  const clip = boundAs(clipping.Clip, node);
  if (clip !== undefined) {
    const { min: low, max: high } = clip.inputs;
    let tree = input(0);
    if (low !== undefined) tree = binary('max', tree, input(1));
    if (high !== undefined) tree = binary('min', tree, input(inputs.length - 1));
    return { tree, inputs };
  }
  const remainder = boundAs(modulo.Mod, node);
  if (remainder !== undefined) {
    return { tree: binary(remainder.attributes.fmod ? 'rem' : 'mod', input(0), input(1)), inputs };
  }
  const shift = boundAs(bitShiftSchema, node);
  if (shift !== undefined) {
    return { tree: binary(shift.attributes.direction === 'LEFT' ? 'shl' : 'shr', input(0), input(1)), inputs };
  }
  const one = unaries.get(opType);
  if (one !== undefined) return { tree: { kind: 'unary', op: one, x: input(0) }, inputs };
  const two = binaries.get(opType);
  if (two === undefined) return undefined;
  if (inputs.length < 2) return opType === 'Min' || opType === 'Max' ? { tree: input(0), inputs } : undefined;
  const tree = inputs.slice(1).reduce((sum, _, i) => binary(two, sum, input(i + 1)), input(0));
  return { tree, inputs };
}

/** What kernels take a value for: whatever is float32 in the arena is one. */
function numberType({ values }: LoweringContext, value: Value): NumberType | undefined {
  const type = values.elementType(value);
  if (isIntegerType(type)) return type;
  return type !== undefined && isFloat(type) && values.isRepresentable(value) ? 'float32' : undefined;
}

/** @returns whether the loop computes the node */
export function lowerIntegers(context: LoweringContext, node: Node): boolean {
  const [output] = node.outputs;
  const onto = context.values.sizedDims(output);
  const to = output && numberType(context, output);
  if (output === undefined || onto === undefined || to === undefined) return false;
  if (lowerIntegerExponent(context, node, to)) return true;
  const computation = computationOf(node, to);
  if (computation === undefined) return false;
  const types = computation.inputs.map((value) => numberType(context, value));
  // Its numbers are rounded up: of wider integers a float32 may be another one.
  const isWide = types.some((type) => type !== undefined && cellsOf(type) !== 'float32');
  if (isWide && context.values.elementType(output) === 'float8e8m0') return false;
  const hasIntegers = [to, ...types].some((type) => type !== undefined && type !== 'float32');
  const hasFloats = [to, ...types].includes('float32');
  const isRemainder = node.opType === 'Mod' && !hasIntegers;
  if (!isRemainder && (!hasIntegers || (hasFloats && !mixed.has(node.opType)))) return false;
  const isStored = computation.inputs.every((value, i) => {
    const dims = context.tensors.storedDims(value);
    return types[i] !== undefined && dims !== undefined && dims.length <= onto.length && isReady(value);
  });
  if (!isStored) return false;
  const rounded = roundedResult(context, node, output);
  addIntegerLoop(context, node, computation, rounded ?? output, to);
  if (rounded !== undefined) {
    const type = context.values.elementType(output);
    const rounding = isHalfFloat(type) ? type : roundingOf(node, type);
    addElementwise(context, {
      nodes: [node],
      tree: unary(rounding, { kind: 'input', index: 0 }),
      inputs: [rounded],
      output,
    });
  }
  return true;

  function isReady(value: Value): boolean {
    return context.tensors.isReady(value);
  }
}

/** A float to the power of an integer, which becomes a float for that: those that it rounds make infinities, zeros and ones alone. */
function lowerIntegerExponent(context: LoweringContext, node: Node, to: NumberType): boolean {
  const { values } = context;
  const power = boundAs(powers.Pow, node);
  if (power === undefined || to !== 'float32') return false;
  const { X: x, Y: exponent } = power.inputs;
  const dims = context.tensors.storedDims(exponent);
  if (!isIntegerType(values.elementType(exponent)) || dims === undefined || values.floatDims(x) === undefined)
    return false;
  const number = values.ownValue(`${exponent.name} as float32`, dims);
  const cast: Computation = { tree: { kind: 'cast', to, x: input(0) }, inputs: [exponent] };
  addIntegerLoop(context, node, cast, number, to);
  const tree = anyPower({ kind: 'input', index: 0 }, { kind: 'input', index: 1 });
  addElementwise(context, { nodes: [node], tree, inputs: [x, number], output: power.outputs.Z });
  return true;
}

/** What a Cast of integers to shorter floats is before it is rounded to these. */
function roundedResult({ values }: LoweringContext, { opType }: Node, output: Value): Value | undefined {
  const type = values.elementType(output);
  const isShorter = isHalfFloat(type) || isNarrowFloat(type);
  return isShorter && opType !== 'Where' ? values.ownValue(output.name, values.dims(output)!) : undefined;
}

function addIntegerLoop(
  context: LoweringContext,
  node: Node,
  { tree, inputs }: Computation,
  output: Value,
  to: NumberType,
): void {
  const onto = context.values.dims(output)!;
  const sources = inputs.map((value) => context.tensors.stored(value));
  const target = context.tensors.makeStored(output);
  const tensors = [...sources, target];
  const strides = tensors.map((tensor, i) => {
    const dims = i < inputs.length ? context.values.dims(inputs[i])! : onto;
    return broadcastStrides(
      dims,
      onto,
      rowMajorStrides(dims).map((stride) => stride * wordsOf(tensor.cells)),
    );
  });
  const axes = mergePointerAxes(onto.map((size, axis) => ({ size, strides: strides.map((list) => list[axis]!) })));
  const params = {
    tree,
    axes,
    inputs: sources.map(({ cells }, i) => ({ type: numberType(context, inputs[i]!)!, cells })),
    output: { type: to, cells: target.cells },
  };
  const faults = divides(tree) ? [context.fault(node, { kind: 'division by zero', operator: node.opType })] : [];
  const operations = elementCount(onto);
  context.add({
    kind: 'kernel',
    algorithm: 'integers, elementwise',
    nodes: [node],
    reads: sources,
    writes: [target],
    operations,
    work: operations * 4,
    build: () => ({
      kernel: { name: 'integer elementwise', params },
      pointers: [...tensors, ...faults].map((tensor) => ({ tensor })),
    }),
  });
}
