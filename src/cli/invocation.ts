/** Interprets arguments without a command, with `help`, or with a mistyped command. */
import type { CAC } from 'cac';
import { closest } from '../closest.js';
import { UsageError } from './usage.js';

/**
 * The arguments with a command in front. A model is summarized and checked; `help` shows a command's help; without
 * arguments, the models of the configuration are checked, or else those below the current folder.
 * @throws UsageError for what is neither a command nor a model
 */
export async function withCommand(cli: CAC, args: readonly string[]): Promise<readonly string[]> {
  const [first, ...rest] = args;
  if (first === undefined) return (await import('./without-arguments.js')).withoutArguments();
  if (first === 'help') return helpArguments(cli, rest);
  if (first.startsWith('-') && first !== '-') return args;
  if (cli.commands.some(({ name }) => name === first)) return args;
  if (await isModel(first)) return ['check', '--summary', ...args];
  throw unknownCommand(cli, first);
}

async function isModel(text: string): Promise<boolean> {
  const { hasPattern, kindOf } = await import('./find-files.js');
  const isNamed = text === '-' || /^https?:/i.test(text) || /\.onnx$/i.test(text) || hasPattern(text);
  return isNamed || (await kindOf(text)) !== undefined;
}

function helpArguments(cli: CAC, [command]: readonly string[]): readonly string[] {
  if (command === undefined || command.startsWith('-')) return ['--help'];
  if (!cli.commands.some(({ name }) => name === command)) throw unknownCommand(cli, command);
  return [command, '--help'];
}

function unknownCommand(cli: CAC, given: string): UsageError {
  const names = cli.commands.map(({ name }) => name);
  // Two letters that are swapped count as two edits.
  const near = closest(given, names, 2);
  const all = `the commands are ${names.join(', ')}`;
  return new UsageError(`unknown command '${given}'`, near === undefined ? all : `did you mean '${near}'? ${all}`);
}
