/** Decodes WebP files with libwebp. */
import { defineProblem, fail } from '../diagnostics.js';
import { checkDecodedSize, type DecodedPicture } from './decoded.js';
import { picturesChannels } from './rgba.js';
import { type DecoderFactory, WasmCodec } from './wasm-codec.js';
import { readWebpHeader } from './webp-header.js';

const libwebp = new WasmCodec('@jsquash/webp/codec/dec/webp_dec.wasm', async () => {
  const script = await import('@jsquash/webp/codec/dec/webp_dec.js');
  return script.default as unknown as DecoderFactory;
});

const webpAnimated = defineProblem('US2005', {
  message: 'animated WebP pictures are not read',
  expected: 'a still picture',
  actual: 'an animation',
  hint: 'save one of its frames as PNG',
});

/**
 * The pixels of a lossy or lossless WebP file, whose size the caller has checked, as they are stored: RGB of 8 bits,
 * with alpha if the file has it. Color profiles are ignored. Throws ProblemError US2005.
 */
export async function decodeWebp(bytes: Uint8Array): Promise<DecodedPicture> {
  const header = readWebpHeader(bytes);
  if (header.isAnimated) {
    fail(webpAnimated());
  }
  const image = await libwebp.decode(bytes);
  checkDecodedSize('WebP', image, header);
  return { picture: picturesChannels(image, header.hasAlpha ? 4 : 3), notes: [] };
}
