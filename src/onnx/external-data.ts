/** Tensors kept in files beside the model (ONNX ExternalData.md): where they may lie, and how they are read. */
import { fail, quoted } from '../diagnostics.js';
import type { EntryLike } from './proto.js';

/** Reads parts of the files that lie in the model's folder. */
export interface ExternalFiles {
  /**
   * @param location a relative path below the model's folder, parts separated by '/'
   * @param length bytes wanted
   * @throws ProblemError when the file is missing, too short, or leads out of the folder
   */
  read(location: string, offset: number, length: number): Uint8Array;
  /** The same, into memory that is there; `read` is asked where this is absent. */
  readInto?(location: string, offset: number, target: Uint8Array): void;
  /** Changes when the file does; undefined where that is not known. */
  version?(location: string): string | undefined;
  /** Where the file lies on this machine, links resolved; undefined for one that is no file of it. */
  path?(location: string): string | undefined;
  /** Where the model's own file lies, in the same way. */
  readonly modelFile?: string | undefined;
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
    location: plainLocation(location),
    offset: byteCount(tensor, 'offset', fields.get('offset')) ?? 0,
    length: byteCount(tensor, 'length', fields.get('length')),
  };
}

function byteCount(tensor: string, name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  fail('US1007', `the external ${name} of ${quoted(tensor)} is no byte count`, {
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
  const reason = refusal(location);
  if (reason === undefined) return;
  fail('US1005', `the external data of ${quoted(tensor)} is refused: ${reason}`, {
    value: tensor,
    expected: 'a relative path below the folder of the model',
    actual: JSON.stringify(location),
    hint: 'save the model again with its weights beside it (onnx.save_model(..., save_as_external_data=True, location="weights.bin"))',
  });
}

function refusal(location: string): string | undefined {
  const parts = location.split(/[/\\]/);
  return plainLocation(location) === ''
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
}

/** Whether a model may name a file beside it so, and finds it under that name. */
export function isPlainLocation(location: string): boolean {
  return refusal(location) === undefined && plainLocation(location) === location;
}

/** One way to write each place: `weights.bin` for `./weights.bin`. */
function plainLocation(location: string): string {
  return location
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/**
 * Files that are in memory, by location.
 * @param files a map may be filled after the model was read, under locations as `externalLocations` gives them
 * @param others what has the files that are not among them
 */
export function externalFilesFrom(
  files: Readonly<Record<string, Uint8Array>> | ReadonlyMap<string, Uint8Array>,
  others?: ExternalFiles,
): ExternalFiles {
  const inMemory: ReadonlyMap<string, Uint8Array> =
    files instanceof Map ? files : byLocation(files as Record<string, Uint8Array>);
  return {
    read(location, offset, length) {
      const bytes = inMemory.get(location);
      if (bytes === undefined) {
        if (others !== undefined) return others.read(location, offset, length);
        fail('US1006', `the external file ${quoted(location)} is not given`, {
          actual: [...inMemory.keys()].join(', ') || 'no files',
          hint: `open the model by its path, or pass externalData: { ${quoted(location)}: bytes }`,
        });
      }
      if (offset + length > bytes.length) failTooShort(location, offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
    readInto(location, offset, target) {
      if (inMemory.has(location) || others?.readInto === undefined)
        target.set(this.read(location, offset, target.length));
      else others.readInto(location, offset, target);
    },
    version: (location) => (inMemory.has(location) ? undefined : others?.version?.(location)),
    path: (location) => (inMemory.has(location) ? undefined : others?.path?.(location)),
    modelFile: others?.modelFile,
  };
}

/** Files under the names that a caller has for them. */
export function byLocation<T>(files: Readonly<Record<string, T>>): Map<string, T> {
  return new Map(Object.entries(files).map(([location, file]) => [plainLocation(location), file]));
}

export function failTooShort(location: string, offset: number, length: number, size: number): never {
  fail('US1006', `the external file ${quoted(location)} is too short`, {
    expected: length === 0 ? `at least ${offset} bytes` : `${length} bytes at ${offset}`,
    actual: `a file of ${size} bytes`,
    hint: 'the file is damaged or belongs to another export: export the model again, or fetch it anew',
  });
}
