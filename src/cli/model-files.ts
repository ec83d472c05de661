/** Resolves arguments to model files: paths, folders, patterns, standard input. */
import path from 'node:path';
import { shellWord } from '../diagnostics/shell-word.js';
import { type OpenedModel, openModel } from '../runtime/open.js';
import { stdinArgument } from './arguments.js';
import { filesBelow, filesMatching, hasPattern, kindOf, posix } from './find-files.js';
import { readStdin } from './stdin.js';
import { UsageError } from './usage.js';

/** The name of a model on standard input in messages. */
export const stdinName = '<stdin>';

/**
 * The models that arguments name, each once, in the order of the arguments and sorted within each. A folder stands for
 * every `.onnx` file in and below it. Paths that do not exist are returned unchanged; opening them fails.
 * @throws UsageError if a pattern or a folder has no models
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
  return openNamed(nameOf(argument));
}

/** What messages call the model that an argument names; {@link openNamed} opens it. */
export function nameOf(argument: string): string {
  return argument === stdinArgument ? stdinName : argument;
}

/** What a shell is given for a name that {@link nameOf} gave. */
export function argumentOf(file: string): string {
  return file === stdinName ? '-' : shellWord(file);
}

/**
 * The path of a file beside the model: `unet.onnx` and `part.onnx` give `unet.part.onnx`, and without an ending `unet`.
 * @throws UsageError for a model from standard input
 */
export function besideModel(file: string, ending: string): string {
  if (file === stdinName)
    throw new UsageError('a model from standard input has no name for what is written', 'name it with --output');
  const { dir, name } = path.parse(file);
  return path.join(dir, ending === '' ? name : `${name}.${ending}`);
}

/** The files that a pattern matches; those in node_modules and the like only if the pattern names that folder. */
export async function modelsMatching(pattern: string): Promise<readonly string[]> {
  const { files, base } = await filesMatching(pattern);
  if (pattern.includes(packages)) return files;
  return files.filter((file) => !posix(path.relative(base, file)).split('/').includes(packages));
}

const packages = 'node_modules';

/** Installed packages contain models for their own tests. */
function isPackages(folder: string): boolean {
  return folder === packages;
}
