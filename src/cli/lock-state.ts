/** The lock file of a run: compares models with it, and collects what is written to it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bindLocked, compareLocked, type LockChange, type LockedModel, type LockedValue } from '../contract/lock.js';
import { formatLock, LockError, parseLock } from '../contract/lock-file.js';
import { writeWhole } from '../files/write-whole.js';
import type { Bindings } from '../ir/dim.js';
import type { LockReport } from '../report/check.js';
import { displayPath, readText } from './config-file.js';
import { inTurn } from './file-lock.js';
import { posix } from './find-files.js';
import { stdinName } from './model-files.js';
import { FailedWrite, UsageError } from './usage.js';

type LockedFiles = ReadonlyMap<string, readonly LockedValue[]>;

export class LockState {
  /** What this run found for the models that it compared. */
  private readonly found = new Map<string, readonly LockedValue[]>();

  private constructor(
    private readonly file: string,
    private readonly locked: LockedFiles,
    private readonly isUpdating: boolean,
  ) {}

  /** Undefined if there is no lock file and none is written. */
  static async open(file: string, isUpdating: boolean): Promise<LockState | undefined> {
    if (!existsSync(file)) return isUpdating ? new LockState(file, new Map(), true) : undefined;
    return new LockState(file, readLock(file), isUpdating);
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
    this.found.set(key, now);
    return report(locked === undefined ? 'added' : changes.length === 0 ? 'unchanged' : 'updated');
  }

  /** Models of the lock file whose files no longer exist. */
  missing(): string[] {
    const folder = path.dirname(this.file);
    return [...this.locked.keys()].map((key) => path.join(folder, key)).filter((file) => !existsSync(file));
  }

  /** Writes the compared models, without those in `drop`; what other processes have written meanwhile stays. */
  async write(drop: readonly string[]): Promise<void> {
    if (!this.isUpdating) return;
    try {
      await inTurn(this.file, async () => {
        const models = new Map(existsSync(this.file) ? readLock(this.file) : []);
        for (const file of drop) models.delete(this.keyOf(file));
        for (const [file, values] of this.found) models.set(file, values);
        await writeWhole(this.file, formatLock([...models].map(([file, values]): LockedModel => ({ file, values }))));
      });
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new FailedWrite(`the lock file '${this.shownFile}'`, error);
    }
  }

  private keyOf(modelFile: string): string {
    return posix(path.relative(path.dirname(path.resolve(this.file)), path.resolve(modelFile)));
  }
}

/** @throws UsageError for one that cannot be read */
function readLock(file: string): LockedFiles {
  const text = readText(file, 'the lock file');
  try {
    return new Map(parseLock(text).map(({ file: name, values }) => [name, values]));
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    throw new UsageError(
      `${displayPath(file)}:${error.line}: ${error.message}`,
      'restore it, or delete it and run unstride check --update',
    );
  }
}
