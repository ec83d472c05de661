/** GlobalAveragePool, GlobalMaxPool and GlobalLpPool: each plane becomes one element. */

import type { Value } from '../../ir/graph.js';
import { computeArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { type AttributeSpecs, type AttributeValues, int } from '../attributes.js';
import type { Expansion } from '../expansion.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import { expandGlobalLpPool } from './lp-expansion.js';

type ReducePlane = (data: ArrayLike<number>, start: number, end: number) => number;

function defineGlobalPool<const S extends AttributeSpecs, const N extends string>(
  name: N,
  versions: readonly number[],
  attributes: S,
  reducer: (attributes: AttributeValues<S>) => ReducePlane,
  expand?: (expansion: Expansion, attributes: AttributeValues<S>, x: Value, y: Value) => string | undefined,
) {
  return defineOperator({
    name,
    versions,
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes,
    infer: (context) => {
      const x = shapeOfRank(context, 0, 'X', { min: 2 });
      const shape = x?.map((dim, axis) => (axis < 2 ? dim : 1));
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => [reducePlanes(tensorAt(context, 0), reducer(context.attributes))],
    expand:
      expand && (({ attributes, inputs, outputs }, expansion) => expand(expansion, attributes, inputs.X, outputs.Y)),
  });
}

function reducePlanes(x: Tensor, reduce: ReducePlane): Tensor {
  const planes = elementCount(x.dims.slice(0, 2));
  const size = elementCount(x.dims.slice(2));
  const data = numbersOf(x);
  const out = computeArray(x.type, planes);
  for (let plane = 0; plane < planes; plane++) out[plane] = reduce(data, plane * size, (plane + 1) * size);
  return tensorFromNumbers(
    x.type,
    x.dims.map((dim, axis) => (axis < 2 ? dim : 1)),
    out,
  );
}

const average: ReducePlane = (data, start, end) => {
  let sum = 0;
  for (let i = start; i < end; i++) sum += data[i]!;
  return sum / (end - start);
};

const maximum: ReducePlane = (data, start, end) => {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) best = Math.max(best, data[i]!);
  return best;
};

function norm(p: number): ReducePlane {
  return (data, start, end) => {
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.abs(data[i]!) ** p;
    return sum ** (1 / p);
  };
}

/** Each plane's average, as GlobalAveragePool gives it. */
export function averageOfPlanes(x: Tensor): Tensor {
  return reducePlanes(x, average);
}

export const globalPooling = family(
  defineGlobalPool('GlobalAveragePool', [1, 22], {}, () => average),
  defineGlobalPool('GlobalMaxPool', [1, 22], {}, () => maximum),
  defineGlobalPool(
    'GlobalLpPool',
    [1, 2, 22],
    { p: int(2) },
    ({ p }) => norm(p),
    (expansion, { p }, x, y) => expandGlobalLpPool(expansion, p, x, y),
  ),
);
