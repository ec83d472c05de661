/** The attribute `dtype`: the element type of an operator's output. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFromCode } from '../../ir/element-type.js';
import { requireKind, type TypeKind } from '../elementwise/element-types.js';

const unknownDtype = defineProblem('US1304', { code: 'integer' }, ({ code }) => ({
  message: "the attribute 'dtype' does not name an element type",
  value: 'dtype',
  expected: 'a TensorProto.DataType',
  actual: String(code),
}));

/** @throws ProblemError US1304 if `code` is not an element type, US1210 if the type is not of `kind` */
export function dtypeOf(code: number, kind: TypeKind): ElementType {
  const type = elementTypeFromCode(code);
  if (type === undefined) {
    fail(unknownDtype({ code }));
  }
  requireKind(type, kind, 'dtype');
  return type;
}

/** The type that `dtype` names, or that of the input it falls back to. @throws ProblemError as `dtypeOf` does */
export function dtypeOr(
  code: number | undefined,
  fallback: ElementType | undefined,
  kind: TypeKind,
): ElementType | undefined {
  if (code !== undefined) return dtypeOf(code, kind);
  requireKind(fallback, kind, 'the input, whose type the output takes without dtype,');
  return fallback;
}
