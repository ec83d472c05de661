/** What a model has beside what graphs model. */
import type { Metadata } from '../ir/graph.js';
import { type ModelKept, present } from './kept.js';
import { emptyField, fieldOf, keptMetadata, rawFields, textField } from './kept-fields.js';
import { type ModelProtoLike, toBigInt } from './proto.js';
import { concatenate, MessageWriter } from './write-message.js';

/** What was read of a model. */
export interface ReadModel extends Pick<ModelKept, 'graph' | 'file' | 'versions' | 'assumedOpset' | 'functions'> {
  readonly metadata: Metadata;
}

export function keepModel(proto: ModelProtoLike, { metadata, versions, ...read }: ReadModel): ModelKept {
  const raw = rawFields(
    proto,
    emptyField(2, proto, 'producerName'),
    emptyField(3, proto, 'producerVersion'),
    textField(4, present(proto, 'domain')),
    textField(6, present(proto, 'docString')),
  );
  return {
    raw: [...raw.filter((field) => fieldOf(field) !== trainingInfo), ...versionField(proto)],
    training: raw.filter((field) => fieldOf(field) === trainingInfo),
    ...read,
    opsets: proto.opsetImport ?? [],
    versions: new Map(versions),
    metadata: keptMetadata(proto.metadataProps ?? [], metadata),
  };
}

/** ModelProto.training_info */
const trainingInfo = 20;

/** ModelProto.model_version, which our own decoder leaves to the unknown fields. */
function versionField(proto: ModelProtoLike): Uint8Array[] {
  const version = present(proto, 'modelVersion');
  if (version === undefined) return [];
  const message = new MessageWriter();
  message.integer(5, toBigInt(version));
  return [concatenate(message, message.byteLength)];
}
