/** Reads and checks the options of `unstride run` before anything is opened. */
import { parseBytes } from '../../contract/amount.js';
import type { FitMode } from '../../feed/fit.js';
import { channelOrders, type Normalization, namedNormalization, normalizationNames } from '../../feed/normalization.js';
import type { PictureSizes } from '../../feed/picture-size.js';
import { type Layout, layouts } from '../../pictures/image-layout.js';
import { isCacheOff } from '../../runtime/node-cache-folder.js';
import type { SessionOptions } from '../../runtime/session-options.js';
import { allTexts, isFlagSet, numberList, oneOf, oneText, wholeNumber } from '../arguments.js';
import { readCodeOptions } from '../code-options.js';
import { defaultDirectory, executors } from '../commands/choices.js';
import { parseDims } from '../dims.js';
import { UsageError } from '../usage.js';
import type { ArchiveSettings } from './outputs.js';
import { type PresentationSettings, readPresentation } from './presentation.js';
import { readTiles, type TileSettings } from './tile-settings.js';

export interface Settings {
  readonly dims: ReadonlyMap<string, number>;
  readonly inputs: readonly string[];
  readonly directory: string;
  readonly presentation: PresentationSettings;
  /** The archive for arrays, instead of a file for each. */
  readonly archive: ArchiveSettings | undefined;
  readonly normalization: Normalization;
  /** Undefined: pictures are resized if the network does not accept their size. */
  readonly fit: FitMode | undefined;
  /** Undefined: inputs are run whole. */
  readonly tiles: TileSettings | undefined;
  /** Undefined: the default limit. */
  readonly maxPixels: number | undefined;
  /** The requirements on sizes of another network than the one that is run (default: those of the latter). */
  readonly pictureSizes?: PictureSizes;
  readonly layout: Layout | undefined;
  readonly seed: number;
  readonly engine: EngineSettings;
  /** The file for the trace. */
  readonly profile: string | undefined;
  readonly json: boolean;
  /** Neither reports nor progress. */
  readonly quiet: boolean;
}

/** Absent settings are chosen by the program. */
export type EngineSettings = Pick<
  SessionOptions,
  'executor' | 'precision' | 'weights' | 'threads' | 'tier' | 'memoryLimit' | 'cache'
>;

/** @throws UsageError */
export function readSettings(options: Readonly<Record<string, unknown>>): Settings {
  const directory = oneText(options['outputDir'], 'output-dir') ?? defaultDirectory;
  if (directory === '') throw new UsageError('--output-dir is empty', 'write . for the current folder');
  const profile = oneText(options['profile'], 'profile');
  if (profile === '') throw new UsageError('--profile is empty', 'name the file that the trace goes to');
  return {
    dims: parseDims(options['dim']),
    inputs: allTexts(options['input']),
    directory,
    presentation: readPresentation(options),
    archive: readArchive(options),
    normalization: readNormalization(options),
    fit: readFit(options),
    tiles: readTiles(options, isFittedByTiles(options)),
    maxPixels: wholeNumber(options['maxPixels'], 'max-pixels', { min: 1, hint: 'for example 200000000' }),
    layout: readLayout(options),
    seed: wholeNumber(options['seed'], 'seed', { min: 0, max: 0xffff_ffff }) ?? 0,
    engine: readEngine(options),
    profile,
    json: isFlagSet(options['json']),
    quiet: isFlagSet(options['quiet']),
  };
}

function readArchive(options: Readonly<Record<string, unknown>>): ArchiveSettings | undefined {
  const file = oneText(options['outputNpz'], 'output-npz');
  const compress = isFlagSet(options['npzCompress']);
  if (file === '') throw new UsageError('--output-npz is empty', 'name the archive that the arrays go into');
  if (file === undefined && compress) throw new UsageError('--npz-compress is for --output-npz', 'name an archive');
  return file === undefined ? undefined : { file, compress };
}

const fitModes = ['resize', 'pad', 'crop', 'tile', 'none'] as const;

function readFit(options: Readonly<Record<string, unknown>>): FitMode | undefined {
  const mode = oneOf(options['fit'], 'fit', fitModes);
  return mode === 'tile' ? undefined : mode;
}

/** Whether pictures that are larger than the model's input are cut into tiles. */
function isFittedByTiles(options: Readonly<Record<string, unknown>>): boolean {
  return oneText(options['fit'], 'fit') === 'tile';
}

function readNormalization(options: Readonly<Record<string, unknown>>): Normalization {
  const order = oneOf(options['channels'], 'channels', channelOrders);
  const name = oneOf(options['normalize'], 'normalize', normalizationNames);
  const mean = numberList(options['mean'], 'mean');
  const std = numberList(options['std'], 'std');
  if (std?.includes(0)) throw new UsageError('--std has a zero in it, and values are divided by it');
  const named = name === undefined ? { order } : namedNormalization(name, order)!;
  const given = mean === undefined ? 'std' : 'mean';
  if (named.mean !== undefined && (mean !== undefined || std !== undefined)) {
    throw new UsageError(
      `--normalize ${name} has a mean and a deviation, and --${given} is given, too`,
      'leave one out',
    );
  }
  return mean === undefined && std === undefined ? named : { ...named, mean, std };
}

function readLayout(options: Readonly<Record<string, unknown>>): Layout | undefined {
  const layout = oneText(options['layout'], 'layout')?.toLowerCase();
  if (layout !== undefined && !isLayout(layout)) {
    throw new UsageError(`--layout ${layout} is not known`, `it is ${layouts.join(' or ')}`);
  }
  return layout;
}

function isLayout(text: string): text is Layout {
  return (layouts as readonly string[]).includes(text);
}

function readEngine(options: Readonly<Record<string, unknown>>): EngineSettings {
  const executor = oneOf(options['executor'], 'executor', executors);
  const memoryLimit = readAmount(options['memoryLimit'], 'memory-limit');
  return {
    ...readCodeOptions(options),
    ...(executor === undefined ? {} : { executor }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    cache: readCache(options),
  };
}

function readCache(options: Readonly<Record<string, unknown>>): NonNullable<EngineSettings['cache']> {
  const maxBytes = readAmount(options['cacheSize'], 'cache-size');
  if (options['cache'] === false || isCacheOff()) return false;
  return maxBytes === undefined ? true : { maxBytes };
}

function readAmount(value: unknown, option: string): number | undefined {
  const text = oneText(value, option);
  if (text === undefined) return undefined;
  const bytes = parseBytes(text);
  if (bytes === undefined || bytes === 0)
    throw new UsageError(
      `--${option} ${text} is no amount of ${option === 'cache-size' ? 'bytes' : 'memory'}`,
      'for example 512MiB or 8GB',
    );
  return bytes;
}
