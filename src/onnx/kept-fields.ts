/** Fields as records keep them (kept.ts). */
import type { Metadata } from '../ir/graph.js';
import { type KeptMetadata, noFields, type RawFields } from './kept.js';
import type { EntryLike } from './proto.js';
import { concatenate, MessageWriter } from './write-message.js';

/**
 * Fields that nothing models: those unknown to the codec, and others. They include texts that are present but empty,
 * which differ from absent ones.
 */
export function rawFields(
  message: { readonly $unknowns?: readonly Uint8Array[] },
  ...others: readonly (Uint8Array | undefined)[]
): RawFields {
  const unknown = message.$unknowns;
  if (others.every((field) => field === undefined)) return unknown ?? noFields;
  const fields = others.filter((field) => field !== undefined);
  return unknown === undefined ? fields : [...fields, ...unknown];
}

/** Encoded empty texts by field number, cached because some exporters write them for every node. */
const emptyFields = Array.from({ length: 16 }, (_, field) => Uint8Array.of(field * 8 + 2, 0));

export function textField(field: number, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const known = text === '' ? emptyFields[field] : undefined;
  if (known !== undefined) return known;
  const message = new MessageWriter();
  message.text(field, text);
  return concatenate(message, message.byteLength);
}

/** The encoded field if the text is present and empty; other texts are modeled. */
export function emptyField<T extends object>(field: number, message: T, key: keyof T): Uint8Array | undefined {
  return message[key] === '' && Object.hasOwn(message, key) ? textField(field, '') : undefined;
}

/** The field's number. */
export function fieldOf(raw: Uint8Array): number {
  let tag = 0;
  for (let i = 0; i < 5 && i < raw.length; i++) {
    tag += (raw[i]! & 127) * 128 ** i;
    if (raw[i]! < 128) break;
  }
  return Math.floor(tag / 8);
}

export function keptMetadata(entries: readonly EntryLike[], metadata: Metadata): KeptMetadata | undefined {
  return isPlain(entries, metadata) ? undefined : { entries, metadata };
}

/** Whether a map represents the entries completely. */
function isPlain(entries: readonly EntryLike[], { size }: Metadata): boolean {
  if (entries.length !== size) return false;
  for (const entry of entries)
    if (!Object.hasOwn(entry, 'key') || !Object.hasOwn(entry, 'value') || entry.$unknowns !== undefined) return false;
  return true;
}
