/** The baseline of a run: matches findings against it, or collects those that it is written from. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type BaselineEntry,
  BaselineError,
  BaselineMatcher,
  baselineOf,
  type Fingerprint,
  fingerprint,
  formatBaseline,
  parseBaseline,
} from '../contract/baseline.js';
import { type Diagnostic, defineProblem, diagnostic } from '../diagnostics.js';
import { writeWhole } from '../files/write-whole.js';
import { displayPath, readText } from './config-file.js';
import { inTurn } from './file-lock.js';
import { posix } from './find-files.js';
import { stdinName } from './model-files.js';
import { FailedWrite, UsageError } from './usage.js';

const baselineStale = defineProblem(
  'US3008',
  { code: 'string', file: 'string', node: 'string?', value: 'string?', count: 'integer' },
  ({ code, file, node, value, count }) => ({
    message: `${count === 1 ? '' : `${count} times `}${code}${node === undefined ? '' : ` at ${node}`} in ${file} is fixed`,
    value,
    hint: 'take the entry out of the baseline: unstride check --write-baseline',
  }),
);

export class BaselineState {
  private readonly matcher: BaselineMatcher;
  private readonly checked = new Set<string>();
  private readonly found: Fingerprint[] = [];

  private constructor(
    private readonly file: string,
    entries: readonly BaselineEntry[],
    private readonly isWriting: boolean,
  ) {
    this.matcher = new BaselineMatcher(entries);
  }

  static async open(file: string, isWriting: boolean): Promise<BaselineState> {
    if (isWriting && !existsSync(file)) return new BaselineState(file, [], true);
    const shown = displayPath(file);
    if (!existsSync(file)) {
      throw new UsageError(`there is no baseline '${shown}'`, 'make it with unstride check --write-baseline');
    }
    return new BaselineState(file, readBaseline(file), isWriting);
  }

  /** The findings that are not tolerated; none if the baseline is being written. */
  filter(
    modelFile: string,
    findings: readonly Diagnostic[],
  ): { readonly kept: readonly Diagnostic[]; readonly baselined: number } {
    if (modelFile === stdinName) return { kept: findings, baselined: 0 };
    const key = this.keyOf(modelFile);
    this.checked.add(key);
    const kept = findings.filter((item) => {
      const print = fingerprint(item, key);
      this.found.push(print);
      return !this.isWriting && !this.matcher.take(print);
    });
    return { kept, baselined: findings.length - kept.length };
  }

  /** Findings for baseline entries that no longer occur. */
  stale(): Diagnostic[] {
    if (this.isWriting) return [];
    return this.matcher.stale(this.checked).map(({ file, code, node, value, count }) =>
      diagnostic(baselineStale({ code, file, node: node ?? undefined, value: value ?? undefined, count }), {
        file: displayPath(this.file),
      }),
    );
  }

  /**
   * Writes the baseline. Entries of models that were not checked stay, also those that other processes have written
   * meanwhile. Returns the number of findings written.
   */
  async write(): Promise<{ readonly file: string; readonly findings: number } | undefined> {
    if (!this.isWriting) return undefined;
    const shown = displayPath(this.file);
    try {
      await inTurn(this.file, async () => {
        const there = existsSync(this.file) ? readBaseline(this.file) : [];
        const others = there.filter(({ file }) => !this.checked.has(file));
        const all = [...baselineOf(this.found), ...others];
        all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        await writeWhole(this.file, formatBaseline(all));
      });
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new FailedWrite(`the baseline '${shown}'`, error);
    }
    return { file: shown, findings: this.found.length };
  }

  private keyOf(modelFile: string): string {
    return posix(path.relative(path.dirname(path.resolve(this.file)), path.resolve(modelFile)));
  }
}

/** @throws UsageError for one that cannot be read */
function readBaseline(file: string): BaselineEntry[] {
  const text = readText(file, 'the baseline');
  try {
    return parseBaseline(text);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new UsageError(`the baseline '${displayPath(file)}' cannot be used: ${error.message}`);
  }
}
