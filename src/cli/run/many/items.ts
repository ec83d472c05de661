/** The items of a run of many files: the files, the inputs that they feed, and the names of their results. */
import path from 'node:path';
import { printable } from '../../../diagnostics/printable.js';
import { safeStem } from '../../../files/file-names.js';
import { UsageError } from '../../usage.js';
import { type InputSpec, randomSource } from '../input-spec.js';
import { itemStems } from './item-names.js';
import { type FoundFiles, findFiles, isSetOfInputs } from './sources.js';

export interface Item {
  readonly spec: InputSpec;
  /** Stem of its results, relative to the folder for results, with `/` as separator. */
  readonly stem: string;
}

export interface ManyInputs {
  readonly items: readonly Item[];
  /** Inputs that are the same for all items. */
  readonly fixed: readonly InputSpec[];
}

export interface FindOptions {
  /** Names of the model's inputs. */
  readonly names: readonly string[];
  readonly directory: string;
  /** Whether a single file is also treated as a run of many. */
  readonly isMany: boolean;
  readStdin(): Promise<Uint8Array>;
}

interface Found extends FoundFiles {
  readonly spec: InputSpec;
}

/**
 * Resolves `--input` options to one set of inputs, each from one file, or to many files for one of them.
 * @throws UsageError if an option stands for no file, or several inputs have many
 */
export async function findInputs(
  specs: readonly InputSpec[],
  options: FindOptions,
): Promise<ManyInputs | readonly InputSpec[]> {
  const stems = options.names.map(safeStem);
  const found: Found[] = [];
  for (const spec of specs) {
    if (spec.source === randomSource || (await isSetOfInputs(spec.source, stems))) continue;
    const files = await findFiles(spec.source, options.readStdin);
    found.push({ spec, ...(files.isPlain ? files : withoutResults(spec.source, files, options.directory)) });
  }
  const many = chooseMany(found, options);
  if (many === undefined) {
    const sources = new Map(found.map(({ spec, files }) => [spec, files[0]!]));
    return specs.map((spec) => ({ ...spec, source: sources.get(spec) ?? spec.source }));
  }
  const sources = uniqueSources(many);
  const itemNames = itemStems(sources);
  return {
    items: sources.map(({ spec, file }, i) => ({ spec: { ...spec, source: file }, stem: itemNames[i]! })),
    fixed: specs.filter((spec) => !many.some((group) => group.spec === spec)),
  };
}

/** The options with many files; undefined if each input has one. */
function chooseMany(found: readonly Found[], { names, isMany }: FindOptions): readonly Found[] | undefined {
  const groups = new Map<string | undefined, Found[]>();
  for (const item of found) groups.set(item.spec.name, [...(groups.get(item.spec.name) ?? []), item]);
  const several = [...groups].filter(([name, group]) => {
    if (uniqueSources(group).length < 2) return false;
    // Files without a name may each feed a different input.
    return names.length < 2 || name !== undefined || group.some(({ isPlain }) => !isPlain);
  });
  if (several.length > 1) {
    const [first, second] = several.map(([, group]) => group[0]!.spec);
    throw new UsageError(
      `there are many files for two inputs, --input ${textOf(first!)} and --input ${textOf(second!)}`,
      'one input may have many; what belongs together goes into an .npz, an array for each input',
    );
  }
  if (several.length === 1) return several[0]![1];
  if (!isMany) return undefined;
  const only = found.find(({ isPlain }) => !isPlain) ?? found.find(({ spec }) => spec.name === undefined) ?? found[0];
  if (only === undefined) throw new UsageError('--batch, --json-lines and --skip-existing are for inputs from files');
  return [only];
}

function textOf({ name, source }: InputSpec): string {
  return printable(name === undefined ? source : `${name}=${source}`);
}

/** Each file once. */
function uniqueSources(groups: readonly Found[]) {
  const seen = new Set<string>();
  return groups
    .flatMap(({ spec, files, base }) => files.map((file) => ({ spec, file, base })))
    .filter(({ file }) => {
      const place = path.resolve(file);
      return seen.has(place) ? false : seen.add(place);
    });
}

/** Results of an earlier run in a subfolder are not inputs. */
function withoutResults(text: string, found: FoundFiles, directory: string): FoundFiles {
  const results = path.resolve(directory);
  if (!isBelow(results, path.resolve(found.base))) return found;
  const files = found.files.filter((file) => !isBelow(path.resolve(file), results));
  if (files.length === 0) throw new UsageError(`there are only results of an earlier run in '${printable(text)}'`);
  return { ...found, files };
}

function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative);
}
