import { describe, expect, it } from 'vitest';
import { isDeviceName } from '../../src/diagnostics/device-name.js';

describe('names of devices', () => {
  it.each([
    ...['nul', 'NUL', 'con', 'prn', 'aux', 'com0', 'COM9', 'lpt1', 'com\u00b9', 'CONIN$', 'conout$', 'clock$'],
    ...['nul.npy', 'nul.tar.gz', 'con ', 'con .txt', 'con..', ' con', 'aux:stream', 'com1.'],
  ])('%j is one', (name) => {
    expect(isDeviceName(name)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    'null',
    'nul_',
    '_nul',
    'console',
    'com',
    'com10',
    'lptx',
    'x.nul',
    'w.con',
    'auxiliary.bin',
  ])('%j is none', (name) => {
    expect(isDeviceName(name)).toBe(false);
  });
});
