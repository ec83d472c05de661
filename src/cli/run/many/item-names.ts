/** Names for the results of many files: their own, in folders as theirs, no two the same. */
import path from 'node:path';
import { FileNames } from '../../../files/file-names.js';
import { posix } from '../../find-files.js';
import { commonFolder } from './sources.js';

export interface NamedSource {
  readonly file: string;
  /** The folder that the name begins at. */
  readonly base: string;
}

/** Bytes of a name in UTF-8; file systems take 255, and endings are added. */
const maxNameBytes = 180;

/**
 * A stem below the folder for results for each file, `/` between its parts: the path below its base without the ending.
 * Where two would be the same, the path begins at the folder that is common to all; where they still are, the
 * endings stay.
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

/** As file systems that ignore case and forms of accents compare names. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * A name as the file system gave it, without what others do not take in one; never one that leads elsewhere.
 */
function safePart(part: string): string {
  const text = part.replace(/[\p{Cc}\\:*?"<>|]|\p{Surrogate}/gu, '_');
  if (text === '.' || text === '..' || text === '') return '_';
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxNameBytes) break;
    kept += character;
  }
  return kept;
}
