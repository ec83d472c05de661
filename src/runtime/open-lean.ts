/** Opening a model for a session, which writes nothing: without what only writing asks for (onnx/keeper.ts). */
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { withParts } from '../limits/part.js';
import type { Keeper } from '../onnx/keeper.js';
import { type ReadResult, readPlain } from '../onnx/read-plain.js';
import { externalLocations } from '../onnx/source-files.js';
import { loadOperators } from '../ops/load.js';
import type { ExternalData } from './external-data-option.js';
import type { ModelFiles } from './external-files.js';
import { type Located, locate, type ModelSource, nameOf } from './locate.js';
import { keepContent } from './opened-content.js';

export type { ModelSource } from './locate.js';

export interface OpenOptions {
  /**
   * Files that the model keeps tensors in, by the location it names them by, or a list; only those it names are read. Those
   * beside a path or a URL are found without.
   */
  readonly externalData?: ExternalData;
  /** The file's name for messages, where the source has none. */
  readonly file?: string;
}

export interface OpenedModel extends ReadResult {
  /** The path, the URL, or the name of a File. */
  readonly file: string | undefined;
  /** Bytes of the model file, weights in other files apart; undefined for a message. */
  readonly byteLength: number | undefined;
}

/**
 * What `openModel` documents.
 * @param keeper collects what only writing asks for
 * @param given the source's bytes, where somebody reads them
 */
export async function openLean(
  source: ModelSource,
  options: OpenOptions,
  keeper?: Keeper,
  given?: Located | Promise<Located>,
): Promise<OpenedModel> {
  const name = options.file ?? nameOf(source);
  try {
    const located = await (given ?? locate(source, name));
    const { content, file } = located;
    const { result, files } = await readLocated(located, options.externalData, keeper);
    if (content instanceof Uint8Array) keepContent(result.model, content);
    const { graph } = result.model;
    await Promise.all([loadOperators(graph), files?.fill(graph)]);
    return { ...result, file, byteLength: content instanceof Uint8Array ? content.length : undefined };
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: name })]);
    throw error;
  }
}

interface Read {
  readonly result: ReadResult;
  /** What finds files that are not beside a path. */
  readonly files?: ModelFiles;
}

/** What finds files of weights is loaded where some are given, or may have to be fetched for a model that names some. */
async function readLocated(
  { content, file, ...place }: Located,
  externalData: ExternalData | undefined,
  keeper: Keeper | undefined,
): Promise<Read> {
  const read = (externalFiles: ModelFiles['files']) =>
    withParts(() => readPlain(content, { file, externalFiles }, keeper));
  if (externalData === undefined) {
    const result = await read(place.files);
    if (place.base === undefined || externalLocations(result.model.graph).size === 0) return { result };
  }
  const { ModelFiles } = await import('./external-files.js');
  const files = new ModelFiles(place, externalData);
  return { result: await read(files.files), files };
}
