/** What the program knows of the terminal it writes to. */
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** Colors where a person reads: on a terminal that has them, or when FORCE_COLOR asks; never with NO_COLOR. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { env } = process;
  const isForced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return picocolors.createColors(picocolors.isColorSupported && (isForced || stream.isTTY === true));
}

/** Characters a line: COLUMNS where it is set, the terminal's width, undefined (any) when the output goes elsewhere. */
export function widthOf(stream: NodeJS.WriteStream): number | undefined {
  const columns = Number(process.env['COLUMNS']);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return stream.isTTY === true ? stream.columns : undefined;
}

/** For files. */
export const plainColors: Colors = picocolors.createColors(false);
