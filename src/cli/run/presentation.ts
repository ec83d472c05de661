/** Reads the options of `unstride run` for presenting results. */
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../../diagnostics.js';
import { whyNotRead } from '../../files/why-not-read.js';
import type { Value } from '../../ir/graph.js';
import { parseClassNames } from '../../pictures/class-names.js';
import { paletteNames, parsePalette } from '../../pictures/palettes.js';
import { type KindRequest, outputKinds, parseKindRequest } from '../../present/kinds.js';
import type { PresentOptions } from '../../present/present-options.js';
import { allTexts, isFlagSet, oneText } from '../arguments.js';
import { readRegular } from '../read-regular.js';
import { UsageError } from '../usage.js';

export type PresentationSettings = Required<Pick<PresentOptions, 'as' | 'pictures' | 'overlay'>> &
  Pick<PresentOptions, 'palette' | 'classNames' | 'inner'>;

/** @throws UsageError, ModelError US2005 if a palette or names cannot be read */
export function readPresentation(options: Readonly<Record<string, unknown>>): PresentationSettings {
  const as = allTexts(options['as']).map(readRequest);
  const pictures = options['pictures'] !== false;
  const overlay = isFlagSet(options['overlay']);
  const drawn = as.find(({ kind }) => kind !== 'array')?.kind;
  if (!pictures && (overlay || drawn !== undefined)) {
    throw new UsageError(
      `--no-pictures and ${overlay ? '--overlay' : `--as ${drawn}`} contradict each other`,
      'leave one out',
    );
  }
  return { as, pictures, overlay, palette: readPalette(options), classNames: readClassNames(options) };
}

function readRequest(text: string): KindRequest {
  const request = parseKindRequest(text);
  if (request === undefined) {
    throw new UsageError(
      `--as ${text} is not known`,
      `write KIND or OUTPUT=KIND; the kinds are ${outputKinds.join(', ')}`,
    );
  }
  return request;
}

/** Throws UsageError for a name that no output has. */
export function checkRequests(requests: readonly KindRequest[], outputs: readonly Value[]): void {
  const names = outputs.map(({ name }) => name);
  for (const { output, kind } of requests) {
    if (output === undefined || names.includes(output)) continue;
    throw new UsageError(
      `--as ${output}=${kind}: the model has no output '${output}'`,
      `its outputs are ${names.join(', ')}`,
    );
  }
}

function readPalette(options: Readonly<Record<string, unknown>>): PresentOptions['palette'] {
  const text = oneText(options['palette'], 'palette');
  const name = paletteNames.find((item) => item === text);
  if (text === undefined || name !== undefined) return name;
  return readSmallFile(text, parsePalette, `--palette is a file, or one of ${paletteNames.join(', ')}`);
}

function readClassNames(options: Readonly<Record<string, unknown>>): PresentOptions['classNames'] {
  const file = oneText(options['classNames'], 'class-names');
  return file === undefined ? undefined : readSmallFile(file, parseClassNames, 'name a file with a name a line');
}

function readSmallFile<T>(file: string, parse: (text: string) => T, hint: string): T {
  try {
    return parse(readText(file, hint));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ModelError([diagnostic(error.problem, { file })]);
  }
}

const fileNotText = defineProblem('US2005', {
  message: 'the file is not text',
  expected: 'text in UTF-8',
  actual: 'bytes that are none',
});

function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Reported below.
  }
  fail(fileNotText());
}

/** Larger files are neither palettes nor names. */
const maxBytes = 2 ** 22;

const textFileTooLarge = defineProblem('US2005', {
  message: 'the file is too large',
  expected: `at most ${maxBytes} bytes`,
  actual: 'more',
});

const textFileNotRead = defineProblem('US2005', { reason: 'string', hint: 'string' }, ({ reason, hint }) => ({
  message: 'the file cannot be read',
  actual: reason,
  hint,
}));

function readText(file: string, hint: string): string {
  try {
    const bytes = readRegular(file, maxBytes + 1);
    if (bytes.length > maxBytes) fail(textFileTooLarge());
    return textOf(bytes);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    fail(textFileNotRead({ reason: whyNotRead(error), hint }));
  }
}
