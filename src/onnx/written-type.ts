/** Which types are written as they were read. */
import type { Dim } from '../ir/dim.js';
import { elementTypeFromCode } from '../ir/element-type.js';
import type { ValueType } from '../ir/graph.js';
import { present } from './kept.js';
import { type DimensionLike, type TypeProtoLike, toNumber } from './proto.js';

/**
 * Whether writing `type` reproduces the message that it was read from: sizes have the names that we write, and there is
 * nothing else in it.
 */
export function isWrittenAs(type: ValueType, proto: TypeProtoLike): boolean {
  const { tensorType } = proto;
  if (type.kind !== 'tensor' || !tensorType || proto.$unknowns !== undefined || tensorType.$unknowns !== undefined)
    return false;
  const code = present(tensorType, 'elemType');
  if (code === undefined || (code !== 0 && elementTypeFromCode(code) === undefined)) return false;
  const shape = present(tensorType, 'shape');
  if (shape === undefined) return true;
  if (shape.$unknowns !== undefined) return false;
  return (shape.dim ?? []).every((dim, axis) => isWrittenAsDim(type.shape![axis]!, dim));
}

function isWrittenAsDim(dim: Dim, proto: DimensionLike): boolean {
  if (proto.$unknowns !== undefined) return false;
  const size = present(proto, 'dimValue');
  const name = present(proto, 'dimParam');
  if (typeof dim === 'number') return name === undefined && size !== undefined && toNumber(size) === dim;
  // A size with neither is open. One named like `?` is read as open as well, so its name is not the symbol's.
  return size === undefined && (name === undefined || name === dim.toString());
}
