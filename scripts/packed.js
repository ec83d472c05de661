// Text as a literal of JavaScript, deflated. unpack.js is the way back.
import { deflateRawSync } from 'node:zlib';
import { digits } from './packed-bytes.js';

/** @returns arguments for `unpackedText` */
export function packed(text) {
  const bytes = deflateRawSync(text, { level: 9, memLevel: 9 });
  return `"${bytesAsText(bytes)}",${bytes.length}`;
}

export function bytesAsText(bytes) {
  let out = '';
  for (let at = 0; at < bytes.length; at += 6) {
    let group = 0;
    for (let i = 5; i >= 0; i--) group = group * 256 + (bytes[at + i] ?? 0);
    for (let i = 0; i < 7; i++, group = Math.floor(group / 116)) out += String.fromCharCode(digits[group % 116]);
  }
  return out;
}
