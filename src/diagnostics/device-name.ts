/**
 * Names that Windows takes for devices, whatever folder they are in and whatever ending they have: `nul`, `con.npy`,
 * `COM1 .bin`. No file is read or written by such a name, on no system, so that a model means the same everywhere.
 * Naming Files, Paths, and Namespaces: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */

const devices = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])$/i;

/** @param part one name of a path, without separators */
export function isDeviceName(part: string): boolean {
  // An ending begins at the first point, a stream at a colon; blanks and points before them do not count.
  const [stem = ''] = part.trimStart().split(/[.:]/);
  return devices.test(stem.trimEnd());
}
