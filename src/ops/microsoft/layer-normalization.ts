/**
 * SkipLayerNormalization and SkipSimplifiedLayerNormalization: a sum and its normalization over the last axis.
 * SimplifiedLayerNormalization, which onnxruntime has in ONNX's own domain, is RMSNormalization under its first name.
 */
import type { ElementType } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { floatAttribute } from '../../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { float, int } from '../attributes.js';
import { applyBinary } from '../elementwise/binary.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import type { Expansion } from '../expansion.js';
import type { InferContext } from '../infer-context.js';
import { normalizedAxes, warnOfOnnxruntime } from '../normalization/layer-normalization.js';
import { groupsOver, meanSquareOf, scaleAndShift, standardize, stashElementType } from '../normalization/statistics.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { typeAttribute, unknownType } from '../type-attribute.js';
import { float32s, realsAndBfloat16s, TypeSet } from '../type-set.js';

const halvesAndFloats = TypeSet.of('float32', 'float16', 'bfloat16');
const common = {
  domain: 'com.microsoft',
  versions: [1],
  types: { T: halvesAndFloats, U: float32s },
  outputs: [
    required('output', 'T'),
    optional('mean', 'U'),
    optional('inv_std_var', 'U'),
    optional('input_skip_bias_sum', 'T'),
  ],
  attributes: { epsilon: float(1e-12) },
} as const;

