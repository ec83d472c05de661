import { diagnostic, ModelError } from '../diagnostics.js';

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'nothing can be made there',
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EROFS: 'nothing can be written there: it is read-only',
  ENOSPC: 'the disk is full',
};

/** @throws ModelError US2010 for what the system said when `file` was to be written */
export function cannotWrite(file: string, message: string, error: unknown, hint?: string): never {
  const { code = '', message: text, path } = error as NodeJS.ErrnoException;
  const reason = code === 'EEXIST' ? `'${path}' is a file` : (reasons[code] ?? text);
  throw new ModelError([diagnostic({ code: 'US2010', message, actual: reason, hint }, { file })]);
}
