/** What the program knows of the terminal it writes to. */
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** Colors where a person reads: on a terminal that has them, or when FORCE_COLOR asks; never with NO_COLOR. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { env } = process;
  const isForced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return picocolors.createColors(picocolors.isColorSupported && (isForced || (stream.isTTY === true && !isDumb())));
}

/** Whether lines that were written can be written over: on a terminal that moves its cursor, of a known width. */
export function canRewrite(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.columns > 0 && !isDumb();
}

/** Terminals that show control sequences as they are: an editor's, a serial line's. */
function isDumb(): boolean {
  return process.env['TERM'] === 'dumb';
}

/** Characters a line: COLUMNS where it is set, the terminal's width, undefined (any) when the output goes elsewhere. */
export function widthOf(stream: NodeJS.WriteStream): number | undefined {
  const columns = Number(process.env['COLUMNS']);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
}

/** For files. */
export const plainColors: Colors = picocolors.createColors(false);
