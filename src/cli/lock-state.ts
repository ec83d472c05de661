/** The lock file of a run: compares models with it, and collects what is written to it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bindLocked, compareLocked, type LockChange, type LockedModel, type LockedValue } from '../contract/lock.js';
import { formatLock, LockError, parseLock } from '../contract/lock-file.js';
import { whyNotWritten } from '../files/why-not-written.js';
import { writeWhole } from '../files/write-whole.js';
import type { Bindings } from '../ir/dim.js';
import type { LockReport } from '../report/check.js';
import { displayPath, readText } from './config-file.js';
import { posix } from './find-files.js';
import { stdinName } from './model-files.js';
import { UsageError } from './usage.js';

export class LockState {
  private readonly next: Map<string, readonly LockedValue[]>;

  private constructor(
    private readonly file: string,
    private readonly locked: ReadonlyMap<string, readonly LockedValue[]>,
    private readonly isUpdating: boolean,
  ) {
    this.next = new Map(locked);
  }

  /** Undefined if there is no lock file and none is written. */
  static async open(file: string, isUpdating: boolean): Promise<LockState | undefined> {
    if (!existsSync(file)) return isUpdating ? new LockState(file, new Map(), true) : undefined;
    const shown = displayPath(file);
    const text = readText(file, 'the lock file');
    try {
      const models = parseLock(text).map(({ file: name, values }) => [name, values] as const);
      return new LockState(file, new Map(models), isUpdating);
    } catch (error) {
      if (error instanceof LockError) {
        throw new UsageError(
          `${shown}:${error.line}: ${error.message}`,
          'restore it, or delete it and run unstride check --update',
        );
      }
      throw error;
    }
  }

  get shownFile(): string {
    return displayPath(this.file);
  }

  /** @param bindings sizes that only this run sets */
  compare(modelFile: string, now: readonly LockedValue[], bindings: Bindings, isSound: boolean): LockReport | null {
    if (modelFile === stdinName) return null;
    const key = this.keyOf(modelFile);
    const locked = this.locked.get(key);
    const changes: LockChange[] = locked === undefined ? [] : compareLocked(bindLocked(locked, bindings), now);
    const report = (state: LockReport['state']): LockReport => ({ file: this.shownFile, state, changes });
    if (!this.isUpdating)
      return report(locked === undefined ? 'missing' : changes.length === 0 ? 'unchanged' : 'changed');
    // Shapes of a model with errors are not locked.
    if (!isSound) return report('refused');
    this.next.set(key, now);
    return report(locked === undefined ? 'added' : changes.length === 0 ? 'unchanged' : 'updated');
  }

  /** Models of the lock file whose files no longer exist. */
  missing(): string[] {
    const folder = path.dirname(this.file);
    return [...this.locked.keys()].map((key) => path.join(folder, key)).filter((file) => !existsSync(file));
  }

  /** Writes the compared models, without those in `drop`. */
  async write(drop: readonly string[]): Promise<void> {
    if (!this.isUpdating) return;
    for (const file of drop) this.next.delete(this.keyOf(file));
    const models: LockedModel[] = [...this.next].map(([file, values]) => ({ file, values }));
    try {
      await writeWhole(this.file, formatLock(models));
    } catch (error) {
      throw new UsageError(
        `the lock file '${this.shownFile}' cannot be written: ${whyNotWritten(error) ?? (error as Error).message}`,
      );
    }
  }

  private keyOf(modelFile: string): string {
    return posix(path.relative(path.dirname(path.resolve(this.file)), path.resolve(modelFile)));
  }
}
