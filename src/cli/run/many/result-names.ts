/** The paths of items' results. */
import path from 'node:path';
import { printable } from '../../../diagnostics/printable.js';
import { FileNames, safeStem } from '../../../files/file-names.js';
import { artifactEndings } from '../../../present/present.js';
import { UsageError } from '../../usage.js';
import type { Item } from './items.js';

export interface ResultPlace {
  readonly directory: string;
  /** The stem of each output's files, by output name. */
  readonly stems: ReadonlyMap<string, string>;
  /** Files, without their folder, that are written whatever the values are, and after all others. */
  readonly certain: readonly string[];
}

/**
 * ITEM.npy, ITEM.mask.png ... for a network with one output, ITEM.OUTPUT.npy ... for others; all unique.
 * @param outputs endings of files that are written in any case, by output name
 * @throws UsageError if a result would overwrite an input
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
