/** LayerNormalization and RMSNormalization: statistics over the axes from `axis` to the last. */
import { defineProblem } from '../../diagnostics.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { normalizeAxis, shapeOfRank, tensorAt } from '../arguments.js';
import { float, int } from '../attributes.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, float32s, realsAndBfloat16s, TypeSet } from '../type-set.js';
import { groupsOver, meanSquareOf, scaleAndShift, standardize, stashElementType } from './statistics.js';

const attributes = { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) };

/** The axes from `axis` on. */
export function normalizedAxes(axis: number, rank: number): number[] {
  const first = normalizeAxis(axis, rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

const onlyInOnnxruntime = defineProblem(
  'US1309',
  { operator: 'string', since: 'integer', instead: 'string' },
  ({ operator, since, instead }) => ({
    message: `only onnxruntime has ${operator} in this operator set`,
    expected: `${instead} in operator set ${since} or newer`,
    actual: operator,
    hint: 'onnxruntime runs the model; where other tools are to read it, export for a newer operator set',
  }),
);

/** Warns of an operator of ONNX's domain that ONNX has only later, or under another name. */
export function warnOfOnnxruntime(
  context: Pick<InferContext<unknown>, 'warn'>,
  operator: string,
  since: number,
  instead: string,
): void {
  context.warn(onlyInOnnxruntime({ operator, since, instead }));
}

/** Version 1 is onnxruntime's, whose optimizer writes the operator into older operator sets. */
const layerNormalization = defineOperator({
  name: 'LayerNormalization',
  versions: [1, 17],
  inputs: [required('X', 'T'), required('Scale', 'V').typeFrom(17, 'T'), optional('B', 'V').typeFrom(17, 'T')],
  outputs: [required('Y', 'V').typeFrom(17, 'T'), optional('Mean', 'U'), optional('InvStdDev', 'U')],
  types: {
    T: realsAndBfloat16s,
    U: float32s.and(TypeSet.of('float64')).only(17, float32s.and(bfloat16s)),
    V: realsAndBfloat16s,
  },
  attributes,
  infer: (context) => {
    if (context.version < 17) warnOfOnnxruntime(context, 'LayerNormalization', 17, 'LayerNormalization');
    const stash = stashElementType(context.attributes.stash_type);
    let y: Shape | undefined = shapeOfRank(context, 0, 'X', { min: 1 });
    y = broadcastOnto(context, y, context.shape(1), 'Scale');
    y = broadcastOnto(context, y, context.shape(2), 'B');
    const axes = y && normalizedAxes(context.attributes.axis, y.length);
    const statistics = tensorType(
      stash,
      y?.map((size, axis) => (axes?.includes(axis) ? 1 : size)),
    );
    return [tensorType(context.elementType(1), y), statistics, statistics];
  },
  reference: (context) => {
    const { axis, epsilon, stash_type } = context.attributes;
    const stash = stashElementType(stash_type);
    const x = tensorAt(context, 0);
    const groups = groupsOver(x.dims, normalizedAxes(axis, x.dims.length));
    const { values, mean, inverseDeviation } = standardize(numbersOf(x), groups, epsilon);
    const scale = tensorAt(context, 1);
    scaleAndShift(values, x.dims, scale, context.inputs[2]);
    return [
      tensorFromNumbers(scale.type, x.dims, values),
      tensorFromNumbers(stash, groups.dims, mean),
      tensorFromNumbers(stash, groups.dims, inverseDeviation),
    ];
  },
});

const rmsNormalization = defineOperator({
  name: 'RMSNormalization',
  versions: [23],
  inputs: [required('X', 'T'), required('scale', 'V')],
  outputs: [required('Y', 'V')],
  types: { T: realsAndBfloat16s, V: realsAndBfloat16s },
  attributes,
  infer: (context) => {
    stashElementType(context.attributes.stash_type);
    const x = shapeOfRank(context, 0, 'X', { min: 1 });
    if (x !== undefined) normalizeAxis(context.attributes.axis, x.length);
    return [tensorType(context.elementType(1), broadcastOnto(context, x, context.shape(1), 'scale'))];
  },
  reference: (context) => {
    const { axis, epsilon } = context.attributes;
    const x = tensorAt(context, 0);
    const scale = tensorAt(context, 1);
    const numbers = numbersOf(x);
    const groups = groupsOver(x.dims, normalizedAxes(axis, x.dims.length));
    const rootMeanSquare = meanSquareOf(numbers, groups).map((square) => Math.sqrt(square + epsilon));
    const values = new Float64Array(numbers).map((value, i) => value / rootMeanSquare[groups.of[i]!]!);
    scaleAndShift(values, x.dims, scale);
    return [tensorFromNumbers(scale.type, x.dims, values)];
  },
});

export const layerNormalizations = family(layerNormalization, rmsNormalization);
