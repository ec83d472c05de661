/** LpPool: the p-norm of each window. */
import { computeArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { flag, int } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import { expandLpPool } from './lp-expansion.js';
import { type PoolAttributes, poolAttributes, poolShape } from './pool.js';
import { pool, pooledDims, type Reducer } from './pool-reference.js';

function lpPool(attributes: PoolAttributes & { readonly p: number }, x: Tensor): Tensor {
  const shape = pooledDims(attributes, x);
  const out = computeArray(x.type, elementCount(shape.dims));
  const { p } = attributes;
  let sum = 0;
  const reducer: Reducer = {
    begin: () => {
      sum = 0;
    },
    see: (value) => {
      sum += Math.abs(value) ** p;
    },
    end: () => sum ** (1 / p),
  };
  pool(shape, numbersOf(x), reducer, (o, value) => {
    out[o] = value;
  });
  return tensorFromNumbers(x.type, shape.dims, out);
}

export const lpPooling = family(
  defineOperator({
    name: 'LpPool',
    versions: [1, 2, 11, 18, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(18),
      ceil_mode: flag(false).from(18),
      p: int(2),
    },
    infer: (context) => [tensorType(context.elementType(0), poolShape(context))],
    reference: (context) => [lpPool(context.attributes, tensorAt(context, 0))],
    expand: ({ attributes, inputs, outputs }, expansion) => expandLpPool(expansion, attributes, inputs.X, outputs.Y),
  }),
);
