/**
 * The model of a session. A model with open sizes is needed again for every new size. One that lies in a file is read again
 * then, so that its weights do not stay in memory beside those that are packed for the kernels.
 */
import { diagnostic, ModelError } from '../diagnostics.js';
import { type Inference, type InferOptions, infer, inferSteps } from '../infer/infer.js';
import { declaredShape, type Graph, type Model, type Value } from '../ir/graph.js';
import { formatType, isConcrete } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { finishInTurns } from '../limits/steps.js';
import { loadOperators } from '../ops/load.js';
import type { ModelFacts } from './cache/facts.js';
import { fileChanged, type HeldModel } from './held-model.js';
import { nextTurn } from './host.js';
import type { Located, ModelSource } from './locate.js';
import { isHeld, isInFile, isOpened } from './locate.js';
import { metadataOf } from './metadata.js';
import { type OpenedModel, type OpenOptions, openLean } from './open-lean.js';
import { overriddenInputs, withoutDefaults } from './overrides.js';
import { sizeEquations } from './sizes-part.js';
import { sizeInputsOf, withInputsBound } from './small-inputs.js';

/** `extract` returns a model without a file. */
export type SessionSource = ModelSource | OpenedModel | Model;

export class SessionModel implements HeldModel {
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

  /** @param located the source, where its bytes were read before, or are being read */
  static async open(
    source: SessionSource,
    options: OpenOptions,
    located?: Located | Promise<Located>,
  ): Promise<SessionModel> {
    if (!isHeld(source)) return new SessionModel(source, options, await openLean(source, options, undefined, located));
    const opened = isOpened(source) ? source : withoutFile(source, options);
    await loadOperators(opened.model.graph);
    return new SessionModel(source, options, opened);
  }

  /** @throws ModelError when the file is gone, or another than before */
  async get(): Promise<OpenedModel> {
    if (this.opened !== undefined) return this.opened;
    const opened = await openLean(this.source as ModelSource, this.options);
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

function withoutFile(model: Model, { file }: OpenOptions): OpenedModel {
  return { model, diagnostics: [], file, byteLength: undefined };
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

/** What inference says of a model's inputs and outputs. @throws ModelError when the graph does not work out for any size */
export async function factsOf(
  graph: Graph,
  options: InferOptions & { readonly bindings: ReadonlyMap<string, number> },
): Promise<ModelFacts> {
  const hasSymbols = graph.inputs.some((value) => !isConcrete(declaredShape(value) ?? []));
  // Whoever runs the model loads it again if it has failed.
  if (hasSymbols) sizeEquations.fetch().catch(() => {});
  const inference = await inferSomehow(graph, options);
  walks.set(graph, inference);
  return {
    inputMetadata: graph.inputs.map((value) => metadataOf(value, inference)),
    outputMetadata: graph.outputs.map((value) => metadataOf(value, inference)),
    sizeInputs: [...(await sizeInputsOf(graph, options.bindings))],
  };
}

const walks = new WeakMap<Graph, Inference>();

/** What `factsOf` has found, once: the first program is planned by it, and it is large. */
export function takeInference(graph: Graph): Inference | undefined {
  const inference = walks.get(graph);
  walks.delete(graph);
  return inference;
}

/**
 * What works out for no size may do so where inputs that share a symbol have sizes of their own, which runs allow them.
 * @throws ModelError
 */
async function inferSomehow(graph: Graph, options: InferOptions): Promise<Inference> {
  const { signal, file } = options;
  const errorsOf = ({ diagnostics }: Inference) => diagnostics.filter(({ severity }) => severity === 'error');
  const inference = await finishInTurns(inferSteps(graph, options), nextTurn, signal, file);
  const errors = errorsOf(inference);
  if (errors.length === 0) return inference;
  const { symbolsApart } = await import('../infer/shared-symbols.js');
  const apart = symbolsApart(graph);
  if (apart !== undefined && errorsOf(infer(graph, { ...options, inputShapes: apart.inputShapes() })).length === 0)
    return inference;
  throw new ModelError(errors);
}

/** The model as a run feeds it: without the defaults of inputs that are fed, and with these values as constants. */
export function boundModel(model: Model, inputs: readonly Value[], values: ReadonlyMap<string, Tensor>): Model {
  const fed = new Set(inputs.map(({ name }) => name));
  return withInputsBound(withoutDefaults(model, overriddenInputs(model.graph, fed)), values);
}
