import { describe, expect, it } from 'vitest';
import { addLegend, legendEntries } from '../../src/pictures/legend.js';
import type { Picture } from '../../src/pictures/picture.js';
import { drawText, textWidth } from '../../src/pictures/pixel-text.js';

const palette = [
  [0, 0, 0],
  [200, 0, 0],
  [0, 0, 200],
] as const;

function mask(labels: readonly number[], width: number): Picture {
  return { width, height: labels.length / width, channels: 1, data: Uint8Array.from(labels) };
}

/** Text as lines of # and spaces, trimmed at their ends. */
function drawn(text: string): string[] {
  const canvas = { width: textWidth(text, 1), height: 9, data: new Uint8Array(textWidth(text, 1) * 27) };
  drawText(canvas, text, 0, 0, 1, [255, 255, 255]);
  return Array.from({ length: 9 }, (_, y) =>
    Array.from({ length: canvas.width }, (_, x) => (canvas.data[(y * canvas.width + x) * 3] === 0 ? ' ' : '#'))
      .join('')
      .trimEnd(),
  );
}

describe('drawText', () => {
  it('draws letters', () => {
    expect(drawn('Ag')).toEqual([
      ' ###',
      '#   #',
      '#   #  ####',
      '##### #   #',
      '#   # #   #',
      '#   # #   #',
      '#   #  ####',
      '          #',
      '       ###',
    ]);
  });

  it('has a shape of its own for every printable character', () => {
    const shapes = Array.from({ length: 95 }, (_, i) => drawn(String.fromCharCode(32 + i)).join('\n'));
    expect(new Set(shapes).size).toBe(95);
  });

  it('leaves accents off and draws boxes for what it does not have', () => {
    expect(drawn('é')).toEqual(drawn('e'));
    expect(drawn('ß')).toEqual(drawn('ss'));
    expect(drawn('日')).toEqual(drawn('\u{1f600}'));
    expect(drawn('日')[0]).toBe('#####');
  });

  it('draws nothing beyond the canvas', () => {
    const canvas = { width: 3, height: 3, data: new Uint8Array(27) };
    drawText(canvas, 'WWW', -4, -4, 2, [255, 255, 255]);
    expect(canvas.data.length).toBe(27);
  });
});

describe('legendEntries', () => {
  it('lists the classes that occur, the most frequent first', () => {
    const names = new Map([[2, 'sky']]);
    expect(legendEntries(mask([0, 2, 2, 2], 2), palette, names)).toEqual([
      { label: 2, name: 'sky', color: [0, 0, 200], share: 0.75 },
      { label: 0, name: 'class 0', color: [0, 0, 0], share: 0.25 },
    ]);
  });
});

describe('addLegend', () => {
  const picture: Picture = {
    width: 200,
    height: 20,
    channels: 4,
    data: Uint16Array.from({ length: 200 * 20 * 4 }, (_, i) => (i % 4) * 0x1111),
  };
  const entries = legendEntries(mask([1, 1, 1, 2], 2), palette, new Map([[1, 'cat']]));

  it('keeps the picture and puts swatches of the classes under it', () => {
    const { width, height, channels, data } = addLegend(picture, entries);
    expect({ width, channels }).toEqual({ width: 200, channels: 3 });
    expect(height).toBeGreaterThan(20 + 2 * 9);
    expect([...data.subarray(0, 6)]).toEqual([0, 0x11, 0x22, 0, 0x11, 0x22]);
    const below = Array.from({ length: width * (height - 20) }, (_, i) =>
      [...data.subarray((width * 20 + i) * 3, (width * 20 + i) * 3 + 3)].join(),
    );
    const count = (color: string) => below.filter((item) => item === color).length;
    // Two swatches of 12 × 9, less their frames.
    expect(count('200,0,0')).toBe(count('0,0,200'));
    expect(count('200,0,0')).toBeGreaterThanOrEqual(70);
    expect(count('32,32,32')).toBeGreaterThan(50);
  });

  it('takes a second column where there is room', () => {
    const wide = { ...picture, width: 400, height: 10 };
    expect(addLegend(wide, entries).height - 10).toBeLessThan(
      addLegend({ ...picture, width: 100, height: 40 }, entries).height,
    );
  });

  it('is wider than a picture that is too narrow', () => {
    const narrow: Picture = { width: 4, height: 4, channels: 1, data: new Uint8Array(16) };
    const { width, data } = addLegend(narrow, entries);
    expect(width).toBeGreaterThan(60);
    expect([...data.subarray(9, 15)]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  it('counts what are too many', () => {
    const many = Array.from({ length: 200 }, (_, label) => ({
      label,
      name: `class ${label}`,
      color: palette[1],
      share: 0.005,
    }));
    expect(addLegend(picture, many).height).toBeLessThan(20 + 32 * 30);
    expect(addLegend(picture, [])).toBe(picture);
  });
});
