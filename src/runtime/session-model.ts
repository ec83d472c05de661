/**
 * The model of a session. A model with open sizes is needed again for every new size. One that lies in a file is read again
 * then, so that its weights do not stay in memory beside those that are packed for the kernels.
 */
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import type { Graph, Model, Value } from '../ir/graph.js';
import { formatType } from '../ir/shape.js';
import { loadOperators } from '../ops/load.js';
import { isInFile, type ModelSource, type OpenedModel, type OpenOptions, openModel } from './open.js';

/** `extract` returns a model without a file. */
export type SessionSource = ModelSource | OpenedModel | Model;

const fileChanged = defineProblem('US1002', {
  message: 'the file has changed since the session was made of it, and is needed for inputs of other sizes',
  hint: 'make another session; or give the model as bytes, which the session keeps',
});

export class SessionModel {
  private opened: OpenedModel | undefined;
  private readonly fingerprint: string;

  private constructor(
    private readonly source: SessionSource,
    private readonly options: OpenOptions,
    opened: OpenedModel,
  ) {
    this.opened = opened;
    this.fingerprint = fingerprintOf(opened);
  }

  static async open(source: SessionSource, options: OpenOptions): Promise<SessionModel> {
    if (!isHeld(source)) return new SessionModel(source, options, await openModel(source, options));
    const opened = isOpened(source) ? source : withoutFile(source, options);
    await loadOperators(opened.model.graph);
    return new SessionModel(source, options, opened);
  }

  /** @throws ModelError when the file is gone, or another than before */
  async get(): Promise<OpenedModel> {
    if (this.opened !== undefined) return this.opened;
    const opened = await openModel(this.source as ModelSource, this.options);
    if (fingerprintOf(opened) !== this.fingerprint) {
      const problem = fileChanged();
      throw new ModelError([diagnostic(problem, { file: opened.file })]);
    }
    this.opened = opened;
    return opened;
  }

  /** Drops the model where it can be read again. */
  rest(): void {
    if (!isHeld(this.source) && isInFile(this.source)) this.opened = undefined;
  }
}

/** Whether the source is a model already, not something to be read. */
function isHeld(source: SessionSource): source is OpenedModel | Model {
  return isOpened(source) || (typeof source === 'object' && 'graph' in source && 'opsets' in source);
}

function withoutFile(model: Model, { file }: OpenOptions): OpenedModel {
  return { model, diagnostics: [], file, byteLength: undefined };
}

function isOpened(source: SessionSource): source is OpenedModel {
  return typeof source === 'object' && 'model' in source && 'diagnostics' in source;
}

/** Cheap to compute, and almost certainly different for a different model. */
function fingerprintOf({ model, byteLength }: OpenedModel): string {
  const { graph } = model;
  return [byteLength, graph.nodes.length, ...ports(graph.inputs), ...ports(graph.outputs), ...weights(graph)].join(
    '\n',
  );
}

function ports(values: readonly Value[]): string[] {
  return values.map(({ name, declared }) => `${name} ${declared?.kind === 'tensor' ? formatType(declared) : ''}`);
}

function weights({ constants }: Graph): string[] {
  return [...constants].map(([{ name }, { type, dims }]) => `${name} ${type} ${dims.join(' ')}`);
}
