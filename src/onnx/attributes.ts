/** AttributeProto → Attribute. */
import { fail, quoted } from '../diagnostics.js';
import type { Attribute, Graph } from '../ir/graph.js';
import { readConstant, readSparseConstant } from './constant.js';
import type { ExternalFiles } from './external-data.js';
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
  /** Reads a subgraph in the scope of the node that has it. */
  readGraph(proto: GraphProtoLike): Graph;
}

export function readAttribute(proto: AttributeProtoLike, reader: AttributeReader): Attribute {
  const name = proto.name ?? '';
  const kind = kindOf(proto);
  const missing = (): never =>
    fail('US1108', `the attribute ${quoted(name)} says it is of kind ${kind}, but has no such value`, { value: name });
  switch (kind) {
    case 'float':
      return { kind, value: proto.f ?? 0 };
    case 'int':
      return { kind, value: toBigInt(proto.i ?? 0) };
    case 'string':
      return { kind, value: proto.s ?? new Uint8Array() };
    case 'tensor':
      return { kind, value: readConstant(proto.t ?? missing(), reader.files, name) };
    case 'graph':
      return { kind, value: reader.readGraph(proto.g ?? missing()) };
    case 'sparseTensor':
      return { kind, value: readSparseConstant(proto.sparseTensor ?? missing(), reader.files) };
    case 'type':
      return { kind, value: readType(proto.tp ?? missing(), name) };
    case 'floats':
      return { kind, value: proto.floats ?? [] };
    case 'ints':
      return { kind, value: (proto.ints ?? []).map(toBigInt) };
    case 'strings':
      return { kind, value: proto.strings ?? [] };
    case 'tensors':
      return { kind, value: (proto.tensors ?? []).map((tensor) => readConstant(tensor, reader.files, name)) };
    case 'graphs':
      return { kind, value: (proto.graphs ?? []).map((graph) => reader.readGraph(graph)) };
    case 'sparseTensors':
      return { kind, value: (proto.sparseTensors ?? []).map((sparse) => readSparseConstant(sparse, reader.files)) };
    case 'types':
      return { kind, value: (proto.typeProtos ?? []).map((type) => readType(type, name)) };
  }
}

/** What `type` says; files of the first IR versions say nothing, and the field that is set decides. */
function kindOf(proto: AttributeProtoLike): Attribute['kind'] {
  const stated = proto.type ?? 0;
  if (stated !== 0) {
    const kind = kinds[stated];
    if (kind !== undefined) return kind;
    fail('US1108', `the attribute '${proto.name ?? ''}' has a kind that the specification does not have`, {
      expected: '1 to 14',
      actual: String(stated),
    });
  }
  for (const [kind, field] of Object.entries(fields) as [Attribute['kind'], keyof AttributeProtoLike][]) {
    const value = Object.hasOwn(proto, field) ? proto[field] : undefined;
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) return kind;
  }
  return 'ints';
}
