// Texts deflated, and written with 91 characters that stand in a string of JavaScript as they are: two of them hold 13 bits, where
// base64's hold 12. How many bytes there are comes first. Bundles have the way back, so it is short.
import { deflateRawSync } from 'node:zlib';

/** From `#` to `~` without the backslash. */
const character = (digit) => String.fromCharCode(digit + 35 + (digit > 56));

export function packed(text) {
  const bytes = deflateRawSync(text, { level: 9, memLevel: 9 });
  let out = `${bytes.length} `;
  let bits = 0;
  let held = 0;
  const take = () => {
    const pair = bits & 8191;
    out += character(pair % 91) + character(Math.floor(pair / 91));
    bits >>= 13;
    held -= 13;
  };
  for (const byte of bytes) {
    bits |= byte << held;
    held += 8;
    if (held >= 13) take();
  }
  if (held > 0) take();
  return out;
}
