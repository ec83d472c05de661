import { expect, test } from 'vitest';
import { touchMemory } from '../../src/runtime/node-files.js';

test.each([false, true])(
  'memory that is touched ahead is zero, and what lies around it stays (shared: %s)',
  async (shared) => {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 128, shared });
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(7, 0, 1000);
    bytes.fill(7, bytes.length - 1000);
    const touching = touchMemory(bytes.subarray(1000, bytes.length - 1000));
    bytes[500] = 9;
    await touching;
    expect(bytes[500]).toBe(9);
    expect(bytes.subarray(0, 1000).every((byte, i) => byte === (i === 500 ? 9 : 7))).toBe(true);
    expect(bytes.subarray(1000, bytes.length - 1000).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(bytes.length - 1000).every((byte) => byte === 7)).toBe(true);
  },
);

test('memory that grows meanwhile stays as it is', async () => {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 128 });
  const touching = touchMemory(new Uint8Array(memory.buffer));
  memory.grow(1);
  await touching;
  expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
});
