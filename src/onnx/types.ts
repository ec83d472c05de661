/** TypeProto → ValueType. */

import { type Dim, symbol } from '../ir/dim.js';
import { elementTypeFromCode } from '../ir/element-type.js';
import { heldType, type ValueType } from '../ir/graph.js';
import { type DimensionLike, type TypeProtoLike, toNumber } from './proto.js';
import { sizeArithmetic } from './rare-part.js';

/**
 * @param name the value's name: unknown sizes become the symbols `name.axis`
 * @param local for types within a function: prefix of the name. Sizes with names then count as unknown, since a name in
 * a function stands for a different size in each call
 */
export function readType(proto: TypeProtoLike, name: string, local?: string): ValueType {
  const { tensorType, sparseTensorType, sequenceType, optionalType, mapType } = proto;
  if (tensorType) {
    return {
      kind: 'tensor',
      elementType: elementTypeFromCode(tensorType.elemType ?? 0),
      shape:
        tensorType.shape?.dim?.map((dim, axis) => readDim(dim, `${local ?? ''}${name}.${axis}`, local !== undefined)) ??
        (tensorType.shape ? [] : undefined),
    };
  }
  const inner = (type: TypeProtoLike | null | undefined) => (type ? describe(readType(type, name, local)) : '?');
  if (sequenceType) {
    const { elemType } = sequenceType;
    // Tensors of a sequence may differ in a size, even if it has a name.
    const element = elemType?.tensorType ? readType(elemType, name, local ?? '') : undefined;
    return {
      kind: 'other',
      description: `sequence(${inner(elemType)})`,
      ...(element?.kind === 'tensor' && { sequence: { elementType: element.elementType, shape: element.shape } }),
    };
  }
  if (optionalType) {
    const { elemType } = optionalType;
    const optional = elemType ? heldType(readType(elemType, name, local ?? '')) : undefined;
    return {
      kind: 'other',
      description: `optional(${inner(elemType)})`,
      ...(optional !== undefined && { optional }),
    };
  }
  if (mapType)
    return {
      kind: 'other',
      description: `map(${elementTypeFromCode(mapType.keyType ?? 0) ?? '?'}, ${inner(mapType.valueType)})`,
    };
  if (sparseTensorType)
    return {
      kind: 'other',
      description: `sparse_tensor(${elementTypeFromCode(sparseTensorType.elemType ?? 0) ?? '?'})`,
    };
  return { kind: 'other', description: 'unknown' };
}

function describe(type: ValueType): string {
  return type.kind === 'tensor' ? `tensor(${type.elementType ?? '?'})` : type.description;
}

/** Texts that exporters write for "any size" in place of a name; such sizes are independent of each other. */
const anySize = new Set(['?', '-1', 'None', 'none', 'unk', '*']);

function readDim({ dimValue, dimParam }: DimensionLike, place: string, isLocal: boolean): Dim {
  const open = () => symbol(place, { reason: 'not given by the file' });
  const text = dimParam?.trim() ?? '';
  const named = text !== '' && !anySize.has(text) ? sizeNamed(text) : undefined;
  if (named !== undefined && typeof named !== 'number') return isLocal ? open() : named;
  // Some exporters write -1 for an open size.
  const size = named ?? (dimValue === null || dimValue === undefined ? -1 : toNumber(dimValue));
  return Number.isSafeInteger(size) && size >= 0 ? size : open();
}

/** The size that a text stands for: nearly always a name, and otherwise arithmetic. */
function sizeNamed(text: string): Dim {
  return /^[A-Za-z_][\w.]*$/.test(text) ? symbol(text) : sizeArithmetic.value.parseDim(text);
}
