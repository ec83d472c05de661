/**
 * Names in files are text that strangers chose. This is where they become fit to be shown: on a terminal, in a log that a
 * CI system reads line by line, in a page.
 */

/** Control characters, line and paragraph separators, characters that turn the direction of text or hide in it, halves of pairs. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|#(?=#\[)/gu;

/** The same in texts of many lines. */
const unfitInText = new RegExp(`(?!\\n)(?:${unfit.source})`, 'gu');

/**
 * The text on one line, with escapes in place of characters that would steer a terminal, begin a line, or hide, and of
 * `##[`, which CI systems obey wherever it stands. Applied twice, it is as applied once.
 */
export function printable(text: string): string {
  return text.replace(unfit, escapeOf);
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const digits = character.codePointAt(0)!.toString(16);
  if (digits.length <= 2) return `\\x${digits.padStart(2, '0')}`;
  return digits.length <= 4 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/** A report with all texts in it printable, names of fields included; numbers, dates and what has a text of its own stay. */
export function printableReport<T>(report: T): T {
  return printableValue(report) as T;
}

function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printableValue);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [printable(name), printableValue(item)]));
}

function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as JSON. Characters that are unfit to be shown are escaped as JSON does, so what is read is the same. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(unfitInText, (character) =>
    Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join(''),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/**
 * The last look at a text of many lines before it leaves: our line breaks stay, and colors where there are any; everything
 * else that is unfit is escaped, and no line begins as a command of a CI system does.
 */
export function fitToPrint(text: string, { hasColors }: { readonly hasColors: boolean }): string {
  const isColor = (at: number) => hasColors && color.test(text.slice(at, at + longestColor));
  return text
    .replace(unfitInText, (character, at: number) => (isColor(at) ? character : escapeOf(character)))
    .replaceAll(commandStart, '$1\\x3a:');
}

const longestColor = 8;
const colorSource = `${String.fromCharCode(0x1b)}\\[\\d{0,2}(?:;\\d{1,2})?m`;
const color = new RegExp(`^${colorSource}`);
/** Blanks and colors before it do not keep a line from being a command. */
const commandStart = new RegExp(`^((?:\\s|${colorSource})*)::`, 'gm');
