/** Element types in attributes of nodes that are made. */
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import type { Attribute } from '../ir/graph.js';
import { intAttribute } from '../ir/graph-editor.js';

/** Why some nodes cannot be expanded. */
export const unknownType = 'a type that is not known';

export function typeAttribute(type: ElementType): Attribute {
  return intAttribute(elementTypeFacts(type).code);
}
