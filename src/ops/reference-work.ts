/** About how much a reference computes, known from types alone. */
import { isConcrete, type TensorType } from '../ir/shape.js';
import { elementCount } from '../ir/tensor.js';
import type { BoundOperator } from './operator.js';

/** References that may look at all inputs for each output. */
export const quadratic: ReadonlySet<string> = new Set(['AveragePool', 'LpPool', 'LRN', 'MaxPool', 'MaxRoiPool']);

/** References whose work attributes decide, or that eliminate. */
export const unbounded: ReadonlySet<string> = new Set(['Det', 'RoiAlign']);

/** About how many times as long 64-bit integers take. */
const slowdownOfBigIntegers = 16;

/**
 * Multiply-accumulates of the node's reference, or the elements that it reads and makes if those are more; outputs whose
 * shape is not known count as large as the inputs. Infinite if types do not tell.
 */
export function referenceWork(
  bound: BoundOperator,
  inputs: readonly (TensorType | undefined)[],
  outputs: readonly (TensorType | undefined)[],
): number {
  const { operator } = bound;
  if (unbounded.has(operator.name)) return Number.POSITIVE_INFINITY;
  const read = inputs.reduce(
    (sum, type) => sum + (type === undefined ? 0 : elementsOf(type, Number.POSITIVE_INFINITY)),
    0,
  );
  const made = outputs.reduce((sum, type) => sum + (type === undefined ? 0 : elementsOf(type, read)), 0);
  const shapesOf = (types: readonly (TensorType | undefined)[]) => types.map((type) => type?.shape);
  const products = operator.countsMacs ? bound.macs({ inputs: shapesOf(inputs), outputs: shapesOf(outputs) }) : 0;
  if (typeof products !== 'number') return Number.POSITIVE_INFINITY;
  const work = quadratic.has(operator.name) ? read * Math.max(1, made) : Math.max(products, read + made);
  return outputs.some(isBigInteger) ? work * slowdownOfBigIntegers : work;
}

function elementsOf({ shape }: TensorType, otherwise: number): number {
  return shape !== undefined && isConcrete(shape) ? elementCount(shape) : otherwise;
}

function isBigInteger(type: TensorType | undefined): boolean {
  return type?.elementType === 'int64' || type?.elementType === 'uint64';
}
