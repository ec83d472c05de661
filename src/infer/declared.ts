/** Compares the types that the file declares with those that the graph gives. Contradictions are reported, not merged. */
import type { Problem } from '../diagnostics.js';
import { decide } from '../ir/constraint.js';
import type { Value } from '../ir/graph.js';
import { formatType, type TensorType } from '../ir/shape.js';

/**
 * The contradiction between a declared type and the actual one; undefined where they may agree.
 *
 * @param source where the actual type comes from, in words
 */
export function declaredMismatch(
  value: Value,
  declared: TensorType,
  inferred: TensorType,
  source = 'the graph gives',
): Problem | undefined {
  const problem = (message: string, hint?: string): Problem => ({
    code: 'US1214',
    message: `${message} of '${value.name}' is not what ${source}`,
    value: value.name,
    expected: `${formatType(inferred)}, as ${source}`,
    actual: `${formatType(declared)}, as the file says`,
    hint: hint ?? 'infer the shapes of the file anew, or export again: tools that trust the declaration will fail',
  });
  const { elementType, shape } = declared;
  if (elementType !== undefined && inferred.elementType !== undefined && elementType !== inferred.elementType) {
    return problem('the declared element type');
  }
  if (shape === undefined || inferred.shape === undefined) return undefined;
  if (shape.length !== inferred.shape.length) return problem('the declared rank');
  const axis = shape.findIndex((dim, i) => decide({ kind: 'equal', left: dim, right: inferred.shape![i]! }) === false);
  return axis < 0 ? undefined : problem(`the declared size at axis ${axis}`);
}
