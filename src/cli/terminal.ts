/** Properties of the terminal: colors and width. */
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** Colors on terminals that have them, or if FORCE_COLOR is set; never if NO_COLOR is set. */
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

/**
 * Characters in a line: COLUMNS if it is set, else the terminal's width; undefined (any width) if the output is not a
 * terminal.
 */
export function widthOf(stream: NodeJS.WriteStream): number | undefined {
  const columns = Number(process.env['COLUMNS']);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
}

/** No colors, for files. */
export const plainColors: Colors = picocolors.createColors(false);
