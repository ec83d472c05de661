/** Tensors kept in files beside the model (ONNX ExternalData.md): where they may lie, and how they are read. */
import { fail } from '../diagnostics.js';
import type { EntryLike } from './proto.js';

/** Reads parts of the files that lie in the model's folder. */
export interface ExternalFiles {
  /**
   * @param location a relative path below the model's folder, parts separated by '/'
   * @param length bytes wanted
   * @throws ProblemError when the file is missing, too short, or leads out of the folder
   */
  read(location: string, offset: number, length: number): Uint8Array;
}

export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  /** undefined: as many bytes as the tensor needs. */
  readonly length: number | undefined;
}

/** The place that a tensor's entries name, refused when it is not below the model's folder. */
export function externalPlace(tensor: string, entries: readonly EntryLike[]): ExternalPlace {
  const fields = new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
  const location = fields.get('location') ?? '';
  checkLocation(tensor, location);
  return {
    location: location.replaceAll('\\', '/'),
    offset: byteCount(tensor, 'offset', fields.get('offset')) ?? 0,
    length: byteCount(tensor, 'length', fields.get('length')),
  };
}

function byteCount(tensor: string, name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  fail('US1007', `the external ${name} of '${tensor}' is no byte count`, {
    value: tensor,
    expected: 'digits',
    actual: text,
  });
}

/**
 * Absolute paths, drive letters, URLs and '..' are refused whatever they lead to: a model must not choose which files of
 * this machine are read (CVE-2022-25882, CVE-2024-27318, CVE-2024-5187). Links are resolved and refused by the reader of files.
 */
function checkLocation(tensor: string, location: string): void {
  const parts = location.split(/[/\\]/);
  const reason =
    location === ''
      ? 'it has no location'
      : location.includes('\0')
        ? 'its location has a zero byte'
        : /^[/\\]/.test(location)
          ? 'its location is an absolute path'
          : /^[A-Za-z][A-Za-z0-9+.-]*:/.test(location)
            ? 'its location is a drive or a URL'
            : parts.includes('..')
              ? "its location has '..'"
              : undefined;
  if (reason === undefined) return;
  fail('US1005', `the external data of '${tensor}' is refused: ${reason}`, {
    value: tensor,
    expected: 'a relative path below the folder of the model',
    actual: JSON.stringify(location),
    hint: 'save the model again with its weights beside it (onnx.save_model(..., save_as_external_data=True, location="weights.bin"))',
  });
}

/** Files that the caller has brought along, by location. */
export function externalFilesFrom(files: Readonly<Record<string, Uint8Array>>): ExternalFiles {
  return {
    read(location, offset, length) {
      const bytes = Object.hasOwn(files, location) ? files[location] : undefined;
      if (bytes === undefined) {
        fail('US1006', `the external file '${location}' is not given`, {
          actual: Object.keys(files).join(', ') || 'no files',
          hint: `open the model by its path, or pass externalData: { '${location}': bytes }`,
        });
      }
      if (offset + length > bytes.length) failTooShort(location, offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

export function failTooShort(location: string, offset: number, length: number, size: number): never {
  fail('US1006', `the external file '${location}' is too short`, {
    expected: `${length} bytes at ${offset}`,
    actual: `a file of ${size} bytes`,
    hint: 'the file is damaged or belongs to another export: export the model again, or fetch it anew',
  });
}
