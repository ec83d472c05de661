/**
 * A model that an earlier session has read: its bytes are compared by their digest and not understood again, unless a program is
 * compiled.
 */
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { SessionCache } from './cache/session-cache.js';
import { fileChanged, type HeldModel } from './held-model.js';
import { isHeld, isInFile, type Located, locate, nameOf } from './locate.js';
import type { OpenedModel } from './open.js';
import type { Subject } from './session.js';
import type { SessionSource } from './session-model.js';
import type { SessionOptions } from './session-options.js';

/**
 * The bytes of a model that may be known; undefined where whoever reads it gets them, as where they have to be fetched.
 * @throws ModelError when its file cannot be read
 */
export async function locatedModel(source: SessionSource, options: SessionOptions): Promise<Located | undefined> {
  const isBytes = source instanceof Uint8Array || source instanceof ArrayBuffer;
  if (options.externalData !== undefined || isHeld(source) || !(isBytes || isInFile(source))) return undefined;
  const name = options.file ?? nameOf(source);
  try {
    return await locate(source, name);
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: name })]);
    throw error;
  }
}

/** @returns undefined where it has to be read */
export async function knownModel(
  cache: SessionCache,
  source: SessionSource,
  { content, file, files }: Located,
  options: SessionOptions,
  bindings: ReadonlyMap<string, number>,
): Promise<Subject | undefined> {
  if (!(content instanceof Uint8Array)) return undefined;
  const known = await cache.known(content, bindings, files);
  if (known === undefined) return undefined;
  const { inputs, inputMetadata, outputMetadata, sizeInputs } = known;
  const model = new UnreadModel(source, options, cache, known.content);
  const graph = { inputs, outputs: outputMetadata, overridable: undefined };
  const parts = { graph, file, inputMetadata, outputMetadata, bindings, sizeInputs: new Set(sizeInputs) };
  return { model, content: known.content, parts };
}

/** It is read when it is asked for. */
class UnreadModel implements HeldModel {
  private model: HeldModel | undefined;

  constructor(
    private readonly source: SessionSource,
    private readonly options: SessionOptions,
    private readonly cache: SessionCache,
    private readonly content: string,
  ) {}

  async get(): Promise<OpenedModel> {
    if (this.model !== undefined) return await this.model.get();
    const { SessionModel } = await import('./session-model.js');
    const model = await SessionModel.open(this.source, this.options);
    const opened = await model.get();
    if ((await this.cache.contentOf(opened.model)) !== this.content)
      throw new ModelError([diagnostic(fileChanged(), { file: opened.file })]);
    this.model = model;
    return opened;
  }

  rest(): void {
    this.model?.rest();
  }
}
