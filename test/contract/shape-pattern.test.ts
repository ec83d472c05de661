import { describe, expect, it } from 'vitest';
import { formatShapePattern, parseShapePattern, ShapePatternError } from '../../src/contract/shape-pattern.js';
import { add, floorDiv, max, mul, symbol } from '../../src/ir/dim.js';

const h = symbol('H');

describe('a shape in a contract', () => {
  it.each([
    ['1,21,H,W', undefined, [1, 21, h, symbol('W')]],
    [' 1 , 21 ', undefined, [1, 21]],
    ['[1, H]', undefined, [1, h]],
    ['float32[N, 2*H + 1]', 'float32', [symbol('N'), add(mul(2, h), 1)]],
    ['int64[]', 'int64', []],
    ['[]', undefined, []],
    ['7', undefined, [7]],
    ['*,H', undefined, ['any', h]],
    ['?,H', undefined, ['any', h]],
    ['H//2, max(H, 16)', undefined, [floorDiv(h, 2), max(h, 16)]],
    ['batch-size,3', undefined, [symbol('batch-size'), 3]],
  ] as const)('%s', (text, elementType, dims) => {
    expect(parseShapePattern(text)).toEqual({ elementType, dims });
  });

  it.each([
    ['', 'the shape is empty; a scalar is written []'],
    ['1,,3', 'a size is missing between two commas'],
    ['1,', 'a size is missing between two commas'],
    ['1,-3', '-3 is no size'],
    ['float99[1]', "'float99' is no element type"],
    ['1,2 H', "'2 H' is neither a number, a name, nor an expression such as 2*H + 1"],
    ['1,H/3', "'H/3' is neither a number, a name, nor an expression such as 2*H + 1"],
  ])('%j is none: %s', (text, message) => {
    expect(() => parseShapePattern(text)).toThrow(new ShapePatternError(message));
  });

  it('is written as it is read', () => {
    expect(formatShapePattern(parseShapePattern('float32[N, 3, 2*H, *]'))).toBe('float32[N, 3, 2*H, *]');
    expect(formatShapePattern(parseShapePattern('1,21'))).toBe('[1, 21]');
  });
});
