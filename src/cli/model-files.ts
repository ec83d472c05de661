/** Which files are meant: paths, folders, patterns, standard input. */
import path from 'node:path';
import { type OpenedModel, openModel } from '../runtime/open.js';
import { stdinArgument } from './arguments.js';
import { filesBelow, filesMatching, hasPattern, kindOf, posix } from './find-files.js';
import { readStdin } from './stdin.js';
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
      throw new UsageError(
        hasPattern(arg) ? `no file matches '${arg}'` : `there is no .onnx file in the folder '${arg}'`,
      );
    }
    files.push(...found);
  }
  const seen = new Set<string>();
  return files.filter((file) => {
    const place = file === stdinName ? file : path.resolve(file);
    return seen.has(place) ? false : seen.add(place);
  });
}

async function filesOf(arg: string): Promise<readonly string[]> {
  if (arg === stdinArgument) return [stdinName];
  if (/^https?:/i.test(arg)) return [arg];
  const kind = await kindOf(arg);
  if (kind === 'folder') return (await filesBelow(arg, isPackages)).filter((file) => file.endsWith('.onnx'));
  if (kind === 'file' || !hasPattern(arg)) return [arg];
  return modelsMatching(arg);
}

/** The model of a name that {@link modelFiles} gave. @throws ModelError, and UsageError for a terminal */
export async function openNamed(file: string): Promise<OpenedModel> {
  return file === stdinName ? openModel(await readStdin('a model'), { file }) : openModel(file);
}

/** The model that an argument of a command for one model names, `-` for the one on standard input. */
export async function openArgument(argument: string): Promise<OpenedModel> {
  return openNamed(argument === stdinArgument ? stdinName : argument);
}

/** The files that a pattern matches; in packages only where it names their folder. */
export async function modelsMatching(pattern: string): Promise<readonly string[]> {
  const { files, base } = await filesMatching(pattern);
  if (pattern.includes(packages)) return files;
  return files.filter((file) => !posix(path.relative(base, file)).split('/').includes(packages));
}

const packages = 'node_modules';

/** Packages bring models of their own, for their tests. */
function isPackages(folder: string): boolean {
  return folder === packages;
}
