/** Finds files by folder and by pattern. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { printable } from '../diagnostics/printable.js';
import { whyNotRead } from '../files/why-not-read.js';
import { UsageError } from './usage.js';

export interface MatchedFiles {
  /** Sorted, as paths that the user would write. */
  readonly files: readonly string[];
  /** The folder part before any wildcard of the pattern. */
  readonly base: string;
}

/** Whether a text has wildcards such as `*`, `?`, `**`, `{a,b}` or `[a-z]`, so that it may stand for several files. */
export function hasPattern(text: string): boolean {
  return /[*?[{]|[!+@]\(/.test(text);
}

/** The files that a pattern matches; links to folders are not followed. */
export async function filesMatching(pattern: string): Promise<MatchedFiles> {
  const { base, rest } = await fixedPart(pattern);
  const { glob } = await import('tinyglobby');
  const found = await glob(withoutExclusion(rest), { cwd: base, dot: namesHidden(rest), expandDirectories: false });
  const files = await onlyFiles(base, found);
  return { files: files.sort(byPath), base };
}

/** A test for relative paths with `/` as separator that accepts what {@link filesMatching} finds. */
export function pathMatcher(pattern: string): (file: string) => boolean {
  const text = pattern.replace(/^(?:\.\/+)+/, '');
  if (!hasPattern(text)) return (file) => file === text;
  return picomatch(withoutExclusion(text), { posix: true, dot: namesHidden(text) });
}

/** Escapes a leading `!`, since patterns here are never exclusions. */
function withoutExclusion(pattern: string): string {
  return /^!(?!\()/.test(pattern) ? `\\${pattern}` : pattern;
}

/** Names that begin with a dot are matched only by patterns with such names. */
function namesHidden(pattern: string): boolean {
  return pattern.split('/').some((part) => /^\.(?!\.?$)/.test(part));
}

/** The leading folders of a pattern that have no wildcards or exist by that literal name. */
export async function fixedPart(pattern: string): Promise<{ readonly base: string; readonly rest: string }> {
  const parts = posix(pattern).split('/');
  let base = parts[0] === '' ? '/' : '.';
  let at = parts[0] === '' ? 1 : 0;
  for (; at < parts.length - 1; at++) {
    const part = parts[at]!;
    const next = path.join(base, part);
    if (hasPattern(part) && (await kindOf(next)) !== 'folder') break;
    base = next;
  }
  return { base, rest: parts.slice(at).join('/') };
}

/** The entries that are files or links to files, but not in linked folders, which may lead anywhere. */
async function onlyFiles(base: string, entries: readonly string[]): Promise<string[]> {
  const linked = new Map<string, Promise<boolean>>([['.', Promise.resolve(false)]]);
  const isLinked = (folder: string): Promise<boolean> => {
    const known = linked.get(folder);
    if (known !== undefined) return known;
    const found = isLinked(path.posix.dirname(folder)).then(
      async (isBelow) => isBelow || (await lstat(path.join(base, folder))).isSymbolicLink(),
    );
    linked.set(folder, found);
    return found;
  };
  const files: string[] = [];
  for (const entry of entries) {
    const file = base === '.' ? entry : path.join(base, entry);
    if (!(await isLinked(path.posix.dirname(entry))) && (await kindOf(file)) === 'file') files.push(file);
  }
  return files;
}

/**
 * All files below a folder except hidden ones; links to folders are not followed.
 * @param isLeftOut whether a folder of this name is skipped
 * @throws UsageError for a folder that cannot be read
 */
export async function filesBelow(folder: string, isLeftOut = (_name: string) => false): Promise<string[]> {
  const found: string[] = [];
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await entriesOf(next)) {
      if (entry.name.startsWith('.')) continue;
      const file = next === '.' ? entry.name : path.join(next, entry.name);
      if (entry.isDirectory()) {
        if (!isLeftOut(entry.name)) pending.push(file);
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await kindOf(file)) === 'file')) found.push(file);
    }
  }
  return found.sort(byPath);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new UsageError(
      `the folder '${printable(folder)}' cannot be read: ${whyNotRead(error)}`,
      'name the files in others by a pattern',
    );
  }
}

export async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isDirectory() === true ? 'folder' : stats?.isFile() === true ? 'file' : undefined;
}

/** The path with `/` as separator. */
export function posix(file: string): string {
  return path.sep === '\\' ? file.replaceAll('\\', '/') : file;
}

export function byPath(a: string, b: string): number {
  const [first, second] = [posix(a), posix(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
