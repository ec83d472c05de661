/** Archives of .npy arrays (.npz): ZIP files whose entries are named after the arrays. */
import { unzipSync } from 'fflate';
import { fail, ProblemError } from '../diagnostics.js';
import type { Tensor } from '../ir/tensor.js';
import { readNpy } from './npy.js';

/** All arrays of one archive, unpacked; an archive that says it holds more is refused before it is unpacked. */
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
  for (const [entry, content] of Object.entries(unzip(bytes, isWanted))) {
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

function unzip(bytes: Uint8Array, isWanted: (name: string) => boolean): Record<string, Uint8Array> {
  let unpacked = 0;
  let entries = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        // The directory takes 46 bytes an entry; a count that says more is a lie that would be walked for long.
        if (++entries > bytes.length / 46)
          fail('US2005', 'the .npz archive is damaged', { actual: 'a false directory' });
        if (name.endsWith('/') || !isWanted(arrayName(name))) return false;
        unpacked += originalSize;
        if (unpacked > maxUnpackedBytes) {
          fail('US2005', 'the archive unpacks to too much', {
            expected: `at most ${maxUnpackedBytes} bytes`,
            actual: `${unpacked} bytes up to '${name}'`,
            hint: 'save the array as a .npy file of its own',
          });
        }
        return true;
      },
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    fail('US2005', 'the .npz archive is damaged', { actual: error instanceof Error ? error.message : String(error) });
  }
}
