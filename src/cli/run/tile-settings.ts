/** `--tile` and `--blend`. */
import type { TileSize } from '../../split/tiles/tiling.js';
import { oneText, wholeNumber } from '../arguments.js';
import { UsageError } from '../usage.js';

export interface TileSettings {
  /** One size for each picture axis, or one for all; undefined for a suitable size. */
  readonly sizes: readonly TileSize[] | undefined;
  /** Overlap of tiles in positions; undefined for exact tiles. */
  readonly blend: number | undefined;
}

/**
 * @param isFitted whether pictures larger than the model are cut into tiles without `--tile`
 * @throws UsageError
 */
export function readTiles(options: Readonly<Record<string, unknown>>, isFitted: boolean): TileSettings | undefined {
  const text = oneText(options['tile'], 'tile');
  const blend = wholeNumber(options['blend'], 'blend', { min: 1, hint: 'for example --tile 512x512 --blend 64' });
  if (text === undefined && !isFitted) {
    if (blend !== undefined) throw new UsageError('--blend is for tiles', 'give their size with --tile');
    return undefined;
  }
  return {
    sizes: text === undefined ? undefined : text.split(/[x×]/i).map((part) => readSize(part, text)),
    blend,
  };
}

function readSize(part: string, text: string): TileSize {
  if (part === '*') return 'whole';
  const size = Number(part);
  if (/^\d+$/.test(part) && Number.isSafeInteger(size) && size > 0) return size;
  throw new UsageError(
    `--tile ${text} is not a size for each axis of the picture`,
    'for example --tile 512x512 (height × width), --tile 512, or --tile 512x* for whole rows',
  );
}
