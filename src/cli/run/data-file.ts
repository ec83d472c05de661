/** Reads a data file for an input; its format is recognized by the first bytes. */
import { isAbsolute } from 'node:path';
import { defineProblem, fail } from '../../diagnostics.js';
import { isNpy, readNpy } from '../../files/npy.js';
import { isZip, npzNames, readNpz } from '../../files/npz.js';
import { whyNotRead } from '../../files/why-not-read.js';
import type { Tensor } from '../../ir/tensor.js';
import { identifyForeign } from '../../onnx/identify.js';
import { readTensorProto } from '../../onnx/tensor-proto.js';
import { foreignPicture } from '../../pictures/foreign-formats.js';
import { isPicture, type ReadOptions, type ReadPicture, readPicture } from '../../pictures/read-picture.js';
import { isFolder } from '../make-folder.js';
import { readRegular } from '../read-regular.js';
import { openArrayFolder } from './array-folder.js';

export type DataFile =
  | { readonly kind: 'array'; readonly tensor: Tensor }
  | { readonly kind: 'archive'; readonly names: readonly string[]; read(name: string): Tensor }
  | { readonly kind: 'proto'; readonly name: string; readonly tensor: Tensor }
  | { readonly kind: 'picture'; readonly picture: ReadPicture };

export interface DataFileOptions extends ReadOptions {
  /** Names of the model's inputs, which are looked up in folders of arrays. */
  readonly names?: readonly string[];
}

/** Throws ProblemError US2005, without the file's name. */
export async function readDataFile(path: string, { maxPixels, names = [] }: DataFileOptions = {}): Promise<DataFile> {
  if (await isFolder(path)) return { kind: 'archive', ...(await openArrayFolder(path, names)) };
  const start = readBytes(path, startBytes);
  const isProto = path.toLowerCase().endsWith('.pb');
  // A file that is not data may be of any size, so only its start is read.
  if (!isNpy(start) && !isZip(start) && !isPicture(start) && !isProto) refuse(start);
  const bytes = readBytes(path);
  if (isNpy(bytes)) return { kind: 'array', tensor: readNpy(bytes) };
  if (isZip(bytes)) {
    return {
      kind: 'archive',
      names: npzNames(bytes),
      read: (name) => readNpz(bytes, (entry) => entry === name).get(name)!,
    };
  }
  if (isPicture(bytes)) return { kind: 'picture', picture: await readPicture(bytes, { maxPixels }) };
  if (isProto) return { kind: 'proto', ...readTensorProto(bytes) };
  refuse(start);
}

/** Number of bytes that suffice to recognize a format. */
const startBytes = 4096;

const notFed = defineProblem(
  'US2005',
  { bytes: 'integer', actual: 'string', hint: 'string?' },
  ({ bytes, actual, hint }) => ({
    message: bytes === 0 ? 'the file is empty' : 'the file is of no kind that can be fed',
    expected: 'a .npy array, a .npz archive, a .pb tensor, or a picture as PNG, JPEG, WebP or TIFF',
    actual,
    hint,
  }),
);

function refuse(bytes: Uint8Array): never {
  fail(notFed({ bytes: bytes.length, ...describe(bytes) }));
}

const dataFileNotRead = defineProblem('US2005', { reason: 'string', file: 'string' }, ({ reason, file }) => ({
  message: 'the data file cannot be read',
  actual: reason,
  hint: isAbsolute(file) ? undefined : `relative paths start at ${process.cwd()}`,
}));

function readBytes(path: string, limit?: number): Uint8Array {
  try {
    return readRegular(path, limit);
  } catch (error) {
    fail(dataFileNotRead({ reason: whyNotRead(error), file: path }));
  }
}

/** Describes a file that is not data. */
function describe(bytes: Uint8Array): { readonly actual: string; readonly hint?: string | undefined } {
  if (lfsPointer.test(String.fromCharCode(...bytes.subarray(0, 64))))
    return { actual: 'a Git LFS pointer, not the data itself', hint: 'fetch it with git lfs pull' };
  const picture = foreignPicture(bytes);
  if (picture !== undefined) return { actual: picture, hint: 'convert it to PNG' };
  const foreign = identifyForeign(bytes);
  return { actual: bytes.length > 0 && foreign !== undefined ? foreign.what : describeStart(bytes) };
}

const lfsPointer = /^version https:\/\/git-lfs/;

function describeStart(bytes: Uint8Array): string {
  const start = [...bytes.subarray(0, 8)];
  return start.length === 0
    ? '0 bytes'
    : `a file that starts with ${start.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
