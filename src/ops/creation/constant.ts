/** Constant: a value in one of the node's attributes. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import type { Constant } from '../../ir/graph.js';
import { tensorType } from '../../ir/shape.js';
import { float32, Tensor } from '../../ir/tensor.js';
import { bigint, bigints, constant, float, floats, sparseConstant, text, texts } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { anyType, reals } from '../type-set.js';

const attributes = {
  value: constant().requiredBefore(11),
  sparse_value: sparseConstant().from(11),
  value_float: float().from(12),
  value_floats: floats().from(12),
  value_int: bigint().from(12),
  value_ints: bigints().from(12),
  value_string: text().from(12),
  value_strings: texts().from(12),
};

interface ConstantAttributes {
  readonly value: Constant | undefined;
  readonly sparse_value: Constant | undefined;
  readonly value_float: number | undefined;
  readonly value_floats: readonly number[] | undefined;
  readonly value_int: bigint | undefined;
  readonly value_ints: readonly bigint[] | undefined;
  readonly value_string: string | undefined;
  readonly value_strings: readonly string[] | undefined;
}

/** Type and shape without loading the elements, which may be large, and the tensor on demand. */
interface Written {
  readonly type: ElementType;
  readonly dims: readonly number[];
  load(): Tensor;
}

const constantValueCount = defineProblem('US1302', { given: 'strings' }, ({ given }) => ({
  message: 'a Constant has its value in one attribute',
  expected: `one of ${Object.keys(attributes).join(', ')}`,
  actual: given.length === 0 ? 'none' : given.join(', '),
}));

/** @throws ProblemError if not exactly one attribute has the value */
function written(given: ConstantAttributes): Written {
  let count = 0;
  for (const name in given) if (given[name as keyof ConstantAttributes] !== undefined) count++;
  if (count !== 1) {
    const present = Object.entries(given).filter(([, value]) => value !== undefined);
    fail(constantValueCount({ given: present.map(([name]) => name) }));
  }
  const { value, sparse_value, value_float, value_floats, value_int, value_ints, value_string, value_strings } = given;
  const stored = value ?? sparse_value;
  if (stored !== undefined) return stored;
  const held = (tensor: Tensor): Written => ({ type: tensor.type, dims: tensor.dims, load: () => tensor });
  if (value_float !== undefined) return held(float32([], [value_float]));
  if (value_floats !== undefined) return held(float32([value_floats.length], value_floats));
  if (value_int !== undefined) return held(new Tensor('int64', [], BigInt64Array.of(value_int)));
  if (value_ints !== undefined) return held(new Tensor('int64', [value_ints.length], BigInt64Array.from(value_ints)));
  if (value_string !== undefined) return held(new Tensor('string', [], [value_string]));
  return held(new Tensor('string', [value_strings!.length], [...value_strings!]));
}

export const constants = family(
  defineOperator({
    name: 'Constant',
    versions: [1, 9, 11, 12, 13, 19, 21, 23, 24, 25],
    inputs: [],
    outputs: [required('output', 'T')],
    types: { T: reals.from(9, anyType) },
    attributes,
    infer: ({ attributes: given }) => {
      const { type, dims } = written(given);
      return [tensorType(type, dims)];
    },
    reference: ({ attributes: given }) => [written(given).load()],
  }),
);
