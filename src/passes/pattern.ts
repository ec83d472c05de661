/** Finding the nodes that together are one operator: exporters write it out where their operator set has none. */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { isFloat } from '../ir/element-type.js';
import { type Constant, emptyMetadata, type Node, type Value } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import { integersOf, numbersOf } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { arithmetic } from '../ops/elementwise/arithmetic.js';
import { gated } from '../ops/elementwise/gated.js';
import { powers } from '../ops/elementwise/power.js';
import { reductions } from '../ops/reduction/reduce.js';
import type { Pass } from './pass.js';

/** The node that makes the value, if it is one of these operators of ai.onnx. */
export function madeBy(value: Value | undefined, editor: GraphEditor, ...opTypes: readonly string[]): Node | undefined {
  const node = editor.producer(value);
  return node !== undefined && node.domain === '' && opTypes.includes(node.opType) ? node : undefined;
}

/** The number that a constant of one element is, whatever its rank. */
export function scalarOf(value: Value | undefined, editor: GraphEditor): number | undefined {
  const constant = editor.constant(value);
  if (constant === undefined || !isFloat(constant.type) || elementCount(constant.dims) !== 1) return undefined;
  return numbersOf(constant.load())[0];
}

/** The elements of a constant of integers, as axes are given. */
export function integersAt(value: Value | undefined, editor: GraphEditor): readonly number[] | undefined {
  const constant = editor.constant(value);
  return constant === undefined || isFloat(constant.type) || constant.type === 'string'
    ? undefined
    : integersOf(constant.load());
}

