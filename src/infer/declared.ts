/** Compares the declared types with the inferred ones. Contradictions are reported, not resolved. */
import { defineProblem, type Problem } from '../diagnostics.js';
import { decide } from '../ir/constraint.js';
import type { Bindings } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { formatShape, type TensorType } from '../ir/shape.js';

const declaredOtherwise = defineProblem(
  'US1214',
  {
    value: 'string',
    source: 'string',
    part: ['element type', 'rank', 'size'],
    axis: 'integer?',
    type: 'string?',
    shape: 'shape?',
    declaredType: 'string?',
    declaredShape: 'shape?',
  },
  ({ value, source, part, axis, type = '?', shape, declaredType = '?', declaredShape }) => ({
    message: `the declared ${part}${axis === undefined ? '' : ` at axis ${axis}`} of '${value}' is not what ${source}`,
    value,
    expected: `${type}${formatShape(shape)}, as ${source}`,
    actual: `${declaredType}${formatShape(declaredShape)}, as the file says`,
    hint: 'infer the shapes of the file anew, or export again: tools that trust the declaration will fail',
  }),
);

/**
 * The contradiction between a declared type and the actual one; undefined if they may agree.
 *
 * @param source where the actual type comes from, in words
 */
export function declaredMismatch(
  value: Value,
  declared: TensorType,
  inferred: TensorType,
  source = 'the graph gives',
): Problem | undefined {
  const { elementType, shape } = declared;
  if (elementType !== undefined && inferred.elementType !== undefined && elementType !== inferred.elementType) {
    return problemOf(value, declared, inferred, source)('element type');
  }
  if (shape === undefined || inferred.shape === undefined) return undefined;
  if (shape.length !== inferred.shape.length) return problemOf(value, declared, inferred, source)('rank');
  for (let axis = 0; axis < shape.length; axis++) {
    const left = shape[axis]!;
    const right = inferred.shape[axis]!;
    if (left !== right && decide({ kind: 'equal', left, right }) === false)
      return problemOf(value, declared, inferred, source)('size', axis);
  }
  return undefined;
}

type Part = 'element type' | 'rank' | 'size';

/**
 * The first declared size that is a number although legal sizes of the inputs give others.
 *
 * @param examples legal sizes of the inputs
 */
export function declaredForSomeSizes(
  value: Value,
  inferred: TensorType,
  examples: readonly Bindings[],
): Problem | undefined {
  if (value.declared?.kind !== 'tensor') return undefined;
  const { shape } = value.declared;
  const axis = shape?.findIndex((dim, i) => {
    const given = inferred.shape?.[i];
    if (typeof dim !== 'number' || given === undefined || typeof given === 'number') return false;
    return examples.some((sizes) => decide({ kind: 'equal', left: dim, right: given }, sizes) === false);
  });
  if (axis === undefined || axis < 0) return undefined;
  return problemOf(value, value.declared, inferred, 'the graph gives')('size', axis);
}

function problemOf(value: Value, declared: TensorType, inferred: TensorType, source: string) {
  const { elementType, shape } = declared;
  return (part: Part, axis?: number): Problem =>
    declaredOtherwise({
      value: value.name,
      source,
      part,
      axis,
      type: inferred.elementType,
      shape: inferred.shape,
      declaredType: elementType,
      declaredShape: shape,
    });
}
