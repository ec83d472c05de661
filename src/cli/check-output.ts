/** Where a check report goes: one format on standard output, others into files. */
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { printableReport } from '../diagnostics/printable.js';
import { writeWhole } from '../files/write-whole.js';
import { boundedReport } from '../report/bounded.js';
import type { CheckReport } from '../report/check.js';
import { renderGithub } from '../report/github.js';
import { jsonDocument } from '../report/json.js';
import { renderJunit } from '../report/junit.js';
import { renderMarkdown } from '../report/markdown.js';
import { renderPretty } from '../report/pretty.js';
import { renderSarif } from '../report/sarif.js';
import { allTexts } from './arguments.js';
import { type CheckFormat, checkFormats } from './commands/choices.js';
import { posix } from './find-files.js';
import { makeFolder } from './make-folder.js';
import { writeDocument, writeLines } from './output.js';
import { colorsFor, plainColors, widthOf } from './terminal.js';
import { FailedWrite, UsageError } from './usage.js';
import { version } from './version.js';

export interface FileOutput {
  readonly format: CheckFormat;
  readonly file: string;
}

/** `--output sarif=unstride.sarif`. @throws UsageError */
export function parseOutputs(value: unknown): FileOutput[] {
  const outputs = allTexts(value).map((text): FileOutput => {
    const at = text.indexOf('=');
    const format = text.slice(0, Math.max(0, at));
    const file = text.slice(at + 1);
    if (at < 0 || file === '') {
      throw new UsageError(`--output ${text} is not FORMAT=FILE`, 'for example --output sarif=unstride.sarif');
    }
    return { format: parseFormat(format, 'output', checkFormats), file };
  });
  const places = outputs.map(({ file }) => path.resolve(file));
  const repeated = outputs.find((_, i) => places.indexOf(places[i]!) < i);
  if (repeated !== undefined) throw new UsageError(`--output writes '${repeated.file}' twice`);
  return outputs;
}

/** @throws UsageError */
export function parseFormat<const T extends string>(text: string, option: string, formats: readonly T[]): T {
  const format = formats.find((item) => item === text.toLowerCase());
  if (format === undefined)
    throw new UsageError(`--${option}: '${text}' is no format`, `they are ${formats.join(', ')}`);
  return format;
}

export interface WrittenReport {
  /** On standard output. */
  readonly format: CheckFormat;
  readonly outputs: readonly FileOutput[];
  /** When the check began. */
  readonly time: Date;
  /** Whether what is for people leaves out models that pass. */
  readonly isQuiet: boolean;
}

/** Writes the files first, so that standard output comes last. */
export async function writeReport(
  report: CheckReport,
  { format, outputs, time, isQuiet }: WrittenReport,
): Promise<void> {
  for (const { format: kind, file } of outputs) await writeFile(file, renderAs(report, kind, time));
  if (format === 'github') await writeToGithub(report, isQuiet, time);
  else if (format === 'pretty') writeLines(process.stdout, renderForTerminal(report, isQuiet));
  else writeDocument(process.stdout, renderAs(report, format, time));
}

/** The others sum up by themselves. */
function isBounded(format: CheckFormat): boolean {
  return format === 'sarif' || format === 'junit';
}

function renderAs(report: CheckReport, format: CheckFormat, time: Date): string {
  // Programs read JSON, and get names as they are. The other formats are shown to people, wherever their readers put them.
  const listed = boundedReport(report);
  const shown = printableReport(isBounded(format) ? listed : report);
  switch (format) {
    case 'pretty':
      return renderPretty(shown, { colors: plainColors });
    case 'json':
      return jsonDocument(version(), listed);
    case 'sarif':
      return renderSarif(shown, version(), toRepository);
    case 'junit':
      return renderJunit(shown, version(), time);
    case 'github':
      return renderGithub(shown, { version: version(), toRepository });
    case 'markdown':
      return renderMarkdown(shown, version());
  }
}

function renderForTerminal(report: CheckReport, isQuiet: boolean): string {
  const colors = colorsFor(process.stdout);
  return renderPretty(printableReport(report), { colors, width: widthOf(process.stdout), isQuiet });
}

/** The report for the log, annotations on standard error, a table in the job summary. */
async function writeToGithub(report: CheckReport, isQuiet: boolean, time: Date): Promise<void> {
  writeLines(process.stdout, renderForTerminal(report, isQuiet));
  writeDocument(process.stderr, renderAs(report, 'github', time));
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (summary === undefined || summary === '') return;
  try {
    await appendFile(summary, renderAs(report, 'markdown', time));
  } catch (error) {
    throw new FailedWrite(`the job's summary '${summary}'`, error);
  }
}

/** The path relative to the repository's root, as GitHub expects in annotations. */
function toRepository(file: string): string | undefined {
  const root = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
  const relative = path.relative(root, path.resolve(file));
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return isInside && existsSync(path.resolve(file)) ? posix(relative) : undefined;
}

async function writeFile(file: string, text: string): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeWhole(file, text);
  } catch (error) {
    throw new FailedWrite(`'${file}'`, error);
  }
}
