import { inflateRawSync } from 'node:zlib';
import { packedBytes } from './packed-bytes.js';

/** @returns the value whose JSON is packed (packed-data.js) */
export function unpacked(text) {
  return JSON.parse(inflateRawSync(packedBytes(text)).toString());
}
