/** Reads regular files, whose size is known in advance. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever. Windows does not have the flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The content of a file, or its first `limit` bytes. Pipes and devices are refused, because they may never begin or
 * end.
 * @throws the system's error, or one with a message for people
 */
export function readRegular(file: string, limit?: number): Buffer {
  const handle = openSync(file, readOnly);
  try {
    const stats = fstatSync(handle);
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (!stats.isFile()) throw new Error('it is no file, but a pipe or a device');
    if (limit === undefined) return readFileSync(handle);
    const start = Buffer.alloc(Math.min(limit, stats.size));
    return start.subarray(0, readSync(handle, start, 0, start.length, 0));
  } finally {
    closeSync(handle);
  }
}
