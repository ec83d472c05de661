/**
 * `length` bytes from `at` on as text, one character for each byte; shorter at the end of the bytes. For the signatures
 * and chunk names of file formats.
 */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
