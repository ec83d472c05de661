/** Unique names for the results of many files, with the names and folders of the files. */

import path from 'node:path';
import { isDeviceName } from '../../../diagnostics/device-name.js';
import { FileNames } from '../../../files/file-names.js';
import { posix } from '../../find-files.js';
import { commonFolder } from './sources.js';

export interface NamedSource {
  readonly file: string;
  /** The folder that the name is relative to. */
  readonly base: string;
}

/** The most bytes of a name in UTF-8. File systems allow 255, and endings are added. */
const maxNameBytes = 180;

/**
 * A stem for each file, relative to the folder for results, with `/` as separator: the path below its base without the
 * ending. If two are equal, paths begin at the folder that is common to all; if they are still equal, endings are kept.
 */
export function itemStems(sources: readonly NamedSource[]): string[] {
  const relative = (file: string, base: string) => posix(path.relative(path.resolve(base), path.resolve(file)));
  let paths = sources.map(({ file, base }) => relative(file, base));
  if (repeated(paths.map(withoutEnding)).size > 0) {
    const common = commonFolder(sources.map(({ base }) => base));
    paths = sources.map(({ file }) => relative(file, common));
  }
  const taken = repeated(paths.map(withoutEnding));
  const names = new FileNames(['']);
  return paths.map((text) => {
    const stem = withoutEnding(text);
    const parts = (taken.has(folded(stem)) ? text : stem).split('/').map(safePart);
    return names.claim(parts.join('/'), (name) => name);
  });
}

function withoutEnding(text: string): string {
  const { dir, name } = path.posix.parse(text);
  return dir === '' ? name : `${dir}/${name}`;
}

/** Those that occur more than once. */
function repeated(texts: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const text of texts.map(folded)) {
    if (seen.has(text)) found.add(text);
    seen.add(text);
  }
  return found;
}

/** Normalized as by file systems that ignore case and forms of accents. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * A name without characters that some file systems do not allow, and at its end none that they drop; never one that leads out of
 * the folder, or that a device has.
 */
function safePart(part: string): string {
  if (part === '.' || part === '..' || part === '') return '_';
  const plain = part
    .replace(/[\p{Cc}\\:*?"<>|]|\p{Surrogate}/gu, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  const text = isDeviceName(plain) ? `_${plain}` : plain;
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxNameBytes) break;
    kept += character;
  }
  return kept;
}