/** The shape with 1 in place of the axes from `first` on. */
function reducedFrom(shape: Shape | undefined, axes: readonly number[]): Shape | undefined {
  return shape?.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** @param vectors inputs with a number for each index of the last axis */
function skipTypes(context: InferContext<unknown>, vectors: readonly (readonly [place: number, name: string])[]) {
  const input = shapeOfRank(context, 0, 'input', { min: 1 });
  const sum = broadcastOnto(context, input, context.shape(1), 'skip');
  for (const [place, name] of vectors) {
    broadcastOnto(context, sum?.slice(-1), shapeOfRank(context, place, name, { min: 1, max: 1 }), name);
  }
  const type = context.elementType(0);
  const statistics = tensorType('float32', reducedFrom(sum, [(sum?.length ?? 0) - 1]));
  return [tensorType(type, sum), statistics, statistics, tensorType(type, sum)];
}

function total(...tensors: readonly (Tensor | undefined)[]): Tensor {
  const [first, ...others] = tensors.filter((tensor) => tensor !== undefined);
  return others.reduce((sum, tensor) => applyBinary(sum, tensor, { number: (a, b) => a + b }), first!);
}

/** Adds the sum of the inputs that are there, which becomes `output` if that is asked for. */
function expandSum(expansion: Expansion, values: readonly (Value | undefined)[], output: Value | undefined): Value {
  const present = values.filter((value) => value !== undefined);
  return present.slice(1).reduce((sum, value, i) => {
    const isLast = i === present.length - 2;
    return expansion.add('Add', [sum, value], isLast && output !== undefined ? { output } : {});
  }, present[0]!);
}

interface RootMeanSquare {
  readonly x: Value;
  readonly type: ElementType;
  readonly scale: Value;
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** x / √(mean of x² + epsilon), in float32 for shorter floats, times the scale; and the factor of each group, if asked. */
function expandRootMeanSquare(
  expansion: Expansion,
  { x, type, scale, axes, epsilon }: RootMeanSquare,
  output: Value,
  inverse: Value | undefined,
): void {
  const stash = type === 'float64' ? type : 'float32';
  const cast = (value: Value, from: ElementType, to: ElementType) =>
    from === to ? value : expansion.add('Cast', [value], { attributes: { to: typeAttribute(to) } });
  const wide = cast(x, type, stash);
  const squares = expansion.add('Mul', [wide, wide]);
  const mean = expansion.add('ReduceMean', [squares, expansion.integers(axes)]);
  const root = expansion.add('Sqrt', [expansion.add('Add', [mean, expansion.number(epsilon, stash)])]);
  const factor = expansion.add('Reciprocal', [root], inverse === undefined ? {} : { output: inverse });
  const normalized = cast(expansion.add('Mul', [wide, factor]), stash, type);
  expansion.add('Mul', [normalized, scale], { output });
}

export const microsoftNormalizations = family(
  defineOperator({
    ...common,
    name: 'SkipLayerNormalization',
    inputs: [
      required('input', 'T'),
      required('skip', 'T'),
      required('gamma', 'T'),
      optional('beta', 'T'),
      optional('bias', 'T'),
    ],
    infer: (context) =>
      skipTypes(context, [
        [2, 'gamma'],
        [3, 'beta'],
        [4, 'bias'],
      ]),
    reference: ({ attributes: { epsilon }, inputs }) => {
      const sum = total(tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), inputs[4]);
      const groups = groupsOver(sum.dims, [sum.dims.length - 1]);
      const { values, mean, inverseDeviation } = standardize(numbersOf(sum), groups, epsilon);
      scaleAndShift(values, sum.dims, tensorAt({ inputs }, 2), inputs[3]);
      return [
        tensorFromNumbers(sum.type, sum.dims, values),
        tensorFromNumbers('float32', groups.dims, mean),
        tensorFromNumbers('float32', groups.dims, inverseDeviation),
        sum,
      ];
    },
    expand: ({ attributes: { epsilon }, inputs, outputs }, expansion) => {
      const sum = expandSum(expansion, [inputs.input, inputs.skip, inputs.bias], outputs.input_skip_bias_sum);
      const asked = outputs.mean !== undefined || outputs.inv_std_var !== undefined;
      expansion.add('LayerNormalization', [sum, inputs.gamma, inputs.beta], {
        attributes: { epsilon: floatAttribute(epsilon) },
        output: outputs.output,
        others: asked ? [outputs.mean, outputs.inv_std_var] : [],
      });
      return undefined;
    },
  }),
  defineOperator({
    ...common,
    name: 'SkipSimplifiedLayerNormalization',
    inputs: [required('input', 'T'), required('skip', 'T'), required('gamma', 'T'), optional('bias', 'T')],
    infer: (context) =>
      skipTypes(context, [
        [2, 'gamma'],
        [3, 'bias'],
      ]),
    reference: ({ attributes: { epsilon }, inputs }) => {
      const sum = total(tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), inputs[3]);
      const { y, mean, inverse } = rootMeanSquare(sum, tensorAt({ inputs }, 2), [sum.dims.length - 1], epsilon);
      return [y, mean, inverse, sum];
    },
    expand: ({ attributes: { epsilon }, inputs, outputs }, expansion) => {
      if (outputs.mean !== undefined) return 'a mean that is asked for';
      const type = expansion.facts.elementType(inputs.input);
      if (type === undefined) return unknownType;
      const sum = expandSum(expansion, [inputs.input, inputs.skip, inputs.bias], outputs.input_skip_bias_sum);
      const norm = { x: sum, type, scale: inputs.gamma, axes: [-1], epsilon };
      expandRootMeanSquare(expansion, norm, outputs.output, outputs.inv_std_var);
      return undefined;
    },
  }),
  defineOperator({
    name: 'SimplifiedLayerNormalization',
    versions: [1],
    inputs: [required('X', 'T'), required('scale', 'V')],
    outputs: [required('Y', 'V'), optional('inv_std_var', 'U')],
    types: { T: realsAndBfloat16s, V: realsAndBfloat16s, U: TypeSet.of('float32', 'float64') },
    attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
    infer: (context) => {
      warnOfOnnxruntime(context, 'SimplifiedLayerNormalization', 23, 'RMSNormalization');
      const { axis, stash_type } = context.attributes;
      const x = shapeOfRank(context, 0, 'X', { min: 1 });
      const axes = x && normalizedAxes(axis, x.length);
      const y = broadcastOnto(context, x, context.shape(1), 'scale');
      const statistics = tensorType(stashElementType(stash_type), reducedFrom(x, axes ?? []));
      return [tensorType(context.elementType(1), y), statistics];
    },
    reference: ({ attributes: { axis, epsilon, stash_type }, inputs }) => {
      const [x, scale] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 1)];
      const { y, inverse } = rootMeanSquare(x, scale, normalizedAxes(axis, x.dims.length), epsilon);
      return [y, tensorFromNumbers(stashElementType(stash_type), inverse.dims, numbersOf(inverse))];
    },
    expand: ({ attributes: { axis, epsilon, stash_type }, inputs, outputs }, expansion) => {
      const [type, resultType] = [inputs.X, inputs.scale].map((value) => expansion.facts.elementType(value));
      if (type === undefined || resultType === undefined) return unknownType;
      if (type !== resultType) return 'a scale of another type';
      const rank = expansion.facts.shape(inputs.X)?.length;
      if (rank === undefined) return 'a rank that is not known';
      if (outputs.inv_std_var !== undefined && (stash_type !== 1 || type === 'float64'))
        return 'statistics of another type';
      const norm = { x: inputs.X, type, scale: inputs.scale, axes: normalizedAxes(axis, rank), epsilon };
      expandRootMeanSquare(expansion, norm, outputs.Y, outputs.inv_std_var);
      return undefined;
    },
  }),
);

/** x / √(mean of x² + epsilon) · scale, with 1 / √(…) of each group, and zeros where LayerNormalization has means. */
function rootMeanSquare(x: Tensor, scale: Tensor, axes: readonly number[], epsilon: number) {
  const numbers = numbersOf(x);
  const groups = groupsOver(x.dims, axes);
  const inverse = meanSquareOf(numbers, groups).map((square) => 1 / Math.sqrt(square + epsilon));
  const values = new Float64Array(numbers).map((value, i) => value * inverse[groups.of[i]!]!);
  scaleAndShift(values, x.dims, scale);
  return {
    y: tensorFromNumbers(scale.type, x.dims, values),
    mean: tensorFromNumbers('float32', groups.dims, new Float64Array(groups.count)),
    inverse: tensorFromNumbers('float32', groups.dims, inverse),
  };
}
