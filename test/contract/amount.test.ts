import { describe, expect, it } from 'vitest';
import { parseBytes, parseCount } from '../../src/contract/amount.js';

describe('a count', () => {
  it.each([
    ['31000000', 31_000_000],
    ['31_000_000', 31_000_000],
    ['31M', 31_000_000],
    ['31.5 M', 31_500_000],
    ['2k', 2000],
    ['12.5G', 12_500_000_000],
    ['12.5 GMACs', 12_500_000_000],
    ['1e6', 1_000_000],
    ['0', 0],
  ])('%s is %d', (text, expected) => {
    expect(parseCount(text)).toBe(expected);
  });

  it.each(['', 'M', '31 MiB', '-1', '1.2.3', '31X', '.', '1e30', '0x10'])('%j is none', (text) => {
    expect(parseCount(text)).toBeUndefined();
  });
});

describe('a number of bytes', () => {
  it.each([
    ['512 MiB', 536_870_912],
    ['512MiB', 536_870_912],
    ['1 KiB', 1024],
    ['1 kB', 1000],
    ['2GB', 2_000_000_000],
    ['1000', 1000],
    ['100 B', 100],
    ['100 bytes', 100],
  ])('%s is %d', (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });

  it.each(['512M', '', 'MiB', '1 QB', '-5'])('%j is none: bytes are said', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});
