/** Reads `--grid` and `--interpolate`. */
import { allTexts, isFlagSet, oneText, wholeNumber } from '../../arguments.js';
import { defaultSteps } from '../../commands/choices.js';
import { UsageError } from '../../usage.js';

export type GridSettings =
  | { readonly kind: 'grid'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'interpolation'; readonly from: string; readonly to: string; readonly steps: number };

const maxPictures = 10_000;

/** Undefined if neither is given. @throws UsageError */
export function readGridSettings(options: Readonly<Record<string, unknown>>): GridSettings | undefined {
  const grid = oneText(options['grid'], 'grid');
  const ends = allTexts(options['interpolate']);
  const steps = wholeNumber(options['steps'], 'steps', { min: 2, max: maxPictures, hint: 'both ends count' });
  if (steps !== undefined && ends.length === 0) throw new UsageError('--steps is for --interpolate');
  if (grid !== undefined && ends.length > 0) throw new UsageError('--grid and --interpolate cannot both be had');
  if (grid === undefined && ends.length === 0) return undefined;
  refuseOthers(options, grid === undefined ? '--interpolate' : '--grid');
  if (grid !== undefined) return readGrid(grid);
  const [from, to, ...others] = ends;
  if (others.length > 0) throw new UsageError("the option '--interpolate' is given twice");
  return { kind: 'interpolation', from: from!, to: to!, steps: steps ?? defaultSteps };
}

/** Refuses options for other outputs, since only a sheet of pictures is written. */
function refuseOthers(options: Readonly<Record<string, unknown>>, own: string): void {
  const others = {
    '--as': options['as'] !== undefined,
    '--no-pictures': options['pictures'] === false,
    '--overlay': isFlagSet(options['overlay']),
    '--palette': options['palette'] !== undefined,
    '--class-names': options['classNames'] !== undefined,
    '--skip-existing': isFlagSet(options['skipExisting']),
    '--json-lines': isFlagSet(options['jsonLines']),
  };
  const given = Object.entries(others).find(([, isGiven]) => isGiven)?.[0];
  if (given !== undefined)
    throw new UsageError(`${own} and ${given} cannot be given together`, `${own} writes one sheet of pictures`);
}

function readGrid(text: string): GridSettings {
  const [, rows, columns] = /^(\d+)[x×](\d+)$/i.exec(text) ?? [];
  const [height, width] = [Number(rows), Number(columns)];
  if (!(height >= 1 && width >= 1))
    throw new UsageError(`--grid ${text} is not ROWSxCOLUMNS`, 'for example --grid 8x8');
  if (height * width > maxPictures) throw new UsageError(`--grid ${text} has more than ${maxPictures} pictures`);
  return { kind: 'grid', rows: height, columns: width };
}
