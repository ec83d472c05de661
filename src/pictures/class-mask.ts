/** Masks: the class of each pixel, drawn in a color for each class, alone or over the picture. */
import { type Picture, rgbBytes } from './picture.js';

/** Red, green and blue of every class. */
export type Palette = readonly (readonly [red: number, green: number, blue: number])[];

/** The share of pixels of each class that occurs, most frequent first. */
export function classShares(mask: Picture): { readonly label: number; readonly share: number }[] {
  const counts = new Map<number, number>();
  for (const label of mask.data) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([label, count]) => ({ label, share: count / mask.data.length }))
    .sort((a, b) => b.share - a.share || a.label - b.label);
}

/**
 * A color for each class: black for class 0, then hues a golden angle apart, so that successive classes differ and no
 * hue repeats soon.
 */
export function classPalette(classes: number): Palette {
  return Array.from({ length: Math.max(2, classes) }, (_, label) => {
    if (label === 0) return [0, 0, 0];
    const lightness = [0.55, 0.7, 0.4][Math.floor((label - 1) / 8) % 3]!;
    return hslToRgb(((label - 1) * 137.508 + 20) % 360, 0.85, lightness);
  });
}

function hslToRgb(hue: number, saturation: number, lightness: number): [number, number, number] {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Opacity of the class's color over the picture, inside a class and on its border. */
const tint = 0.35;
const contour = 0.9;

/**
 * The picture in RGB with every class tinted and outlined, except classes whose color is black. Picture and mask have
 * the same size.
 */
export function overlayMask(picture: Picture, mask: Picture, palette: Palette): Picture {
  const { width, height } = picture;
  const labels = mask.data;
  const rgb = rgbBytes(picture);
  const isPlain = palette.map((color) => color.every((value) => value === 0));
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const label = labels[i]!;
      const isBorder =
        (x > 0 && labels[i - 1] !== label) ||
        (x + 1 < width && labels[i + 1] !== label) ||
        (y > 0 && labels[i - width] !== label) ||
        (y + 1 < height && labels[i + width] !== label);
      const weight = (isPlain[label] ?? true) ? 0 : isBorder ? contour : tint;
      for (let channel = 0; channel < 3; channel++) {
        const at = i * 3 + channel;
        out[at] = Math.round(rgb[at]! * (1 - weight) + (palette[label]?.[channel] ?? 0) * weight);
      }
    }
  }
  return { width, height, channels: 3, data: out };
}
