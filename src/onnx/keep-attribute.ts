/** What an attribute has beside what the graph models. */
import { ProblemError } from '../diagnostics.js';
import type { Attribute } from '../ir/graph.js';
import { type AttributeReader, fieldList, isSet, readKind } from './attributes.js';
import { type AttributeKept, noFields, present } from './kept.js';
import { emptyField, rawFields, textField } from './kept-fields.js';
import type { AttributeProtoLike, TypeProtoLike } from './proto.js';

/** AttributeProto.doc_string */
const docString = 13;

export function keepAttribute(
  proto: AttributeProtoLike,
  kind: Attribute['kind'],
  reader: AttributeReader,
): AttributeKept | undefined {
  const raw = rawFields(proto, emptyField(1, proto, 'name'), textField(docString, present(proto, 'docString')));
  const hasName = Object.hasOwn(proto, 'name');
  const hasType = Object.hasOwn(proto, 'type');
  let hasValue = kind.endsWith('s');
  let others: Attribute[] | undefined;
  for (const [other, field] of fieldList) {
    if (unkept.has(other) && other !== kind) continue;
    if (!isSet(proto, field)) continue;
    if (other === kind) hasValue = true;
    else {
      others ??= [];
      others.push(...readOther(proto, other, reader));
    }
  }
  const types = typesOf(proto, kind);
  if (raw === noFields && hasName && hasType && hasValue && others === undefined && types === undefined)
    return undefined;
  const absent = new Set<'name' | 'type' | 'value'>();
  if (!hasName) absent.add('name');
  if (!hasType) absent.add('type');
  if (!hasValue) absent.add('value');
  return { raw, absent, others: others ?? [], types };
}

/**
 * The content of a field that the attribute's type does not name. Undefined if it is malformed, which is not an error
 * since nothing reads it.
 */
function readOther(proto: AttributeProtoLike, kind: Attribute['kind'], reader: AttributeReader): readonly Attribute[] {
  const kept: AttributeKept = { ...plain, types: typesOf(proto, kind) };
  try {
    return [{ ...readKind(proto, kind, reader), kept }];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

const plain: AttributeKept = { raw: noFields, absent: new Set(), others: [], types: undefined };

/**
 * Not kept: a graph in a field that the attribute's type does not name would be a second scope with the same names.
 */
const unkept: ReadonlySet<Attribute['kind']> = new Set(['graph', 'graphs']);

function typesOf(proto: AttributeProtoLike, kind: Attribute['kind']): readonly TypeProtoLike[] | undefined {
  const types = kind === 'type' ? proto.tp && [proto.tp] : kind === 'types' ? proto.typeProtos : undefined;
  return types?.length ? types : undefined;
}
