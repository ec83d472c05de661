/** ValueType → TypeProto. */
import type { Dim } from '../ir/dim.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../ir/element-type.js';
import type { ValueType } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { nameOf } from './dim-name.js';
import { present } from './kept.js';
import {
  type DimensionLike,
  type ElementLike,
  type MapTypeLike,
  type TensorTypeLike,
  type TypeProtoLike,
  toBigInt,
} from './proto.js';
import { MessageWriter } from './write-message.js';

export function writeType(type: ValueType): MessageWriter {
  const message = new MessageWriter();
  if (type.kind === 'tensor') message.message(1, tensorType(type));
  else writeDescribed(message, type.description);
  return message;
}

function tensorType({ elementType, shape }: TensorType): MessageWriter {
  const message = new MessageWriter();
  message.integer(1, elementType === undefined ? 0 : elementTypeFacts(elementType).code);
  if (shape !== undefined) {
    const dims = new MessageWriter();
    for (const dim of shape) dims.message(1, dimension(dim));
    message.message(2, dims);
  }
  return message;
}

function dimension(dim: Dim): MessageWriter {
  const message = new MessageWriter();
  if (typeof dim === 'number') {
    // A size beyond what numbers hold exactly is left open, as it would be another one.
    if (dim >= 0 && Number.isSafeInteger(dim)) message.integer(1, dim);
  } else {
    const name = nameOf(dim);
    if (name !== undefined) message.text(2, name);
  }
  return message;
}

/** Writes a type as it was read, including what the graph does not model. */
export function writeTypeProto(proto: TypeProtoLike): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  const { tensorType, sequenceType, mapType, sparseTensorType, optionalType } = proto;
  if (tensorType) message.message(1, tensorTypeProto(tensorType));
  if (sequenceType) message.message(4, elementProto(sequenceType));
  if (mapType) message.message(5, mapProto(mapType));
  if (sparseTensorType) message.message(8, tensorTypeProto(sparseTensorType));
  if (optionalType) message.message(9, elementProto(optionalType));
  return message;
}

function tensorTypeProto(proto: TensorTypeLike): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  const code = present(proto, 'elemType');
  if (code !== undefined) message.integer(1, code);
  if (proto.shape) {
    const dims = new MessageWriter();
    dims.raw(proto.shape.$unknowns);
    for (const dim of proto.shape.dim ?? []) dims.message(1, dimensionProto(dim));
    message.message(2, dims);
  }
  return message;
}

function dimensionProto(proto: DimensionLike): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  const size = present(proto, 'dimValue');
  const name = present(proto, 'dimParam');
  if (size !== undefined) message.integer(1, toBigInt(size));
  if (name !== undefined) message.text(2, name);
  return message;
}

function elementProto(proto: ElementLike): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  if (proto.elemType) message.message(1, writeTypeProto(proto.elemType));
  return message;
}

function mapProto(proto: MapTypeLike): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  const key = present(proto, 'keyType');
  if (key !== undefined) message.integer(1, key);
  if (proto.valueType) message.message(2, writeTypeProto(proto.valueType));
  return message;
}

/**
 * Writes types that are kept as a description, such as `sequence(tensor(float32))`. Shapes inside them are unknown.
 */
function writeDescribed(message: MessageWriter, description: string): void {
  const [, kind, content = ''] = /^(\w+)\((.*)\)$/s.exec(description) ?? [];
  const inner = (text: string): MessageWriter => {
    const nested = new MessageWriter();
    writeDescribed(nested, text);
    return nested;
  };
  const element = new MessageWriter();
  switch (kind) {
    case 'tensor':
    case 'sparse_tensor':
      element.integer(1, codeOf(content));
      message.message(kind === 'tensor' ? 1 : 8, element);
      break;
    case 'sequence':
    case 'optional':
      element.message(1, inner(content));
      message.message(kind === 'sequence' ? 4 : 9, element);
      break;
    case 'map': {
      const [key = '', ...value] = content.split(', ');
      element.integer(1, codeOf(key));
      element.message(2, inner(value.join(', ')));
      message.message(5, element);
    }
  }
}

function codeOf(name: string): number {
  return elementTypes.includes(name as ElementType) ? elementTypeFacts(name as ElementType).code : 0;
}
