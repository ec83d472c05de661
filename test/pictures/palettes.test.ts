import { describe, expect, it } from 'vitest';
import { parseClassNames } from '../../src/pictures/class-names.js';
import { palette, parsePalette } from '../../src/pictures/palettes.js';
import { problemOf } from '../files/support.js';

describe('palette', () => {
  it('has the colors of PASCAL VOC', () => {
    // Background, aeroplane, bicycle, bird, person, tv monitor.
    const voc = palette('voc', 21);
    expect([0, 1, 2, 3, 15, 20].map((label) => voc[label])).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [128, 128, 0],
      [192, 128, 128],
      [0, 64, 128],
    ]);
    expect(palette('voc', 256)[255]).toEqual([224, 224, 192]);
  });

  it('has the colors of Cityscapes, and others for more classes', () => {
    const colors = palette('cityscapes', 25);
    expect(colors[0]).toEqual([128, 64, 128]);
    expect(colors[18]).toEqual([119, 11, 32]);
    expect(colors).toHaveLength(25);
    expect(palette('cityscapes', 3).length).toBeGreaterThanOrEqual(3);
  });
});

describe('parsePalette', () => {
  const colors = [
    [255, 0, 0],
    [0, 128, 255],
  ];

  it.each([
    ['GIMP', 'GIMP Palette\nName: two\nColumns: 2\n# comment\n255   0   0\tred\n  0 128 255 Untitled\n'],
    ['hex', '#ff0000\n#0080FF\n'],
    ['short hex without #', 'f00\r\n0080ff\r\n'],
    ['CSV', '255,0,0\n0, 128, 255\n'],
    ['CSV with names', '255,0,0,cat\n0,128,255,dog'],
    ['JSON of numbers', '[[255, 0, 0], [0, 128, 255]]'],
    ['JSON of hex', '\uFEFF["#f00", "#0080ff"]'],
    ['comments and empty lines', '# classes\n\n255 0 0\n\n# next\n0 128 255\n'],
  ])('reads %s', (_, text) => {
    expect(parsePalette(text)).toEqual(colors);
  });

  it.each([
    ['255,0,0\n256,0,0', 'line 2', '256,0,0'],
    ['#ff0000\n#gg0000', 'the file', undefined],
    ['255 0 0\nred', 'line 2', 'red'],
    ['1,2', 'line 1', '1,2'],
    ['-1,2,3', 'line 1', '-1,2,3'],
    ['[[1, 2, 3], [1, 2]]', 'entry 1', '[1,2]'],
    ['[[1, 2, 3.5]]', 'entry 0', '[1,2,3.5]'],
    ['[1', 'JSON', undefined],
    ['', 'the file', 'no colors'],
  ])('says what is wrong with %j', (text, place, actual) => {
    if (place === 'the file' && text !== '') {
      expect(parsePalette(text)).toEqual([[255, 0, 0]]);
      return;
    }
    const problem = problemOf(() => parsePalette(text));
    expect(problem.code).toBe('US2005');
    expect(problem.message).toContain(`${place} is not a color`);
    if (actual !== undefined) expect(problem.actual).toBe(actual);
  });

  it('takes no more colors than there are classes', () => {
    expect(parsePalette('#fff\n'.repeat(256))).toHaveLength(256);
    expect(problemOf(() => parsePalette('#fff\n'.repeat(257)))).toMatchObject({ actual: '257' });
  });
});

describe('parseClassNames', () => {
  const names = new Map([
    [0, 'background'],
    [1, 'cat'],
  ]);

  it.each([
    ['lines', 'background\ncat\n'],
    ['lines of Windows', '\uFEFFbackground\r\ncat\r\n\r\n'],
    ['an array', '["background", "cat"]'],
    ['numbers to names', '{"0": "background", "1": "cat"}'],
    ['names to numbers', '{"background": 0, "cat": 1}'],
  ])('reads %s', (_, text) => {
    expect(parseClassNames(text)).toEqual(names);
  });

  it('leaves gaps where classes have no names', () => {
    expect(parseClassNames('{"7": "sky"}').get(7)).toBe('sky');
    expect(parseClassNames('a\n\nc').get(1)).toBe('');
  });

  it.each(['', '\n\n', '[1]', '{"x": "y"}', '{"0": null}', '{"a": -1}', '[', '{"a": 1.5}'])('refuses %j', (text) => {
    expect(problemOf(() => parseClassNames(text))).toMatchObject({ code: 'US2005' });
  });
});
