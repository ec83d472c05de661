/** Results of picture decoders. */
import { fail } from '../diagnostics.js';
import type { Picture, Size } from './picture.js';

export interface DecodedPicture {
  readonly picture: Picture;
  /** What decoding changed or left out, in words. */
  readonly notes: readonly string[];
}

/** Throws ProblemError US2005 if a decoder found another size than the file's header states. */
export function checkDecodedSize(format: string, decoded: Size, header: Size): void {
  if (decoded.width === header.width && decoded.height === header.height) return;
  fail('US2005', `the ${format} picture is damaged`, {
    expected: `${header.width}×${header.height} pixels`,
    actual: `${decoded.width}×${decoded.height}`,
  });
}
