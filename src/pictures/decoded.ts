/** What decoders make of files. */
import { fail } from '../diagnostics.js';
import type { Picture, Size } from './picture.js';

export interface DecodedPicture {
  readonly picture: Picture;
  /** What was done to its pixels, or left out, in words. */
  readonly notes: readonly string[];
}

/** Throws ProblemError US2005 where a decoder found another size than the header of the file has. */
export function checkDecodedSize(format: string, decoded: Size, header: Size): void {
  if (decoded.width === header.width && decoded.height === header.height) return;
  fail('US2005', `the ${format} picture is damaged`, {
    expected: `${header.width}×${header.height} pixels`,
    actual: `${decoded.width}×${decoded.height}`,
  });
}
