/** The text of a lock file. Columns are not aligned, so that a new line does not change others. */
import { jsonText, printable } from '../diagnostics/printable.js';
import type { LockedKind, LockedModel, LockedValue } from './lock.js';

const header = '# unstride lock 1';

const note = '# The shapes last accepted: `unstride check` compares with them, `unstride check --update` writes them.';

/** Models in the order of their paths. */
export function formatLock(models: readonly LockedModel[]): string {
  const sorted = [...models].sort((a, b) => (a.file < b.file ? -1 : 1));
  const blocks = sorted.map(({ file, values }) =>
    [
      word(file),
      ...values.map(
        ({ kind, name, type, op }) => `  ${kind} ${word(name)} ${printable(type)}${op ? ` ${word(op)}` : ''}`,
      ),
    ].join('\n'),
  );
  return `${[`${header}\n${note}`, ...blocks].join('\n\n')}\n`;
}

export class LockError extends Error {
  override readonly name = 'LockError';
  constructor(
    /** From 1. */
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

const valueLine = /^ {2}(input|value|output) ("(?:[^"\\]|\\.)*"|\S+) (.*\])(?: ("(?:[^"\\]|\\.)*"|\S+))?$/;

/** @throws LockError */
export function parseLock(text: string): LockedModel[] {
  const models: { file: string; values: LockedValue[] }[] = [];
  const lines = text.split(/\r?\n/);
  const [first] = lines;
  if (first !== header) {
    throw new LockError(
      1,
      first?.startsWith('# unstride lock ') ? 'another version wrote this lock file' : 'this is no lock file',
    );
  }
  lines.forEach((line, i) => {
    if (line === '' || line.startsWith('#')) return;
    if (!line.startsWith(' ')) {
      models.push({ file: unquoted(line, i + 1), values: [] });
      return;
    }
    const [, kind, name, type, op] = valueLine.exec(line) ?? [];
    const model = models.at(-1);
    if (kind === undefined || model === undefined) throw new LockError(i + 1, 'this line is none of a lock file');
    model.values.push({
      kind: kind as LockedKind,
      name: unquoted(name!, i + 1),
      type: type!,
      op: op && unquoted(op, i + 1),
    });
  });
  return models;
}

/** The text itself, or quoted as JSON if it would be misread otherwise. */
function word(text: string): string {
  return /^[^\s"#][^\s"]*$/u.test(text) && printable(text) === text ? text : jsonText(text);
}

function unquoted(text: string, line: number): string {
  if (!text.startsWith('"')) {
    if (/[<>=]{7}/.test(text)) throw new LockError(line, 'here is an unresolved merge');
    return text;
  }
  try {
    return String(JSON.parse(text));
  } catch {
    throw new LockError(line, 'the name is not quoted as JSON');
  }
}
