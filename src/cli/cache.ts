/** `unstride cache`: what is kept of models that were compiled. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { closest } from '../closest.js';
import { formatBytes } from '../diagnostics/units.js';
import { textTable } from '../report/text-table.js';
import { readAbout } from '../runtime/cache/entry.js';
import { DamagedEntry } from '../runtime/cache/image.js';
import { factsEnding } from '../runtime/cache/store.js';
import { clearEntries, type ListedEntry, listEntries, openEntry } from '../runtime/node-cache.js';
import { cacheFolder } from '../runtime/node-cache-folder.js';
import { oneText } from './arguments.js';
import { writeLines, writeText } from './output.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

const actions = ['list', 'clear'] as const;

export async function manageCache(action: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const named = oneText(options['cacheDir'], 'cache-dir');
  if (named === '') throw new UsageError('--cache-dir is empty', 'name the folder');
  const folder = named === undefined ? cacheFolder() : path.resolve(named);
  if (action === 'list') await list(folder);
  else if (action === 'clear') await clear(folder);
  else {
    const near = closest(action, actions, 2);
    throw new UsageError(
      `there is no action '${action}'`,
      near === undefined ? 'there are list and clear' : `did you mean '${near}'?`,
    );
  }
  return exitCodes.done;
}

async function list(folder: string): Promise<void> {
  const entries = (await listEntries(folder)).filter(({ name }) => !name.endsWith(factsEnding));
  if (entries.length === 0) {
    writeText(process.stdout, `nothing is kept in ${folder}\n`);
    return;
  }
  const colors = colorsFor(process.stdout);
  const columns = [
    { title: 'model', shrinkTo: 12 },
    { title: 'inputs', shrinkTo: 16 },
    { title: 'code' },
    { title: 'size' },
    { title: 'last used' },
  ];
  const [titles = '', ...lines] = textTable(columns, entries.map(rowOf), widthOf(process.stdout));
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`;
  const sum = `${count}, ${formatBytes(bytes)}, in ${folder}`;
  writeLines(process.stdout, `${[colors.bold(titles), ...lines, sum].join('\n')}\n`);
}

function rowOf({ file, bytes, usedMilliseconds }: ListedEntry): string[] {
  const used = new Date(usedMilliseconds).toISOString().slice(0, 16).replace('T', ' ');
  return [...aboutOf(file), formatBytes(bytes), used];
}

/** Model, inputs and code. */
function aboutOf(file: string): readonly [string, string, string] {
  const entry = openEntry(file);
  if (entry === undefined) return ['', '', 'not readable'];
  try {
    const { file: model, sizes, tier, threads } = readAbout(entry);
    return [
      model === undefined ? '' : path.basename(model),
      sizes,
      `${tier}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    ];
  } catch (error) {
    if (error instanceof DamagedEntry) return ['', '', 'damaged'];
    throw error;
  } finally {
    entry.close();
  }
}

async function clear(folder: string): Promise<void> {
  const { entries, bytes } = await clearEntries(folder);
  await rm(path.join(folder, 'code'), { recursive: true, force: true });
  const count = entries === 1 ? '1 entry' : `${entries} entries`;
  writeText(process.stdout, `${count} of ${formatBytes(bytes)} removed from ${folder}\n`);
}
