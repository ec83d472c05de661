/** Recognizes formats that are not read by their first bytes, so that errors can name them. */

import { textAt } from './text-at.js';

/** Names of ISO media files, by the brand at byte 8. */
const brands: ReadonlyMap<string, string> = new Map(
  Object.entries({
    avif: 'an AVIF picture',
    avis: 'an AVIF picture',
    heic: 'a HEIC picture',
    heix: 'a HEIC picture',
    hevc: 'a HEIC picture',
    heim: 'a HEIC picture',
    heis: 'a HEIC picture',
    mif1: 'a HEIF picture',
    msf1: 'a HEIF picture',
    'jxl ': 'a JPEG XL picture',
    'crx ': 'a raw picture of a camera (CR3)',
  }),
);

const starts: readonly (readonly [bytes: readonly number[], name: string])[] = [
  [[0x47, 0x49, 0x46, 0x38], 'a GIF picture'],
  [[0x42, 0x4d], 'a BMP picture'],
  [[0xff, 0x0a], 'a JPEG XL picture'],
  [[0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20], 'a JPEG XL picture'],
  [[0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20], 'a JPEG 2000 picture'],
  [[0xff, 0x4f, 0xff, 0x51], 'a JPEG 2000 picture'],
  [[0x49, 0x49, 0x2b, 0], 'a BigTIFF picture'],
  [[0x4d, 0x4d, 0, 0x2b], 'a BigTIFF picture'],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], 'a PDF document'],
  [[0x38, 0x42, 0x50, 0x53], 'a Photoshop document'],
  [[0, 0, 1, 0], 'an icon (ICO)'],
  [[0x76, 0x2f, 0x31, 0x01], 'an OpenEXR picture'],
  [[0x23, 0x3f, 0x52, 0x41, 0x44, 0x49, 0x41, 0x4e, 0x43, 0x45], 'a Radiance HDR picture'],
  [[0x71, 0x6f, 0x69, 0x66], 'a QOI picture'],
  [[0x44, 0x44, 0x53, 0x20], 'a DDS texture'],
  [[0x53, 0x49, 0x4d, 0x50, 0x4c, 0x45, 0x20, 0x20, 0x3d], 'a FITS picture'],
];

/** The name of the format if it is known but not read; otherwise undefined. */
export function foreignPicture(bytes: Uint8Array): string | undefined {
  const text = textAt(bytes, 0, 512);
  const brand = text.slice(4, 8) === 'ftyp' ? brands.get(text.slice(8, 12)) : undefined;
  if (brand !== undefined) return brand;
  if (/^P[1-7]\s/.test(text)) return 'a Netpbm picture';
  if (/^\s*</.test(text) && /<svg[\s>]/i.test(text)) return 'an SVG drawing';
  if (bytes.length >= 132 && text.slice(128, 132) === 'DICM') return 'a DICOM picture';
  return starts.find(([start]) => start.every((byte, i) => bytes[i] === byte))?.[1];
}
