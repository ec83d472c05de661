/** Turns of processes that change the same file: each reads it, changes it and puts it back before the next one does. */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UsageError } from './usage.js';

/** A turn takes milliseconds; one of so many was left by a process that is gone. */
const longestTurn = 10_000;
const longestWait = 60_000;

/**
 * Does the work while no other process of this program does its own on the file. What a process leaves that ended in its turn
 * is taken away: at once where it ran on this machine, after 10 s where that is not known.
 * @throws UsageError after a minute of waiting; what the system says where nothing can be made beside the file
 */
export async function inTurn<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mark = path.join(path.dirname(file), `.${path.basename(file)}.turn`);
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  const started = performance.now();
  while (!take(mark, own)) {
    removeStale(mark);
    if (performance.now() - started > longestWait)
      throw new UsageError(`another process is changing '${file}'`, `if there is none, delete '${mark}'`);
    await setTimeout(5 + 20 * Math.random());
  }
  try {
    return await work();
  } finally {
    if (read(mark) === own) rmSync(mark, { force: true });
  }
}

/** A mark appears whole: it is written under a name of its own, and linked, which fails where there is one. */
function take(mark: string, own: string): boolean {
  const draft = `${mark}.${randomUUID()}`;
  writeFileSync(draft, own, { flag: 'wx' });
  try {
    linkSync(draft, mark);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Some file systems have no links.
    return takeWithoutLink(mark, own);
  } finally {
    rmSync(draft, { force: true });
  }
}

function takeWithoutLink(mark: string, own: string): boolean {
  try {
    writeFileSync(mark, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(mark: string): string | undefined {
  try {
    return readFileSync(mark, 'utf8');
  } catch {
    return undefined;
  }
}

/** Takes a mark away whose process is gone; one that came to its place meanwhile is put back. */
function removeStale(mark: string): void {
  const found = read(mark);
  if (found === undefined || !isStale(mark, found)) return;
  const aside = `${mark}.${randomUUID()}`;
  try {
    renameSync(mark, aside);
    if (read(aside) !== found) linkSync(aside, mark);
  } catch {
    // Another process was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}

function isStale(mark: string, text: string): boolean {
  const age = Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (Math.abs(age) > longestTurn) return true;
  const { pid, host } = ownerOf(text);
  return host === hostname() && pid !== undefined && !isAlive(pid);
}

function ownerOf(text: string): { readonly pid?: number; readonly host?: string } {
  try {
    const { pid, host } = JSON.parse(text) as { readonly pid?: unknown; readonly host?: unknown };
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : {};
  } catch {
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
