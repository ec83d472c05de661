/** Results of picture decoders. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Picture, Size } from './picture.js';

export interface DecodedPicture {
  readonly picture: Picture;
  /** What decoding changed or left out, in words. */
  readonly notes: readonly string[];
}

const decodedSizeDiffers = defineProblem(
  'US2005',
  { format: 'string', width: 'integer', height: 'integer', decodedWidth: 'integer', decodedHeight: 'integer' },
  ({ format, width, height, decodedWidth, decodedHeight }) => ({
    message: `the ${format} picture is damaged`,
    expected: `${width}×${height} pixels`,
    actual: `${decodedWidth}×${decodedHeight}`,
  }),
);

/** Throws ProblemError US2005 if a decoder found another size than the file's header states. */
export function checkDecodedSize(format: string, decoded: Size, header: Size): void {
  if (decoded.width === header.width && decoded.height === header.height) return;
  fail(
    decodedSizeDiffers({
      format,
      width: header.width,
      height: header.height,
      decodedWidth: decoded.width,
      decodedHeight: decoded.height,
    }),
  );
}
