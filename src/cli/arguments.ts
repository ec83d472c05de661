/**
 * Keeps arguments as text. cac (through mri) converts values that look like numbers, takes values that begin with a
 * dash for options, and splits option names at dots, which would change names of inputs and sizes. So every value gets
 * a prefix, which is removed again when the value is read.
 */
import type { CAC, Command } from 'cac';
import { closest } from '../closest.js';
import { UsageError } from './usage.js';

const mark = '=';

/** Replaces `-` for commands that read standard input, because cac takes a lone dash for an option without a name. */
export const stdinArgument = `${mark}-`;

/** Commands that read a model from standard input. */
const stdinCommands = ['check', 'inspect', 'explain', 'run', 'draw', 'extract', 'fix', 'diff'];

/**
 * The arguments with values marked and flags spelled out, for `cac` to parse. Throws UsageError for unknown options.
 */
export function protectArguments(cli: CAC, args: readonly string[]): string[] {
  const command = commandOf(cli, args);
  const options = optionsOf([cli.globalCommand, ...(command === undefined ? cli.commands : [command])]);
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      // cac treats arguments after `--` separately; here they are plain arguments.
      out.push(...args.slice(i + 1).map(protectPlain));
      break;
    }
    if (arg === '-' && stdinCommands.includes(out.find((item) => !item.startsWith('-')) ?? '')) {
      out.push(stdinArgument);
      continue;
    }
    const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined || arg === '-') {
      out.push(protectPlain(arg));
      continue;
    }
    const isNegation = name.startsWith('no-');
    const known = options.get(camelCase(isNegation ? name.slice('no-'.length) : name));
    const option = known?.negated === isNegation ? known : undefined;
    const [written] = arg.split('=');
    const isShort = !arg.startsWith('--');
    if (option === undefined || isShort !== (name.length === 1)) {
      const others = cli.commands.filter((other) => optionsOf([other]).has(camelCase(name)));
      const near = isShort ? undefined : nearestOption(name, options.values());
      const hint = others.length === 0 ? near : `it is one of ${others.map((other) => other.name).join(', ')}`;
      throw new UsageError(`unknown option '${written}'`, isShort ? undefined : hint);
    }
    if (option.required !== true) {
      if (value !== undefined) throw new UsageError(`the option '${written}' takes no value`);
      out.push(isNegation ? `--${name}` : `--${option.name}=true`);
      continue;
    }
    const next = args[i + 1];
    if (
      value === undefined &&
      (next === undefined || (next.startsWith('--') && options.has(camelCase(next.slice(2)))))
    ) {
      throw new UsageError(`the option '${written}' needs a value`);
    }
    if (value === undefined) i++;
    // By the long name, so that a short and a long form count as the same option given twice.
    out.push(`--${option.name}=${mark}${value ?? next}`);
    // `--name <a> <b>` takes two values, which are passed to cac as the same option given twice.
    if ((option.rawName.match(/</g)?.length ?? 1) < 2) continue;
    const second = args[++i];
    if (second === undefined || second.startsWith('--'))
      throw new UsageError(`the option '${written}' needs two values`);
    out.push(`--${option.name}=${mark}${second}`);
  }
  return out;
}

function nearestOption(name: string, options: Iterable<Command['options'][number]>): string | undefined {
  const names = [...options].flatMap(({ rawName }) => rawName.match(/--[\w-]+/g) ?? []);
  const near = closest(`--${name}`, names);
  const meant = near === undefined ? names.filter((other) => other.startsWith(`--${name}`)) : [near];
  return meant.length === 0 ? undefined : `did you mean ${meant.map((other) => `'${other}'`).join(' or ')}?`;
}

/** The command that the arguments call. */
export function commandOf(cli: CAC, args: readonly string[]): Command | undefined {
  const first = args.find((arg) => !arg.startsWith('-'));
  return cli.commands.find(({ name }) => name === first);
}

function optionsOf(commands: readonly Pick<Command, 'options'>[]): Map<string, Command['options'][number]> {
  return new Map(
    commands.flatMap(({ options }) => options.flatMap((option) => option.names.map((name) => [name, option]))),
  );
}

/** cac would take a lone dash for an option without a name. */
function protectPlain(arg: string): string {
  if (arg === '-' || arg.startsWith('-'))
    throw new UsageError(`'${arg}' is not a file`, `write ./${arg} for a file of that name`);
  return arg;
}

function camelCase(name: string): string {
  return name.replaceAll(/([a-z])-([a-z])/g, (_, a: string, b: string) => a + b.toUpperCase());
}

/** Every value of an option, in order. */
export function allTexts(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => String(item).replace(mark, ''));
}

/** The value of an option that is given at most once. */
export function oneText(value: unknown, name: string): string | undefined {
  const texts = allTexts(value);
  if (texts.length > 1) throw new UsageError(`the option '--${name}' is given ${texts.length} times`);
  return texts[0];
}

/** A list of numbers: `0.485,0.456,0.406`. */
export function numberList(value: unknown, name: string): number[] | undefined {
  const text = oneText(value, name);
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!numbers.every(Number.isFinite)) {
    throw new UsageError(
      `--${name} ${text} is not a list of numbers`,
      `for example --${name} 0.5 or --${name} 0.485,0.456,0.406`,
    );
  }
  return numbers;
}

/**
 * An integer from `min` to `max`; undefined if the option is not given.
 * @throws UsageError with the hint
 */
export function wholeNumber(
  value: unknown,
  name: string,
  { min, max, hint }: { readonly min: number; readonly max?: number; readonly hint?: string },
): number | undefined {
  const text = oneText(value, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= (max ?? Number.MAX_SAFE_INTEGER)) return number;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`--${name} ${text} is not a whole number ${range}`, hint);
}

export function isFlagSet(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** One of the known words; undefined if the option is not given. @throws UsageError for another */
export function oneOf<T extends string>(value: unknown, name: string, known: readonly T[]): T | undefined {
  const text = oneText(value, name);
  const found = known.find((item) => item === text?.toLowerCase());
  if (text !== undefined && found === undefined) {
    throw new UsageError(`--${name} ${text} is not known`, `it is one of ${known.join(', ')}`);
  }
  return found;
}
