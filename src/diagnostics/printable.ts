/**
 * Names in files are text that strangers chose. This is where they become fit to be shown: on a terminal, in a log that a
 * CI system reads line by line, in a page.
 */

/** Control characters, line and paragraph separators, characters that turn the direction of text or hide in it, halves of pairs. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|#(?=#\[)/gu;

/** The same in texts of many lines. */
const unfitInText = new RegExp(`(?!\\n)(?:${unfit.source})`, 'gu');

/** Characters of a name that messages show, and of any text in a report: files have names of any length. */
export const longestName = 200;
export const longestText = 4000;

/** `beginning … end (1048576 characters)` of what is longer. The result is no longer than `longest`, which is at least 100. */
export function shortened(text: string, longest = longestName): string {
  return text.length <= longest ? text : cut(text, longest, text.length);
}

function cut(text: string, longest: number, told: number): string {
  const note = ` (${told} characters)`;
  const room = longest - note.length - ' … '.length;
  const end = Math.floor(room / 3);
  return `${text.slice(0, room - end).replace(endsInHalf, '')} … ${text.slice(-end).replace(beginsWithHalf, '')}${note}`;
}

/** Half of a pair that a cut has left. */
const endsInHalf = /[\ud800-\udbff]$/;
const beginsWithHalf = /^[\udc00-\udfff]/;

/**
 * The text on one line, with escapes in place of characters that would steer a terminal, begin a line, or hide, and of
 * `##[`, which CI systems obey wherever it stands. Of a long one its beginning, its end and its length. Applied twice, it
 * is as applied once.
 */
export function printable(text: string): string {
  const seen = text.length <= 2 * longestText ? text : text.slice(0, longestText) + text.slice(-longestText);
  const escaped = seen.replace(unfit, escapeOf);
  return escaped.length <= longestText && seen === text ? escaped : cut(escaped, longestText, text.length);
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
  return withTexts(report, printable) as T;
}

/** A report whose texts are as they are but for their length. */
export function shortenedReport<T>(report: T): T {
  return withTexts(report, (text) => shortened(text, longestText)) as T;
}

function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [change(name), withTexts(item, change)]));
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
