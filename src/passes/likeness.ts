/** Types that inference knows of two values, compared. */
import type { Inference } from '../infer/infer.js';
import { isFloat } from '../ir/element-type.js';
import type { Value } from '../ir/graph.js';
import { formatShape } from '../ir/shape.js';

/** Why a result does not have, or may not have, the type and the shape of a value of floats; undefined where it has both. */
export function whyUnlike(value: Value, result: Value, { types }: Inference): string | undefined {
  const [from, to] = [types.get(value), types.get(result)];
  const name = `'${value.name}'`;
  if (from?.elementType === undefined || to?.elementType === undefined) return `the type of ${name} is not known`;
  if (!isFloat(from.elementType)) return `${name} is of ${from.elementType}`;
  if (from.elementType !== to.elementType) return `${name} is ${from.elementType}, and the result ${to.elementType}`;
  if (from.shape === undefined || to.shape === undefined) return `the shape of ${name} is not known`;
  const isSame = from.shape.length === to.shape.length && from.shape.every((size, axis) => size === to.shape?.[axis]);
  return isSame ? undefined : `${name} is ${formatShape(from.shape)}, and the result ${formatShape(to.shape)}`;
}
