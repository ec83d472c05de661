/** @param text what `packed` gives (packed.js) @returns the bytes of a deflated stream */
export function packedBytes(text) {
  const bytes = new Uint8Array(Number.parseInt(text, 10));
  const digit = (at) => {
    const code = text.charCodeAt(at);
    return code - 35 - (code > 92);
  };
  let from = text.indexOf(' ') + 1;
  let bits = 0;
  let held = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (held < 8) {
      bits |= (digit(from) + digit(from + 1) * 91) << held;
      held += 13;
      from += 2;
    }
    bytes[at] = bits;
    bits >>= 8;
    held -= 8;
  }
  return bytes;
}
