/**
 * Normalization by mean and variance of each group of elements, written out: over the last axes a LayerNormalization
 * (Ba et al., 2016), over all but batch and channels an InstanceNormalization (Ulyanov et al., 2016). PyTorch writes
 * (x − mean)/Sqrt(variance + ε)·scale + bias, Keras x·m + (bias − mean·m) with m = scale/Sqrt(variance + ε).
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Attribute, Constant, Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { perChannel } from './output-channels.js';
import { alignsLastAxes, fuse, fuseNote, fusingPass, isSameFloat, madeBy, nodeInPlace, spread } from './pattern.js';
import { type Standardized, standardizedBy, standardizedByProducts } from './standardized.js';

const layerSince = 17;
const instanceSince = 6;

export const fuseNormalization = fusingPass('fuse-normalization', ['Add', 'Mul', 'Div'], normalization);

/** What is standardized, and the constants behind: y = standardized·scale + bias. */
interface Affine {
  readonly core: Standardized;
  readonly scale?: Constant | undefined;
  readonly bias?: Constant | undefined;
}

function normalization(root: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const output = root.outputs[0]!;
  for (const affine of affinesOf(root, editor, inference)) {
    const { x } = affine.core;
    const type = inference.types.get(x);
    // Narrower types are rounded at every step where the nodes stand alone.
    if (type?.elementType !== 'float32' || type.shape === undefined || !isSameFloat(x, output, inference)) continue;
    const parameters = layerParameters(affine, type.shape) ?? instanceParameters(affine, type.shape);
    if (parameters === undefined) continue;
    if (typeof parameters === 'string') return `${formatNode(root)} stays: ${parameters}`;
    const { opType, dims, attributes } = parameters;
    const constantOf = (kind: string, elements: ArrayLike<number>) =>
      editor.addConstant(`${output.name}/${kind}`, tensorFromNumbers('float32', dims, elements));
    const inputs = [x, constantOf('scale', parameters.scale), constantOf('bias', parameters.bias)];
    const epsilon: Attribute = { kind: 'float', value: Math.fround(affine.core.epsilon) };
    const since = opType === 'LayerNormalization' ? layerSince : instanceSince;
    const node = nodeInPlace(root, opType, since, inputs, new Map([...attributes, ['epsilon', epsilon]]));
    return fuseNote(root, opType, fuse(root, [x], node, editor));
  }
  return undefined;
}

/** The readings of the node, the one that takes most nodes in first. */
function affinesOf(root: Node, editor: GraphEditor, inference: Inference): readonly Affine[] {
  const output = root.outputs[0]!;
  const found: Affine[] = [];
  const take = (core: Standardized | undefined, scale?: Constant, bias?: Constant) => {
    if (core !== undefined) found.push({ core, scale, bias });
  };
  const shifted = root.opType === 'Add' ? withConstant(root, editor) : undefined;
  if (shifted !== undefined) {
    const scaled = withConstant(madeBy(shifted.other, editor, 'Mul'), editor);
    if (scaled !== undefined) {
      take(standardizedBy(scaled.other, editor, inference), scaled.constant, shifted.constant);
    }
    take(standardizedBy(shifted.other, editor, inference), undefined, shifted.constant);
  }
  if (root.opType === 'Add') {
    const products = standardizedByProducts(root, editor, inference);
    if (products !== undefined) take(products.core, products.scale, products.bias);
  }
  const scaled = root.opType === 'Mul' ? withConstant(root, editor) : undefined;
  if (scaled !== undefined) take(standardizedBy(scaled.other, editor, inference), scaled.constant);
  take(standardizedBy(output, editor, inference));
  return found;
}

function withConstant(
  node: Node | undefined,
  editor: GraphEditor,
): { readonly constant: Constant; readonly other: Value } | undefined {
  if (node?.inputs.length !== 2 || !alignsLastAxes(node)) return undefined;
  const [a, b] = node.inputs;
  const right = editor.constant(b);
  if (right !== undefined && a !== undefined) return { constant: right, other: a };
  const left = editor.constant(a);
  return left === undefined || b === undefined ? undefined : { constant: left, other: b };
}

interface Parameters {
  readonly opType: 'LayerNormalization' | 'InstanceNormalization';
  readonly dims: readonly number[];
  readonly scale: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
  readonly attributes: readonly (readonly [string, Attribute])[];
}

/** Over the last axes, with a scale and a bias of these axes; a string where only their size is missing. */
function layerParameters({ core, scale, bias }: Affine, shape: Shape): Parameters | string | undefined {
  const rank = shape.length;
  const first = rank - core.axes.length;
  if (!core.axes.every((axis, i) => axis === first + i)) return undefined;
  // Without a scale both operators would do; pictures are normalized by instance.
  if (isSpatial(core.axes, rank) && rank > 3 && scale === undefined && bias === undefined) return undefined;
  const dims: Shape = shape.slice(first);
  if (!isConcrete(dims)) return isSpatial(core.axes, rank) ? undefined : 'the sizes that it normalizes over are open';
  const count = dims.reduce((product, size) => product * size, 1);
  const scales = scale === undefined ? new Float64Array(count).fill(1) : spread(scale, dims);
  const biases = bias === undefined ? new Float64Array(count) : spread(bias, dims);
  if (scales === undefined || biases === undefined) return undefined;
  const axis: Attribute = { kind: 'int', value: BigInt(-core.axes.length) };
  return { opType: 'LayerNormalization', dims, scale: scales, bias: biases, attributes: [['axis', axis]] };
}

/** Over all axes but batch and channels, with a scale and a bias a channel. */
function instanceParameters({ core, scale, bias }: Affine, shape: Shape): Parameters | undefined {
  const rank = shape.length;
  const channels = shape[1];
  if (!isSpatial(core.axes, rank) || typeof channels !== 'number') return undefined;
  const scales = scale === undefined ? new Float64Array(channels).fill(1) : perChannel(scale, channels, rank);
  const biases = bias === undefined ? new Float64Array(channels) : perChannel(bias, channels, rank);
  if (scales === undefined || biases === undefined) return undefined;
  return { opType: 'InstanceNormalization', dims: [channels], scale: scales, bias: biases, attributes: [] };
}

function isSpatial(axes: readonly number[], rank: number): boolean {
  return rank > 2 && axes.length === rank - 2 && axes.every((axis, i) => axis === i + 2);
}
