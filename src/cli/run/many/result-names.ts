/** Where the results of items go. */
import path from 'node:path';
import { FileNames, safeStem } from '../../../files/file-names.js';
import { artifactEndings } from '../../../present/present.js';
import { printable } from '../../../report/printable.js';
import { UsageError } from '../../usage.js';
import type { Item } from './items.js';

export interface ResultPlace {
  readonly directory: string;
  /** How the files of each output begin, by the output's name. */
  readonly stems: ReadonlyMap<string, string>;
  /** Files that are written whatever the values are, without their folder: after all others. */
  readonly certain: readonly string[];
}

/**
 * ITEM.npy, ITEM.mask.png ... for a network of one output, ITEM.OUTPUT.npy ... for others; no two the same.
 * @param outputs the endings of files that are certain, by the output's name
 * @throws UsageError where a result would be written over an input
 */
export function resultPlaces(
  items: readonly Item[],
  outputs: ReadonlyMap<string, readonly string[]>,
  directory: string,
): ResultPlace[] {
  const folders = new Map<string, FileNames>();
  const places = items.map(({ stem }): ResultPlace => {
    const folder = path.posix.dirname(stem);
    const names = folders.get(folder.toLowerCase()) ?? new FileNames(artifactEndings);
    folders.set(folder.toLowerCase(), names);
    const base = path.posix.basename(stem);
    const stems = new Map(
      [...outputs.keys()].map((name) => {
        const wanted = outputs.size === 1 ? base : `${base}.${safeStem(name)}`;
        return [name, names.claim(wanted, (text) => text)];
      }),
    );
    return {
      directory: folder === '.' ? directory : path.join(directory, folder),
      stems,
      certain: [...outputs].flatMap(([name, endings]) => endings.map((ending) => `${stems.get(name)!}${ending}`)),
    };
  });
  const given = new Map(items.map(({ spec }) => [path.resolve(spec.source), spec.source]));
  for (const place of places) {
    for (const stem of place.stems.values()) {
      for (const ending of artifactEndings) {
        const input = given.get(path.resolve(place.directory, `${stem}${ending}`));
        if (input === undefined) continue;
        throw new UsageError(
          `a result would be written over the input '${printable(input)}'`,
          'name another folder with --output-dir',
        );
      }
    }
  }
  return places;
}
