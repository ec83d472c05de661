const reasons: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    EACCES: 'reading it is not permitted',
    EPERM: 'reading it is not permitted',
    ELOOP: 'its links go in a circle',
    ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  }),
);

/** Why the system did not read, in words; the error's own message where there are none. */
export function whyNotRead(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons.get(code) ?? message;
}
