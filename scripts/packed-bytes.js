// Bytes in a string of JavaScript: seven characters hold six bytes. That takes 116 characters, which are ASCII, so that they are the
// same in every encoding that scripts are served in, and stand in quotes as they are.

/** Without what ends a line or the string, and what editors and terminals act on. */
const left = new Set([...'\0\x07\b\n\v\f\r\x1a\x1b"\\\x7f'].map((character) => character.charCodeAt(0)));

export const digits = Array.from({ length: 128 }, (_, code) => code).filter((code) => !left.has(code));

/** @param text what bytesAsText gives (packed.js) @param length of the bytes */
export function packedBytes(text, length) {
  const values = new Uint8Array(128);
  for (const [digit, code] of digits.entries()) values[code] = digit;
  const bytes = new Uint8Array(length);
  for (let from = 0, at = 0; at < length; from += 7, at += 6) {
    let group = 0;
    for (let i = 6; i >= 0; i--) group = group * 116 + values[text.charCodeAt(from + i)];
    for (let i = 0; i < 6; i++, group = Math.floor(group / 256)) bytes[at + i] = group % 256;
  }
  return bytes;
}
