/**
 * Dropout. In inference it returns its input with a mask of ones. Since version 12 an input selects training. Earlier
 * versions always run as inference here: models were exported for one or the other, and version 6's is_test, whose
 * default is 0, was often left out.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { maxKnownElements, type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { isConcrete, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { flag, float, int, ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import type { RandomSource } from '../random-source.js';
import { optional, required } from '../signature.js';
import { bfloat16s, bools, float8s, reals } from '../type-set.js';

const attributes = {
  consumed_inputs: ints().before(6),
  is_test: flag(false).before(7),
  ratio: float(0.5).before(12),
  seed: int().from(12),
};

/** Since version 10 the mask is bool; before, it had the type of the data. */
function maskType(version: number, data: ElementType | undefined): ElementType | undefined {
  return version >= 10 ? 'bool' : data;
}

/** In training, keeps each element with probability 1 − ratio and scales it to preserve the mean. */
function drop(data: Tensor, ratio: number, random: RandomSource): readonly [Tensor, Tensor] {
  const values = numbersOf(data);
  const mask = Uint8Array.from(values, () => Number(random.uniform() >= ratio));
  const scaled = Float64Array.from(values, (value, i) => (mask[i] === 1 ? value / (1 - ratio) : 0));
  return [tensorFromNumbers(data.type, data.dims, scaled), new Tensor('bool', data.dims, mask)];
}

const dropoutRatio = defineProblem('US1211', { ratio: 'number' }, ({ ratio }) => ({
  message: 'the ratio of a Dropout is out of range',
  value: 'ratio',
  expected: 'at least 0, less than 1',
  actual: String(ratio),
}));

function checkRatio(ratio: number): number {
  if (ratio >= 0 && ratio < 1) return ratio;
  fail(dropoutRatio({ ratio }));
}

/** Passes values through in inference; undefined if training cannot be ruled out. */
function followIdentity(context: InferContext<unknown>): readonly (SymbolicTensor | undefined)[] | undefined {
  const isAbsent = context.inputs[2] === undefined;
  if (!isAbsent && context.known(2)?.elements[0] !== 0) return undefined;
  const shape = context.shape(0);
  const type = maskType(context.version, context.elementType(0));
  const isSmall = shape !== undefined && isConcrete(shape) && elementCount(shape) <= maxKnownElements;
  const mask =
    isSmall && type !== undefined
      ? symbolicTensor(type, shape, new Array<number>(elementCount(shape)).fill(1))
      : undefined;
  return [context.known(0), mask];
}

export const dropout = family(
  defineOperator({
    name: 'Dropout',
    versions: [1, 6, 7, 10, 12, 13, 22],
    inputs: [required('data', 'T'), optional('ratio', 'T1').from(12), optional('training_mode', bools).from(12)],
    outputs: [required('output', 'T'), optional('mask', 'T').typeFrom(10, bools)],
    types: { T: reals.from(13, bfloat16s).from(22, float8s), T1: reals.from(22, bfloat16s, float8s) },
    isDeterministic: false,
    attributes,
    infer: (context) => {
      const type = context.elementType(0);
      const shape = context.shape(0);
      return [tensorType(type, shape), tensorType(maskType(context.version, type), shape)];
    },
    symbolic: followIdentity,
    reference: (context) => {
      const data = tensorAt(context, 0);
      const [, ratioInput, trainingMode] = context.inputs;
      if (trainingMode !== undefined && Number(trainingMode.data[0]) !== 0) {
        const ratio = ratioInput === undefined ? 0.5 : checkRatio(numbersOf(ratioInput)[0]!);
        if (ratio > 0) return drop(data, ratio, context.random.fork(context.attributes.seed));
      }
      if (context.outputCount < 2) return [data];
      const type = maskType(context.version, data.type)!;
      return [data, tensorFromNumbers(type, data.dims, new Uint8Array(data.size).fill(1))];
    },
  }),
);
