/** `length` bytes from `at` on as text, a character each; shorter where the bytes end. Formats name themselves and their parts so. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
