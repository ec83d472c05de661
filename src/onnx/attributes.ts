/** AttributeProto → Attribute. */
import { defineProblem, fail, quoted } from '../diagnostics.js';
import type { Attribute, Graph } from '../ir/graph.js';
import { readConstant, readSparseConstant } from './constant.js';
import type { ExternalFiles } from './external-data.js';
import type { Keeper } from './keeper.js';
import { present } from './kept.js';
import { type AttributeProtoLike, type GraphProtoLike, toBigInt } from './proto.js';
import { readType } from './types.js';

/** AttributeProto.AttributeType, by number. */
const kinds: Readonly<Record<number, Attribute['kind']>> = {
  1: 'float',
  2: 'int',
  3: 'string',
  4: 'tensor',
  5: 'graph',
  6: 'floats',
  7: 'ints',
  8: 'strings',
  9: 'tensors',
  10: 'graphs',
  11: 'sparseTensor',
  12: 'sparseTensors',
  13: 'type',
  14: 'types',
};

/** The field that holds each kind. */
const fields: Readonly<Record<Attribute['kind'], keyof AttributeProtoLike>> = {
  floats: 'floats',
  ints: 'ints',
  strings: 'strings',
  tensors: 'tensors',
  graphs: 'graphs',
  sparseTensors: 'sparseTensors',
  types: 'typeProtos',
  string: 's',
  tensor: 't',
  graph: 'g',
  sparseTensor: 'sparseTensor',
  type: 'tp',
  int: 'i',
  float: 'f',
};

export interface AttributeReader {
  readonly files: ExternalFiles | undefined;
  readonly keeper: Keeper | undefined;
  /** Reads a subgraph in the scope of its node. */
  readGraph(proto: GraphProtoLike): Graph;
}

export function readAttribute(proto: AttributeProtoLike, reader: AttributeReader): Attribute {
  const kind = kindOf(proto);
  const attribute = readKind(proto, kind, reader);
  const kept = reader.keeper?.keepAttribute(proto, kind, reader);
  return kept === undefined ? attribute : { ...attribute, kept };
}

/** The kinds with their fields. */
export const fieldList = Object.entries(fields) as readonly (readonly [Attribute['kind'], keyof AttributeProtoLike])[];

/** Whether the field is present; an empty list counts as absent, since the two are encoded alike. */
export function isSet(proto: AttributeProtoLike, field: keyof AttributeProtoLike): boolean {
  const value = present(proto, field);
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

const attributeWithoutValue = defineProblem(
  'US1108',
  { attribute: 'string', kind: 'string' },
  ({ attribute, kind }) => ({
    message: `the attribute ${quoted(attribute)} says it is of kind ${kind}, but has no such value`,
    value: attribute,
  }),
);

/** @throws ProblemError US1108 for an attribute without a value of the kind */
export function readKind(proto: AttributeProtoLike, kind: Attribute['kind'], reader: AttributeReader): Attribute {
  const name = proto.name ?? '';
  const missing = (): never => fail(attributeWithoutValue({ attribute: name, kind }));
  switch (kind) {
    case 'float':
      return { kind, value: proto.f ?? 0 };
    case 'int':
      return { kind, value: toBigInt(proto.i ?? 0) };
    case 'string':
      return { kind, value: proto.s ?? new Uint8Array() };
    case 'tensor':
      return { kind, value: readConstant(proto.t ?? missing(), reader.files, name, reader.keeper) };
    case 'graph':
      return { kind, value: reader.readGraph(proto.g ?? missing()) };
    case 'sparseTensor':
      return { kind, value: readSparseConstant(proto.sparseTensor ?? missing(), reader.files, reader.keeper) };
    case 'type':
      return { kind, value: readType(proto.tp ?? missing(), name) };
    case 'floats':
      return { kind, value: proto.floats ?? [] };
    case 'ints':
      return { kind, value: (proto.ints ?? []).map(toBigInt) };
    case 'strings':
      return { kind, value: proto.strings ?? [] };
    case 'tensors':
      return {
        kind,
        value: (proto.tensors ?? []).map((tensor) => readConstant(tensor, reader.files, name, reader.keeper)),
      };
    case 'graphs':
      return { kind, value: (proto.graphs ?? []).map((graph) => reader.readGraph(graph)) };
    case 'sparseTensors':
      return {
        kind,
        value: (proto.sparseTensors ?? []).map((sparse) => readSparseConstant(sparse, reader.files, reader.keeper)),
      };
    case 'types':
      return { kind, value: (proto.typeProtos ?? []).map((type) => readType(type, name)) };
  }
}

const attributeKindUnknown = defineProblem(
  'US1108',
  { attribute: 'string', kind: 'integer' },
  ({ attribute, kind }) => ({
    message: `the attribute ${quoted(attribute)} has a kind that the specification does not have`,
    expected: '1 to 14',
    actual: String(kind),
  }),
);

/**
 * The kind that `type` states. Files of the first IR versions do not state it; there the field that is set decides.
 */
function kindOf(proto: AttributeProtoLike): Attribute['kind'] {
  const stated = proto.type ?? 0;
  if (stated !== 0) {
    const kind = kinds[stated];
    if (kind !== undefined) return kind;
    fail(attributeKindUnknown({ attribute: proto.name ?? '', kind: stated }));
  }
  for (const [kind, field] of fieldList) if (isSet(proto, field)) return kind;
  return 'ints';
}
