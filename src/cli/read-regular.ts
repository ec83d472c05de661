/** Files that are given to be read: plain ones, whose end is known before it is reached. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever. Windows has no such flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * All of a file, or its first `limit` bytes. Pipes and devices are refused, which may never begin or never end.
 * @throws Error of the system, or with a message in words
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
