/** Tensors in files beside the model (ONNX ExternalData.md): where they may be, and how they are read. */

import { isDeviceName } from '../diagnostics/device-name.js';
import { defineProblem, fail, quoted } from '../diagnostics.js';
import type { EntryLike } from './proto.js';
import { failTooShort } from './too-short.js';

/** Reads parts of files in the model's folder. */
export interface ExternalFiles {
  /**
   * @param location a relative path below the model's folder, parts separated by '/'
   * @param length number of bytes
   * @throws ProblemError when the file is missing, too short, or leads out of the folder
   */
  read(location: string, offset: number, length: number): Uint8Array;
  /** Like `read`, but into existing memory. Optional: callers use `read` if it is absent. */
  readInto?(location: string, offset: number, target: Uint8Array): void;
  /** A text that changes when the file does; undefined if unknown. */
  version?(location: string): string | undefined;
  /** The file's path on this machine, links resolved; undefined if it is not a file on this machine. */
  path?(location: string): string | undefined;
  /** The path of the model's own file, in the same form. */
  readonly modelFile?: string | undefined;
}

export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  /** Number of bytes; undefined for as many as the tensor needs. */
  readonly length: number | undefined;
}

/** What was found to be no risk last: most models name one file for all tensors. */
let checked: { readonly location: string; readonly plain: string } | undefined;

/** The place that a tensor's entries name; refused if it is not below the model's folder. */
export function externalPlace(tensor: string, entries: readonly EntryLike[]): ExternalPlace {
  const fields = new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
  const location = fields.get('location') ?? '';
  if (checked?.location !== location) {
    checkLocation(tensor, location);
    checked = { location, plain: plainLocation(location) };
  }
  return {
    location: checked.plain,
    offset: byteCount(tensor, 'offset', fields.get('offset')) ?? 0,
    length: byteCount(tensor, 'length', fields.get('length')),
  };
}

const externalNotByteCount = defineProblem(
  'US1007',
  { name: 'string', tensor: 'string', text: 'string' },
  ({ name, tensor, text }) => ({
    message: `the external ${name} of ${quoted(tensor)} is not a number of bytes`,
    value: tensor,
    expected: 'digits',
    actual: text,
  }),
);

function byteCount(tensor: string, name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  fail(externalNotByteCount({ name, tensor, text }));
}

const externalRefused = defineProblem(
  'US1005',
  { tensor: 'string', reason: 'string', location: 'string' },
  ({ tensor, reason, location }) => ({
    message: `the external data of ${quoted(tensor)} is refused: ${reason}`,
    value: tensor,
    expected: 'a relative path below the folder of the model',
    actual: JSON.stringify(location),
    hint: 'save the model again with its weights beside it (onnx.save_model(..., save_as_external_data=True, location="weights.bin"))',
  }),
);

/**
 * Refuses absolute paths, drive letters, URLs and '..' wherever they lead, because a model must not choose which files
 * of this machine are read (CVE-2022-25882, CVE-2024-27318, CVE-2024-5187). `ExternalFiles` resolves links and refuses
 * those that leave the folder.
 */
function checkLocation(tensor: string, location: string): void {
  const reason = refusal(location);
  if (reason === undefined) return;
  fail(externalRefused({ tensor, reason, location }));
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
            : parts.some(isDeviceName)
              ? 'its location is the name of a device'
              : undefined;
}

/** Whether a model may name a file beside it by this location, in the form that is written. */
export function isPlainLocation(location: string): boolean {
  return refusal(location) === undefined && plainLocation(location) === location;
}

/** The normal form of a location: `weights.bin` for `./weights.bin`. */
function plainLocation(location: string): string {
  return location
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

const fileNotGiven = defineProblem('US1006', { location: 'string', given: 'strings' }, ({ location, given }) => ({
  message: `the external file ${quoted(location)} is not given`,
  actual: given.join(', ') || 'no files',
  hint: `open the model by its path, or pass externalData: { ${quoted(location)}: bytes }`,
}));

/**
 * Files in memory, by location.
 * @param files may be filled after the model was read, under the locations that `externalLocations` returns
 * @param others provides all other files
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
        fail(fileNotGiven({ location, given: [...inMemory.keys()] }));
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

/** Files by normal location, from the names that a caller uses. */
export function byLocation<T>(files: Readonly<Record<string, T>>): Map<string, T> {
  return new Map(Object.entries(files).map(([location, file]) => [plainLocation(location), file]));
}
