/** QLinearConcat: tensors with a scale and a zero point each, joined under those of the result. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import type { Expansion } from '../expansion.js';
import { checkConcatenated, concatenate, concatShape } from '../movement/concat.js';
import { defineOperator, family } from '../operator.js';
import { elementTypesDiffer } from '../problems.js';
import { checkParameter } from '../quantization/parameters.js';
import { required, variadic } from '../signature.js';
import { bytes, float32s } from '../type-set.js';
import { dequantized, quantized } from './affine.js';

const incomplete = defineProblem('US1306', { count: 'integer' }, ({ count }) => ({
  message: 'QLinearConcat takes a tensor, its scale and its zero point for each tensor that it joins',
  expected: 'a multiple of 3, at least 3, after Y_scale and Y_zero_point',
  actual: String(count),
}));

/** The places of the joined tensors among all inputs. */
function placesOf(inputCount: number): number[] {
  const count = inputCount - 2;
  if (count < 3 || count % 3 !== 0) fail(incomplete({ count }));
  return Array.from({ length: count / 3 }, (_, i) => 2 + 3 * i);
}

/** The version of Concat that the tensors are joined as. */
const concatVersion = 13;

function hasSameNumbers(expansion: Expansion, a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [expansion.facts.numbers(a), expansion.facts.numbers(b)];
  return x?.length === 1 && y?.length === 1 && x[0] === y[0];
}

export const quantizedConcat = family(
  defineOperator({
    domain: 'com.microsoft',
    name: 'QLinearConcat',
    versions: [1],
    inputs: [required('Y_scale', 'TF'), required('Y_zero_point', 'T8'), variadic('inputs', 'TV', { isMixed: true })],
    outputs: [required('Y', 'T8')],
    types: { TF: float32s, T8: bytes, TV: bytes.and(float32s) },
    attributes: { axis: int().required() },
    infer: (context) => {
      const places = placesOf(context.inputs.length);
      const type = context.elementType(1);
      checkParameter(context, 0, 'Y_scale');
      checkParameter(context, 1, 'Y_zero_point');
      for (const [i, place] of places.entries()) {
        checkType(context.elementType(place), type, `inputs[${3 * i}]`);
        checkType(context.elementType(place + 1), 'float32', `inputs[${3 * i + 1}]`);
        checkType(context.elementType(place + 2), type, `inputs[${3 * i + 2}]`);
        checkParameter(context, place + 1, `inputs[${3 * i + 1}]`);
        checkParameter(context, place + 2, `inputs[${3 * i + 2}]`);
      }
      const shape = concatShape({
        version: concatVersion,
        attributes: context.attributes,
        inputs: places.map((place) => context.inputs[place]),
        shape: (i) => context.shape(places[i]!),
        unify: (...sizes) => context.unify(...sizes),
        fresh: (...reason) => context.fresh(...reason),
      });
      return [tensorType(type, shape)];
    },
    reference: (context) => {
      const [scale, zeroPoint] = [tensorAt(context, 0), tensorAt(context, 1)];
      const { type } = zeroPoint;
      const tensors = placesOf(context.inputs.length).map((place) => {
        const x = dequantized(tensorAt(context, place), tensorAt(context, place + 1), context.inputs[place + 2]);
        return quantized(x, scale, zeroPoint, type);
      });
      const axis = checkConcatenated({ version: concatVersion, attributes: context.attributes }, tensors);
      const { dims, data } = concatenate(tensors, axis);
      return [new Tensor(type, dims, data)];
    },
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const { Y_scale: scale, Y_zero_point: zeroPoint, inputs: all } = inputs;
      const type = expansion.facts.elementType(zeroPoint);
      if (type === undefined) return 'a type that is not known';
      const tensors = placesOf(all.length + 2).map((place) => {
        const [x, ownScale, ownZero] = all.slice(place - 2) as [Value, Value, Value];
        // With the result's own parameters the integers stay what they are.
        if (hasSameNumbers(expansion, ownScale, scale) && hasSameNumbers(expansion, ownZero, zeroPoint)) return x;
        return expansion.quantize(expansion.dequantize(x, ownScale, ownZero), scale, zeroPoint, type);
      });
      expansion.add('Concat', tensors, { attributes: { axis: intAttribute(attributes.axis) }, output: outputs.Y });
      return undefined;
    },
  }),
);

function checkType(actual: string | undefined, expected: string | undefined, name: string): void {
  if (actual === undefined || expected === undefined || actual === expected) return;
  fail(
    elementTypesDiffer({
      what: `${name} of QLinearConcat and what it is joined with`,
      first: expected,
      second: actual,
    }),
  );
}
