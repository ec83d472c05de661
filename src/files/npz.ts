/** Archives of .npy arrays (.npz): ZIP files whose entries are named after the arrays. */
import { unzipSync, Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import type { Tensor } from '../ir/tensor.js';
import { npyParts, readNpy } from './npy.js';

/** The most bytes of an archive's unpacked arrays; one that declares more is refused before it is unpacked. */
const maxUnpackedBytes = 2 ** 31;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/** The names of the arrays, without unpacking them. */
export function npzNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  unzip(bytes, (name) => {
    names.push(name);
    return false;
  });
  return names;
}

/** The arrays whose names `isWanted`, by name; the others are not unpacked. Throws ProblemError US2005. */
export function readNpz(bytes: Uint8Array, isWanted: (name: string) => boolean): Map<string, Tensor> {
  const arrays = new Map<string, Tensor>();
  for (const [entry, content] of unzip(bytes, isWanted)) {
    const name = arrayName(entry);
    try {
      arrays.set(name, readNpy(content));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      throw new ProblemError({ ...error.problem, message: `the array '${name}': ${error.problem.message}` });
    }
  }
  return arrays;
}

function arrayName(entry: string): string {
  return entry.replace(/\.npy$/, '');
}

const npzDamaged = defineProblem('US2005', { reason: 'string' }, ({ reason }) => ({
  message: 'the .npz archive is damaged',
  actual: reason,
}));

const npzTooLarge = defineProblem('US2005', { unpacked: 'integer', array: 'string' }, ({ unpacked, array }) => ({
  message: 'the archive unpacks to too much',
  expected: `at most ${maxUnpackedBytes} bytes`,
  actual: `${unpacked} bytes up to '${array}'`,
  hint: 'save the array as a .npy file of its own',
}));

/** Deflate makes at most 1032 bytes of one. */
const mostOfDeflate = 1032;

const npzClaims = defineProblem(
  'US2005',
  { array: 'string', most: 'integer', claimed: 'integer', bytes: 'integer' },
  ({ array, most, claimed, bytes }) => ({
    message: `the archive claims more for '${array}' than it can unpack to`,
    expected: `at most ${most} bytes of the ${bytes} that it has`,
    actual: `${claimed} bytes`,
  }),
);

function unzip(bytes: Uint8Array, isWanted: (name: string) => boolean): Map<string, Uint8Array> {
  let unpacked = 0;
  let hasProto = false;
  let entries = 0;
  try {
    const content = unzipSync(bytes, {
      filter: ({ name, size, originalSize, compression }) => {
        // The directory has at least 46 bytes for each entry. A larger count is false and would take long to walk.
        if (++entries > bytes.length / 46) fail(npzDamaged({ reason: 'a false directory' }));
        if (name.endsWith('/') || !isWanted(arrayName(name))) return false;
        unpacked += originalSize;
        if (unpacked > maxUnpackedBytes) {
          fail(npzTooLarge({ unpacked, array: name }));
        }
        const most = compression === 0 ? size : size * mostOfDeflate;
        if (originalSize > most) fail(npzClaims({ array: name, most, claimed: originalSize, bytes: size }));
        hasProto ||= name === '__proto__';
        return true;
      },
    });
    const found = new Map<string, Uint8Array>(Object.entries(content));
    // The library stores entries as properties, so an entry of this name becomes the prototype.
    if (hasProto) found.set('__proto__', Object.getPrototypeOf(content) as Uint8Array);
    return found;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    fail(npzDamaged({ reason: error instanceof Error ? error.message : String(error) }));
  }
}

/** Without ZIP64, sizes and places have 32 bits. */
const maxArchiveBytes = 2 ** 32 - 2 ** 20;

/** Arrays are compressed in pieces of this size. */
const pieceBytes = 2 ** 20;

/** A fixed date, so that archives of the same arrays are equal byte for byte. */
const noDate = new Date(1980, 0, 1);

const npzOverflow = defineProblem('US2010', { bytes: 'integer', array: 'string' }, ({ bytes, array }) => ({
  message: 'the arrays are too large for one .npz archive',
  expected: `at most ${maxArchiveBytes} bytes`,
  actual: `${bytes} bytes up to '${array}'`,
}));

/**
 * The archive of the arrays, piece by piece, so that it is never in memory as a whole. Types that NumPy does not have
 * are written as in `writeNpy`. Throws ProblemError US2010 if the arrays are too large for an archive.
 */
export function* npzPieces(
  arrays: ReadonlyMap<string, Pick<Tensor, 'type' | 'dims' | 'data'>>,
  { compress = false }: { readonly compress?: boolean } = {},
): Iterable<Uint8Array> {
  let out: Uint8Array[] = [];
  let total = 0;
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    out.push(piece);
  });
  for (const [name, tensor] of arrays) {
    const { header, data } = npyParts(tensor);
    total += header.length + data.length;
    if (total > maxArchiveBytes) {
      fail(npzOverflow({ bytes: total, array: name }));
    }
    const entry = compress ? new ZipDeflate(`${name}.npy`, { level: 6 }) : new ZipPassThrough(`${name}.npy`);
    entry.mtime = noDate;
    zip.add(entry);
    entry.push(header, data.length === 0);
    for (let at = 0; at < data.length; at += pieceBytes) {
      entry.push(data.subarray(at, at + pieceBytes), at + pieceBytes >= data.length);
      yield* out;
      out = [];
    }
  }
  zip.end();
  yield* out;
}
