/** Classes in colors and in words. */

import { classPalette, classShares, type Palette } from '../pictures/class-mask.js';
import type { ClassNames } from '../pictures/class-names.js';
import { type PaletteName, palette } from '../pictures/palettes.js';
import type { Picture } from '../pictures/picture.js';
import { formatShare } from '../pictures/share.js';
import type { ClassShare } from './artifact.js';

/** The most classes that a text names. */
const maxNamed = 4;

/** At most 256 colors, beginning with those requested. */
export function colorsFor(classes: number, asked: PaletteName | Palette | undefined): Palette {
  if (asked === undefined) return classPalette(classes);
  if (typeof asked === 'string') return palette(asked, Math.max(2, classes));
  return [...asked, ...classPalette(classes).slice(asked.length)].slice(0, 256);
}

/** The share that each class of a mask covers, most frequent first. */
export function sharesOf(labels: Picture, names: ClassNames | undefined): ClassShare[] {
  return classShares(labels).map(({ label, share }) => ({ class: label, name: names?.get(label) ?? null, share }));
}

/** The most frequent classes with their shares of the pixels. */
export function describeShares(shares: readonly ClassShare[]): string {
  const shown = shares
    .slice(0, maxNamed)
    .map((item) => `${item.name ?? `class ${item.class}`} ${formatShare(item.share)}`);
  return shares.length > shown.length ? `${shown.join(', ')}, ${shares.length - shown.length} more` : shown.join(', ');
}
