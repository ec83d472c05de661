import { type Problem, ProblemError } from '../../src/diagnostics.js';
import { crc32 } from '../../src/pictures/crc32.js';

/** The problem that the promise is rejected with. */
export async function rejectedProblem(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The PNG file, changed in place: damage inside of chunks is what is looked for, not checksums that notice it. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  return bytes;
}
