/** Colors of classes: those of known data sets, and those of files. */
import { defineProblem, fail } from '../diagnostics.js';
import { classPalette, type Palette } from './class-mask.js';

type Color = Palette[number];

/** The most colors that an indexed PNG can have. */
const mostColors = 256;

export type PaletteName = 'voc' | 'cityscapes';

export const paletteNames: readonly PaletteName[] = ['voc', 'cityscapes'];

/** The nineteen training classes of Cityscapes, from road to bicycle (https://github.com/mcordts/cityscapesScripts, labels.py). */
const cityscapes: Palette = [
  [128, 64, 128],
  [244, 35, 232],
  [70, 70, 70],
  [102, 102, 156],
  [190, 153, 153],
  [153, 153, 153],
  [250, 170, 30],
  [220, 220, 0],
  [107, 142, 35],
  [152, 251, 152],
  [70, 130, 180],
  [220, 20, 60],
  [255, 0, 0],
  [0, 0, 142],
  [0, 0, 70],
  [0, 60, 100],
  [0, 80, 100],
  [0, 0, 230],
  [119, 11, 32],
];

/** At least `classes` colors. After the nineteen of Cityscapes, colors come from `classPalette`. */
export function palette(name: PaletteName, classes: number): Palette {
  if (name === 'voc') return Array.from({ length: classes }, (_, label) => vocColor(label));
  return [...cityscapes, ...classPalette(classes).slice(cityscapes.length)];
}

/** The color of a class in PASCAL VOC: its bits in threes, as the highest bits of red, green and blue (VOClabelcolormap.m). */
function vocColor(label: number): Color {
  let [red, green, blue] = [0, 0, 0];
  for (let bit = 7, rest = label; bit >= 0; bit--, rest >>= 3) {
    red |= (rest & 1) << bit;
    green |= ((rest >> 1) & 1) << bit;
    blue |= ((rest >> 2) & 1) << bit;
  }
  return [red, green, blue];
}

/**
 * Reads one color for each class, from class 0 on: a GIMP palette (.gpl), lines with a color in hex (#1e90ff) or three
 * numbers from 0 to 255 separated by commas or spaces, or a JSON array of the same. A `#` alone starts a comment.
 * Throws ProblemError US2005 with the line.
 */
export function parsePalette(text: string): Palette {
  const content = text.replace(/^\uFEFF/, '');
  if (content.trimStart().startsWith('[')) return colors(paletteOfJson(content));
  const lines = content.split(/\r\n|\n|\r/);
  const isGimp = lines[0]!.trim() === 'GIMP Palette';
  return colors(
    lines.flatMap((line, i) => {
      const trimmed = line.trim();
      if (trimmed === '' || isComment(trimmed)) return [];
      if (isGimp && (i === 0 || /^(Name|Columns):/i.test(trimmed))) return [];
      return [colorOf(trimmed, `line ${i + 1}`)];
    }),
  );
}

function isComment(line: string): boolean {
  return line.startsWith('#') && !hexColor.test(line);
}

const hexColor = /^#?(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))$/i;

/** In .gpl files and some tables a name follows the numbers. */
const numericColor = /^(\d+)[\s,;]+(\d+)[\s,;]+(\d+)(?:[\s,;]|$)/;

function colorOf(text: string, place: string): Color {
  const hex = hexColor.exec(text);
  if (hex !== null) {
    const digits = hex[1] === undefined ? hex.slice(4, 7) : hex.slice(1, 4).map((digit) => digit + digit);
    return triple(digits.map((digit) => Number.parseInt(digit, 16)));
  }
  const numbers = numericColor.exec(text)?.slice(1, 4).map(Number);
  if (numbers === undefined || numbers.some((value) => value > 255)) invalid(place, text);
  return triple(numbers);
}

function triple(values: readonly number[]): Color {
  return [values[0]!, values[1]!, values[2]!];
}

function paletteOfJson(text: string): Color[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    invalid('JSON', error instanceof Error ? error.message : String(error));
  }
  return (value as unknown[]).map((entry, label) => {
    const place = `entry ${label}`;
    if (typeof entry === 'string') return colorOf(entry.trim(), place);
    const isColor =
      Array.isArray(entry) &&
      entry.length === 3 &&
      entry.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
    if (!isColor) invalid(place, JSON.stringify(entry));
    return triple(entry);
  });
}

const paletteTooLarge = defineProblem('US2005', { colors: 'integer', maximum: 'integer' }, ({ colors, maximum }) => ({
  message: 'the palette has too many colors',
  expected: `at most ${maximum}, one a class`,
  actual: String(colors),
}));

function colors(list: readonly Color[]): Palette {
  if (list.length === 0) invalid('the file', 'no colors');
  if (list.length > mostColors) {
    fail(paletteTooLarge({ colors: list.length, maximum: mostColors }));
  }
  return list;
}

const paletteMalformed = defineProblem('US2005', { place: 'string', actual: 'string' }, ({ place, actual }) => ({
  message: `the palette cannot be read: ${place} is not a color`,
  expected: 'a color a line, as #1e90ff or 30,144,255, a GIMP palette, or a JSON array of these',
  actual: actual.length > 80 ? `${actual.slice(0, 80)}…` : actual,
}));

function invalid(place: string, actual: string): never {
  fail(paletteMalformed({ place, actual }));
}
