/** `unstride check --watch`: checks again when models, their weights or the configuration change. */
import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixedPart, hasPattern, kindOf } from './find-files.js';
import { writeStderr } from './output.js';
import { type ExitCode, exitCodes } from './usage.js';

/** Milliseconds without a change after which a file counts as written. */
const quietTime = 250;

export interface WatchedPlace {
  readonly folder: string;
  readonly recursive: boolean;
}

/** The folders of the arguments and of other files, without folders inside other ones. */
export async function watchedPlaces(args: readonly string[], files: readonly string[]): Promise<WatchedPlace[]> {
  const places = new Map<string, boolean>();
  const add = (folder: string, recursive: boolean) => {
    const place = path.resolve(folder);
    places.set(place, recursive || places.get(place) === true);
  };
  for (const arg of args) {
    const kind = await kindOf(arg);
    if (kind === 'folder') add(arg, true);
    else if (kind === undefined && hasPattern(arg)) add((await fixedPart(arg)).base, true);
    else add(path.dirname(arg), false);
  }
  for (const file of files) add(path.dirname(file), false);
  const all = [...places].map(([folder, recursive]): WatchedPlace => ({ folder, recursive }));
  return all.filter(
    ({ folder }) =>
      !all.some((other) => other.recursive && other.folder !== folder && folder.startsWith(other.folder + path.sep)),
  );
}

/**
 * Whether a change of the file may change findings: models, their weights, the configuration and the files that it
 * names.
 */
export function isWatched(file: string, others: ReadonlySet<string>): boolean {
  if (/(?:^|[\\/])(?:node_modules|\.git)[\\/]/.test(file)) return false;
  return others.has(path.resolve(file)) || /\.(?:onnx|data|bin|pb|weights?)$|unstride\.config\.\w+$/i.test(file);
}

/**
 * Runs at once, and again after changes, until SIGINT or SIGTERM.
 * @param files absolute paths of files that are watched whatever their names
 * @param run never throws
 */
export async function watchFiles(
  places: readonly WatchedPlace[],
  files: ReadonlySet<string>,
  run: () => Promise<void>,
): Promise<ExitCode> {
  let changed: (() => void) | undefined;
  let lastChange = 0;
  const end = new AbortController();
  const notice = (file: string) => {
    if (!isWatched(file, files)) return;
    lastChange = performance.now();
    changed?.();
  };
  const watchers = places.map(
    ({ folder, recursive }): FSWatcher =>
      watch(folder, { recursive }, (_, name) => notice(path.join(folder, name ?? ''))),
  );
  // A folder that is removed has nothing to check; the other watchers continue.
  for (const watcher of watchers) watcher.on('error', () => watcher.close());
  const stop = () => end.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    while (!end.signal.aborted) {
      const started = performance.now();
      await run();
      writeStderr('watching; Ctrl-C ends');
      if (lastChange <= started) {
        await new Promise<void>((resolve) => {
          changed = resolve;
          end.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      while (!end.signal.aborted && performance.now() - lastChange < quietTime)
        await sleep(quietTime, undefined, { signal: end.signal }).catch(() => undefined);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
  return exitCodes.done;
}
