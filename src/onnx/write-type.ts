/** ValueType → TypeProto. */
import { type Dim, symbolsOf } from '../ir/dim.js';
import { parseDim } from '../ir/dim-parse.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../ir/element-type.js';
import type { ValueType } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
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

/** A size that has no name of its own stays open: a made-up name would say that it equals others of that name. */
function dimension(dim: Dim): MessageWriter {
  const message = new MessageWriter();
  if (typeof dim === 'number') {
    if (dim >= 0) message.integer(1, dim);
  } else if ([...symbolsOf(dim).values()].every(({ reason }) => reason === undefined)) {
    const text = dim.toString();
    if (parseDim(text) === dim) message.text(2, text);
  }
  return message;
}

/** Types that are kept as their description: `sequence(tensor(float32))`. Shapes inside them are not known. */
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
