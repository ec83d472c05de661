/** Names of files for values: safe on every file system, no two the same. */

/** Longer names than file systems take are cut; what is added to them still fits. */
const maxStemLength = 180;

/** Every character but A-Z a-z 0-9 . _ - becomes _. The result names no folder and no device of its own once an ending is added. */
export function safeStem(name: string): string {
  const stem = name.replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, maxStemLength);
  return stem === '' ? '_' : stem;
}

/** Hands out stems so that no two files share a name, on file systems that ignore case or the form of accents, too. */
export class FileNames {
  private readonly taken = new Set<string>();

  /** `endings` are those of every file that may be written under the stem. */
  constructor(private readonly endings: readonly string[]) {}

  /**
   * A stem for `name`: its own, or with `-2`, `-3` ... after it.
   * @param toStem makes the name one that a file may have
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