/** The axes of a ReduceMean that keeps them, from an attribute or, in later versions, an input; counted from the front. */
export function meanAxesOf(node: Node, rank: number, editor: GraphEditor): readonly number[] | undefined {
  const attributes = attributesOf(reductions.ReduceMean, node);
  if (attributes?.keepdims !== true) return undefined;
  const axes = attributes.axes ?? integersAt(node.inputs[1], editor);
  return axes?.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** Operators that had attributes for broadcasting before version 7. */
const alignedByAttributes = [...arithmetic, ...powers];

/** Whether operands of fewer axes are laid along the last ones: before version 7 an axis, or the operator, could say otherwise. */
export function alignsLastAxes(node: Node): boolean {
  const prelu = boundAs(gated.PRelu, node);
  if (prelu !== undefined) return prelu.version >= 7;
  const operator = alignedByAttributes.find(({ name }) => name === node.opType);
  const attributes = operator && attributesOf(operator, node);
  return attributes === undefined || !attributes.broadcast || attributes.axis === undefined;
}

/** For a node of two operands: the one that is a number, and the other. */
export function withScalar(
  node: Node | undefined,
  editor: GraphEditor,
): { readonly scalar: number; readonly other: Value } | undefined {
  if (node?.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs;
  const right = scalarOf(b, editor);
  if (right !== undefined && a !== undefined) return { scalar: right, other: a };
  const left = scalarOf(a, editor);
  return left === undefined || b === undefined ? undefined : { scalar: left, other: b };
}

export interface Product {
  readonly scale: number;
  readonly factors: readonly Value[];
}

/** How far products are followed: no exporter nests deeper. */
const maxDepth = 5;

/** The value as a number times other values, through Mul and through Div by numbers; `whole` are not taken apart. */
export function productOf(value: Value, editor: GraphEditor, whole: readonly Value[] = [], depth = maxDepth): Product {
  const single: Product = { scale: 1, factors: [value] };
  if (whole.includes(value) || depth === 0) return single;
  const node = madeBy(value, editor, 'Mul', 'Div');
  if (node === undefined) return single;
  const [a, b] = node.inputs;
  const times = (part: Product, scale: number): Product => ({ ...part, scale: part.scale * scale });
  if (node.opType === 'Div') {
    const divisor = scalarOf(b, editor);
    if (divisor === undefined || divisor === 0 || a === undefined) return single;
    return times(productOf(a, editor, whole, depth - 1), 1 / divisor);
  }
  const scaled = withScalar(node, editor);
  if (scaled !== undefined) return times(productOf(scaled.other, editor, whole, depth - 1), scaled.scalar);
  const left = productOf(a!, editor, whole, depth - 1);
  const right = productOf(b!, editor, whole, depth - 1);
  return { scale: left.scale * right.scale, factors: [...left.factors, ...right.factors] };
}

/** Whether the value is `scale` times these factors, in any order. */
export function isProduct(value: Value, scale: number, factors: readonly Value[], editor: GraphEditor): boolean {
  const product = productOf(value, editor, factors);
  if (!isNear(product.scale, scale) || product.factors.length !== factors.length) return false;
  const rest = [...product.factors];
  return factors.every((factor) => {
    const at = rest.indexOf(factor);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

/** Values that a product is made of, those in the middle included. */
export function partsOf(value: Value, editor: GraphEditor, depth = maxDepth): readonly Value[] {
  const node = depth === 0 ? undefined : madeBy(value, editor, 'Mul', 'Div');
  const inner = node?.inputs.flatMap((input) => (input === undefined ? [] : partsOf(input, editor, depth - 1)));
  return [value, ...(inner ?? [])];
}

/** Equal but for how exporters round their constants. */
export function isNear(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 2e-6 * Math.abs(expected);
}

/** Both values of floats and of one shape. */
export function isSameFloat(a: Value, b: Value, { types }: Inference): boolean {
  const [from, to] = [types.get(a), types.get(b)];
  if (from?.elementType === undefined || from.elementType !== to?.elementType || !isFloat(from.elementType))
    return false;
  const [x, y] = [from.shape, to.shape];
  return x !== undefined && x.length === y?.length && x.every((dim, axis) => dim === y[axis]);
}

/** A node in the place of `root`, of an operator that there is since the version `since`. */
export function nodeInPlace(
  root: Node,
  opType: string,
  since: number,
  inputs: readonly (Value | undefined)[],
  attributes: Node['attributes'] = new Map(),
): Node {
  return { ...root, opType, opset: Math.max(root.opset, since), inputs, attributes, metadata: emptyMetadata };
}

/**
 * Puts `replacement` in the place of `root` and of all nodes that make its inputs from `leaves` and constants. Returns why
 * not where something else reads what such a node makes.
 */
export function fuse(
  root: Node,
  leaves: readonly Value[],
  replacement: Node,
  editor: GraphEditor,
): { readonly fused: readonly Node[] } | string {
  const fused = new Set<Node>([root]);
  const visit = (node: Node) => {
    for (const input of node.inputs) {
      const producer = input === undefined || leaves.includes(input) ? undefined : editor.producer(input);
      if (producer === undefined || fused.has(producer)) continue;
      fused.add(producer);
      visit(producer);
    }
  };
  visit(root);
  for (const node of fused) {
    if (node === root) continue;
    for (const output of node.outputs) {
      if (output === undefined) continue;
      if (editor.isFixed(output) || editor.readers(output).some((reader) => !fused.has(reader))) {
        return `the output of ${formatNode(node)} has other readers`;
      }
    }
  }
  editor.replace(root, replacement);
  for (const node of fused) if (node !== root) editor.remove(node);
  return { fused: [...fused] };
}

/**
 * A pass that fuses what nodes of some operators are the last of. The outermost come first: a HardSigmoid may be a part of
 * a HardSwish, a scale and a bias are parts of a normalization.
 * @param rewrite fuses up to the node where it can; its note, or nothing where there is nothing to say
 */
export function fusingPass(
  name: string,
  roots: readonly string[],
  rewrite: (root: Node, editor: GraphEditor, inference: Inference) => string | undefined,
): Pass {
  return {
    name,
    readsTypes: true,
    keepsTypes: true,
    run(graph, inference) {
      const editor = new GraphEditor(graph);
      const notes: string[] = [];
      for (const { outputs } of [...graph.nodes].reverse()) {
        const root = madeBy(outputs[0], editor, ...roots);
        const note = root && rewrite(root, editor, inference);
        if (note !== undefined) notes.push(note);
      }
      return { graph: editor.finish(), notes: notes.reverse() };
    },
  };
}

/** The note on what `fuse` did. */
export function fuseNote(root: Node, opType: string, outcome: ReturnType<typeof fuse>): string {
  if (typeof outcome === 'string') return `${formatNode(root)} stays, and is no ${opType}: ${outcome}`;
  return `${outcome.fused.length} nodes up to ${formatNode(root)} are one ${opType}`;
}

/** The elements of a constant spread over `dims`, to which it broadcasts; nothing where it does not. */
export function spread(constant: Constant, dims: readonly number[]): Float64Array | undefined {
  const own = [...constant.dims];
  // Leading ones beyond the rank change no element.
  while (own.length > dims.length && own[0] === 1) own.shift();
  const skipped = dims.length - own.length;
  if (skipped < 0 || own.some((size, axis) => size !== 1 && size !== dims[axis + skipped])) return undefined;
  const values = numbersOf(constant.load());
  const result = new Float64Array(elementCount(dims));
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = dims.length - 1; axis >= skipped; axis--) {
      const size = own[axis - skipped]!;
      if (size !== 1) at += (rest % dims[axis]!) * stride;
      rest = Math.floor(rest / dims[axis]!);
      stride *= size;
    }
    result[i] = values[at]!;
  }
  return result;
}
