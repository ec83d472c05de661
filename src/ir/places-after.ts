/** What a message of protobuf says in some fields, found by their first bytes, without reading it. */

/** Where the bytes of `tag`, a character each, are at an end. */
export function* placesAfter(bytes: Uint8Array, tag: string): Iterable<number> {
  const first = tag.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let length = 1;
    while (length < tag.length && bytes[at + length] === tag.charCodeAt(length)) length++;
    if (length === tag.length) yield at + length;
  }
}

/** Strings after `tag`: names in ASCII of up to 127 characters, and whatever looks like one. */
export function namesAfter(bytes: Uint8Array, tag: string): Set<string> {
  const names = new Set<string>();
  for (const at of placesAfter(bytes, tag)) {
    const [length = 0, first = 0] = bytes.subarray(at, at + 2);
    if (length > 127 || first < 0x30 || first > 0x7a) continue;
    names.add(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length)));
  }
  return names;
}
