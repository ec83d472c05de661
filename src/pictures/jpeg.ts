/** Decodes JPEG files with mozjpeg, and CMYK ones with jpeg-js, since mozjpeg does not convert CMYK to RGB. */
import { defineProblem, fail } from '../diagnostics.js';
import { checkDecodedSize, type DecodedPicture } from './decoded.js';
import { checkJpegScans, type JpegHeader, readJpegHeader } from './jpeg-header.js';
import { picturesChannels } from './rgba.js';
import { DecoderError, type DecoderFactory, WasmCodec } from './wasm-codec.js';

/** The decoder does not apply the EXIF orientation, since `readPicture` does so for all formats. */
const turns = false;

const mozjpeg = new WasmCodec('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', async () => {
  const script = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
  return script.default as unknown as DecoderFactory;
}, [turns]);

/** Memory that jpeg-js may use for coefficients and samples. */
const maxCmykMegabytes = 1024;

/**
 * The pixels of a JPEG file, whose size is checked by the caller, as they are stored: gray or RGB of 8 bits. Color
 * profiles are ignored. Throws ProblemError US2005.
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<DecodedPicture> {
  const header = readJpegHeader(bytes);
  checkKind(header);
  checkJpegScans(bytes, header);
  return header.components.length === 4 ? decodeCmyk(bytes, header) : decodeYcc(bytes, header);
}

const jpegKind = defineProblem('US2005', { kind: 'string' }, ({ kind }) => ({
  message: 'JPEG pictures of this kind are not read',
  expected: 'baseline or progressive, 8 bits, gray, RGB or CMYK',
  actual: kind,
  hint: 'save it as PNG',
}));

function checkKind({ process, precision, components, isAdobe }: JpegHeader): void {
  const kind =
    process === 3
      ? 'lossless coding'
      : process > 8
        ? 'arithmetic coding'
        : process > 2
          ? 'hierarchical coding'
          : precision !== 8
            ? `${precision} bits a sample`
            : components.length === 2 || components.length > 4
              ? `${components.length} components`
              : components.length === 4 && !isAdobe
                ? 'four components without Adobe’s marker'
                : undefined;
  if (kind === undefined) return;
  fail(jpegKind({ kind }));
}

const jpegPixelsLost = defineProblem('US2005', { lost: 'string' }, ({ lost }) => ({
  message: 'the JPEG picture is damaged',
  expected: 'all of its pixels',
  actual: lost,
}));

async function decodeYcc(bytes: Uint8Array, header: JpegHeader): Promise<DecodedPicture> {
  const image = await mozjpeg.decode(bytes);
  checkDecodedSize('JPEG', image, header);
  const lost = image.messages.find((message) => /premature end/i.test(message));
  if (lost !== undefined) fail(jpegPixelsLost({ lost }));
  return {
    picture: picturesChannels(image, header.components.length === 1 ? 1 : 3),
    notes: image.messages.map((message) => `its decoder says: ${message}`),
  };
}

async function decodeCmyk(bytes: Uint8Array, header: JpegHeader): Promise<DecodedPicture> {
  const { decode } = await import('jpeg-js');
  const image = attempt(() =>
    decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: Number.POSITIVE_INFINITY,
      maxMemoryUsageInMB: maxCmykMegabytes,
    }),
  );
  checkDecodedSize('JPEG', image, header);
  return {
    picture: { width: image.width, height: image.height, channels: 3, data: image.data },
    notes: ['CMYK is made RGB without a color profile'],
  };
}

/** Reports what jpeg-js throws as a fault of the file. */
function attempt<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new DecoderError(error instanceof Error ? error.message : String(error));
  }
}
