/** Which files are meant: paths, folders, patterns, standard input. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { globMatcher, isGlob } from '../contract/glob.js';
import { stdinArgument } from './arguments.js';
import { UsageError } from './usage.js';

/** What a model on standard input is called. */
export const stdinName = '<stdin>';

/**
 * The models that arguments name, each once, in the order of the arguments and there by path. A folder stands for every
 * `.onnx` file in it and below. What is not there is returned as it is: opening it says so.
 * @throws UsageError for a pattern or a folder that stands for nothing
 */
export async function modelFiles(args: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const arg of args) {
    const found = await filesOf(arg);
    if (found.length === 0) {
      throw new UsageError(isGlob(arg) ? `no file matches '${arg}'` : `there is no .onnx file in the folder '${arg}'`);
    }
    files.push(...found);
  }
  const seen = new Set<string>();
  return files.filter((file) => {
    const place = file === stdinName ? file : path.resolve(file);
    return seen.has(place) ? false : seen.add(place);
  });
}

async function filesOf(arg: string): Promise<string[]> {
  if (arg === stdinArgument) return [stdinName];
  if (/^https?:/i.test(arg)) return [arg];
  const kind = await kindOf(arg);
  if (kind === 'folder') return walk(arg, (file) => file.endsWith('.onnx'));
  if (kind === 'file' || !isGlob(arg)) return [arg];
  return expandGlob(arg);
}

/** Files that a pattern matches, by path. */
export async function expandGlob(pattern: string): Promise<string[]> {
  const text = path.sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  const parts = text.split('/');
  const fixed = parts.slice(0, Math.max(0, parts.findIndex(isGlob))).join('/');
  const root = fixed === '' ? (text.startsWith('/') ? '/' : '.') : fixed;
  const matches = globMatcher(text);
  const showsHidden = parts.some((part) => part.startsWith('.') && part !== '.' && part !== '..');
  return walk(root, (file) => matches(posix(file)), showsHidden);
}

/** The files below a folder, by path; not those of node_modules and of hidden folders, and links to folders are not followed. */
async function walk(folder: string, isWanted: (file: string) => boolean, showsHidden = false): Promise<string[]> {
  const found: string[] = [];
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const file = next === '.' ? entry.name : path.join(next, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && (showsHidden || !entry.name.startsWith('.'))) pending.push(file);
      } else if (isWanted(file) && (entry.isFile() || (await kindOf(file)) === 'file')) found.push(file);
    }
  }
  return found.sort((a, b) => (posix(a) < posix(b) ? -1 : 1));
}

async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isDirectory() ? 'folder' : stats?.isFile() ? 'file' : undefined;
}

/** The path with `/` between its parts. */
export function posix(file: string): string {
  return path.sep === '\\' ? file.replaceAll('\\', '/') : file;
}
