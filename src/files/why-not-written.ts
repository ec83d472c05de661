const reasons: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EISDIR: 'there is a folder of that name',
    ENOTDIR: 'a part of its path is a file',
    ENOENT: 'there is no such folder, or nothing can be made in it',
    EACCES: 'writing there is not permitted',
    EPERM: 'writing there is not permitted',
    EROFS: 'nothing can be written there: it is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full for this user',
    EFBIG: 'the file would be larger than files may be there',
  }),
);

/** Why the system did not write, in words; undefined for an error that is not the system's. */
export function whyNotWritten(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code = '', message, path } = error as NodeJS.ErrnoException;
  return code === 'EEXIST' ? `'${path}' is a file` : (reasons.get(code) ?? message);
}
