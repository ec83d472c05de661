/** Reads NumPy's .npy files: arrays of float32 in C order, which is what the other examples need. */
import { readFileSync } from 'node:fs';
import { Tensor } from 'unstride';

/** @returns the array as a tensor */
export function readFloatArray(file) {
  const bytes = readFileSync(file);
  // The header is a Python dictionary; where it ends, the elements begin.
  const isOld = bytes[6] === 1;
  const begin = isOld ? 10 : 12;
  const end = begin + (isOld ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.toString('latin1', begin, end);
  if (!header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False"))
    throw new Error(`${file} is not an array of float32 in C order: ${header.trim()}`);
  const dims = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  return new Tensor('float32', new Float32Array(new Uint8Array(bytes.subarray(end)).buffer), dims);
}
