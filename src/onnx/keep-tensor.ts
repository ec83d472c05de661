/** What a tensor has beside what the graph models. */
import type { ElementType } from '../ir/element-type.js';
import { present, type SparseKept, type TensorKept } from './kept.js';
import { emptyField, rawFields, textField } from './kept-fields.js';
import { isUnpackedElement, keptPayload } from './kept-payload.js';
import type { SparseTensorProtoLike, TensorProtoLike } from './proto.js';

/** TensorProto.doc_string and data_location */
const docString = 12;
const defaultLocation = Uint8Array.of(14 << 3, 0);

export function keepTensor(proto: TensorProtoLike, type: ElementType, keepsName: boolean): TensorKept | undefined {
  let raw = rawFields(proto, emptyField(8, proto, 'name'), textField(docString, present(proto, 'docString')));
  if (raw.some(isUnpackedElement)) raw = raw.filter((field) => !isUnpackedElement(field));
  if (present(proto, 'dataLocation') === 0) raw = [...raw, defaultLocation];
  const name = keepsName ? (proto.name ?? '') : '';
  const payload = keptPayload(proto, type);
  const entries = proto.externalData ?? [];
  const isPlain = raw.length === 0 && name === '' && payload === undefined && entries.length === 0;
  return isPlain ? undefined : { raw, name, payload, entries };
}

export function keepSparse(proto: SparseTensorProtoLike): SparseKept | undefined {
  const raw = rawFields(proto);
  return raw.length === 0 ? undefined : { raw };
}
