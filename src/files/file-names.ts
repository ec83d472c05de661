/** Names of files for values: safe on every file system, no two the same. */

import { isDeviceName } from '../diagnostics/device-name.js';

/** Stems are cut at this length, so that suffix and ending still fit into a file name. */
const maxStemLength = 180;

/**
 * Replaces every character except A-Z a-z 0-9 . _ - by _, and begins with one where a device has the name. With an ending, the
 * result does not name a folder either.
 */
export function safeStem(name: string): string {
  const stem = name.replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, maxStemLength);
  return stem === '' || isDeviceName(stem) ? `_${stem}` : stem;
}

/** Hands out stems so that no two files share a name, even on file systems that ignore case or normalize accents. */
export class FileNames {
  private readonly taken = new Set<string>();

  /** `endings` are those of every file that may be written under the stem. */
  constructor(private readonly endings: readonly string[]) {}

  /**
   * A stem for `name`: its own, or with `-2`, `-3` ... after it.
   * @param toStem converts the name to one that a file may have
   */
  claim(name: string, toStem: (name: string) => string = safeStem): string {
    const base = toStem(name);
    for (let i = 1; ; i++) {
      const stem = i === 1 ? base : `${base}-${i}`;
      const files = this.endings.map((ending) => `${stem}${ending}`.normalize('NFC').toLowerCase());
      if (files.some((file) => this.taken.has(file))) continue;
      for (const file of files) this.taken.add(file);
      return stem;
    }
  }
}
