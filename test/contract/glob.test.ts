import { describe, expect, it } from 'vitest';
import { globMatcher, isGlob, nameMatcher } from '../../src/contract/glob.js';

describe('a pattern for paths', () => {
  it.each([
    ['models/*.onnx', 'models/unet.onnx', true],
    ['models/*.onnx', 'models/old/unet.onnx', false],
    ['models/**/*.onnx', 'models/old/2020/unet.onnx', true],
    ['models/**/*.onnx', 'models/unet.onnx', true],
    ['**/*.onnx', 'unet.onnx', true],
    ['**', 'a/b/c', true],
    ['models/unet.onnx', 'models/unet.onnx', true],
    ['./models/unet.onnx', 'models/unet.onnx', true],
    ['models/unet?.onnx', 'models/unet2.onnx', true],
    ['models/unet?.onnx', 'models/unet.onnx', false],
    ['{unet,segnet}.onnx', 'segnet.onnx', true],
    ['{unet,segnet}.onnx', 'vae.onnx', false],
    ['{a,b}/{c,d}', 'b/d', true],
    ['unet-[0-9].onnx', 'unet-7.onnx', true],
    ['unet-[!0-9].onnx', 'unet-7.onnx', false],
    ['unet-[0-9].onnx', 'unet-x.onnx', false],
    ['a[b.onnx', 'a[b.onnx', true],
    ['*.onnx', '.hidden.onnx', false],
    ['.*.onnx', '.hidden.onnx', true],
    ['**/*.onnx', '.git/x.onnx', true],
    ['a.c', 'abc', false],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxcxxb', false],
    ['', '', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(globMatcher(pattern)(path)).toBe(expected);
  });

  it('takes no longer than its length times the path’s', () => {
    const matches = globMatcher(`${'*a'.repeat(200)}b`);
    expect(matches('a'.repeat(5000))).toBe(false);
  });

  it('leaves braces alone that would make thousands of patterns', () => {
    expect(globMatcher('{a,b}'.repeat(20))('a'.repeat(20))).toBe(false);
  });
});

describe('a pattern for names', () => {
  it('matches slashes as any other character', () => {
    expect(nameMatcher('/up*')('/up.0/up/ConvTranspose_output_0')).toBe(true);
    expect(nameMatcher('/up*')('/down.0/conv1/Conv')).toBe(false);
  });
});

describe('what is a pattern', () => {
  it.each([
    ['a.onnx', false],
    ['a*.onnx', true],
    ['a?.onnx', true],
    ['{a,b}', true],
    ['[ab]', true],
  ])('%s: %s', (text, expected) => {
    expect(isGlob(text)).toBe(expected);
  });
});
