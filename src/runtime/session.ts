/**
 * The engine of a session on the thread that calls it, over the stages of compile.ts. It compiles for the sizes of the inputs:
 * at once where the model fixes them, else when it first sees them.
 */
import { type Diagnostic, ModelError } from '../diagnostics.js';
import type { InferOptions } from '../infer/infer.js';
import { substitute } from '../ir/dim.js';
import type { Graph, Value } from '../ir/graph.js';
import { declaredShape } from '../ir/graph.js';
import { formatShape, isConcrete } from '../ir/shape.js';
import type { Tensor as DenseTensor } from '../ir/tensor.js';
import { withParts } from '../limits/part.js';
import { throwIfStopped, withMemoryExplained } from '../limits/stop.js';
import { referenceUse } from '../plan/reference-use.js';
import type { Backend, PreparedModel } from './backend.js';
import type { SessionCache } from './cache/session-cache.js';
import { isCached } from './cache/store.js';
import { createBackend } from './create-backend.js';
import { type BoundFeeds, type BoundSizes, bindFeeds, requireFeeds } from './feeds.js';
import type { HeldModel } from './held-model.js';
import { nextTurn } from './host.js';
import { knownModel, locatedModel } from './known-model.js';
import type { Located } from './locate.js';
import type { ValueMetadata } from './metadata.js';
import { mostSizes } from './most-sizes.js';
import { overriddenInputs } from './overrides.js';
import { ReferenceNotes } from './reference-notes.js';
import { letOthersRun } from './rest.js';
import { RunQueue } from './run-queue.js';
import type { SessionEngine, Tell } from './session-engine.js';
import type { SessionSource } from './session-model.js';
import type { SessionOptions, SessionRunOptions } from './session-options.js';
import { SizeCache } from './size-cache.js';
import type { StepPart } from './step-times.js';
import { type StepFacts, type Trace, TraceRecorder } from './trace.js';

const defaultCachedSizes = 8;

/** What there is as soon as a model is open. */
export interface SessionParts {
  readonly graph: Pick<Graph, 'inputs'> & { readonly outputs: readonly Pick<Value, 'name'>[] } & {
    readonly overridable: Graph['overridable'] | undefined;
  };
  readonly file: string | undefined;
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Sizes by symbol. */
  readonly bindings: ReadonlyMap<string, number>;
  /** Inputs that are compiled for by their elements. */
  readonly sizeInputs: ReadonlySet<string>;
}

/** A model that a session can be made of. */
export interface Subject {
  readonly model: HeldModel;
  readonly parts: SessionParts;
  /** A digest of the model's bytes; undefined where none of its programs are kept. */
  readonly content: string | undefined;
}

/** A model compiled for certain sizes. */
interface ReadyModel {
  readonly prepared: PreparedModel;
  readonly diagnostics: readonly Diagnostic[];
  dispose(): void;
}

export class LocalSession implements SessionEngine {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  readonly #queue = new RunQueue();
  readonly #ready: SizeCache<ReadyModel>;
  readonly #parts: SessionParts;
  readonly #backend: Backend;
  readonly #options: SessionOptions;
  readonly #referenceNotes: ReferenceNotes;
  readonly #cache: SessionCache | undefined;
  /** Writes programs that were compiled. It waits for a result, which is wanted sooner. */
  #unsaved: (() => Promise<void>)[] = [];
  #saving: Promise<void> = Promise.resolve();
  /** Undefined when no other sizes can come, or after the release. */
  #model: HeldModel | undefined;
  #recorder: TraceRecorder | undefined;

  private constructor(
    parts: SessionParts,
    model: HeldModel,
    /** A digest of the model's bytes, where programs of it are kept. */
    private readonly content: string | undefined,
    backend: Backend,
    cache: SessionCache | undefined,
    options: SessionOptions,
    private readonly tell: Tell,
  ) {
    this.inputNames = parts.graph.inputs.map(({ name }) => name);
    this.outputNames = parts.graph.outputs.map(({ name }) => name);
    this.inputMetadata = parts.inputMetadata;
    this.outputMetadata = parts.outputMetadata;
    this.#parts = parts;
    this.#model = model;
    this.#backend = backend;
    this.#cache = cache;
    this.#options = options;
    this.#referenceNotes = new ReferenceNotes(tell);
    this.#ready = new SizeCache(options.maxCachedSizes ?? defaultCachedSizes);
    if (options.enableProfiling === true) this.startProfiling();
  }

  /**
   * @param tell hears notes, those of runs as well
   * @param locating the bytes of the source, where somebody reads them already
   * @throws ModelError when the model cannot be read, is none, or does not work out for any size
   */
  static async create(
    source: SessionSource,
    options: SessionOptions,
    tell: Tell,
    locating?: Promise<Located>,
  ): Promise<LocalSession> {
    // Threads come up while the model is read.
    const isCompiled = (options.executor ?? 'compiled') === 'compiled';
    const opening = isCompiled && isCached(options.cache) ? openCache(options.cache, tell) : undefined;
    const starting = createBackend(options, tell, opening);
    // It is awaited below; until then an error would be nobody's, which ends a process.
    starting.catch(() => {});
    const cache = await opening;
    let subject: Subject;
    try {
      const bindings = new Map(Object.entries(options.freeDimensionOverrides ?? {}));
      const located = cache && (await locatedModel(source, options));
      const known = located && (await knownModel(cache, source, located, options, bindings));
      subject = known ?? (await openSubject(source, options, cache, bindings, located ?? locating));
    } catch (error) {
      await starting.then(
        (backend) => backend.dispose(),
        () => {},
      );
      throw error;
    }
    const backend = await starting;
    const { parts, model, content } = subject;
    const session = new LocalSession(parts, model, content, backend, cache, options, tell);
    try {
      await session.#prepareFixed(options.signal);
    } catch (error) {
      await session.release();
      throw withMemoryExplained(error, parts.file);
    }
    return session;
  }

  get file(): string | undefined {
    return this.#parts.file;
  }

  async run(
    feeds: ReadonlyMap<string, DenseTensor>,
    wanted: readonly string[],
    options: SessionRunOptions,
  ): Promise<readonly DenseTensor[]> {
    const { file, graph, bindings } = this.#parts;
    const inputs = [...graph.inputs, ...overriddenInputs(graph, feeds)];
    let bound: BoundFeeds | undefined;
    const work = async () => {
      bound = await withParts(() => bindFeeds({ inputs }, feeds, bindings, file));
      for (const text of bound.notes) this.tell({ about: 'feeds', text });
      await letOthersRun();
      requireFeeds(inputs, bound.tensors, file);
      const outputs = await this.#runBound(inputs, bound, options);
      requireFeeds(inputs, bound.tensors, file);
      const made = new Map(this.outputNames.map((name, i) => [name, outputs[i]!]));
      return wanted.map((name) => made.get(name)!);
    };
    try {
      const results = await this.#queue.add(work, options.signal, file);
      void this.#flush();
      return results;
    } catch (error) {
      if (bound !== undefined && !(error instanceof ModelError)) requireFeeds(inputs, bound.tensors, file);
      throw withMemoryExplained(error, file);
    }
  }

  async #runBound(
    inputs: readonly Value[],
    feeds: BoundFeeds,
    options: SessionRunOptions,
  ): Promise<readonly DenseTensor[]> {
    const recorders = [this.#recorder, options.profile && new TraceRecorder()].filter((item) => item !== undefined);
    const started = performance.now();
    const values = this.#valuesOf(inputs, feeds.tensors);
    const key = keyOf(inputs, feeds.tensors, values);
    let ready = this.#ready.get(key);
    let compileMilliseconds = 0;
    if (ready === undefined) {
      ready = await this.#prepare(inputs, feeds, values, key, options.signal);
      compileMilliseconds = performance.now() - started;
      for (const recorder of recorders)
        recorder.add('compile', 'session', started, started + compileMilliseconds, { sizes: key });
    }
    throwIfStopped(options.signal, this.#parts.file);

    const { prepared, diagnostics } = ready;
    const runStarted = performance.now();
    let steps: readonly StepFacts[] = recorders.length === 0 ? [] : prepared.describeSteps();
    const factsOf = (step: number): StepFacts => {
      // Those of a program that this run has made come after the others.
      if (step >= steps.length) steps = prepared.describeSteps();
      return steps[step]!;
    };
    const timing = {
      onStep: (step: number, start: number, end: number, ownEnd?: number) => {
        for (const recorder of recorders) recorder.addStep(factsOf(step), start, end, ownEnd);
      },
      onParts: (parts: readonly StepPart[]) => {
        for (const recorder of recorders) for (const part of parts) recorder.addPart(factsOf(part.step), part);
      },
    };
    const read = feeds.tensors.filter((_, i) => !values.has(inputs[i]!.name));
    const outputs = await prepared.run(read, {
      signal: options.signal,
      seed: options.seed ?? this.#options.seed ?? 0,
      maxSubgraphRuns: this.#options.maxSubgraphRuns,
      memoryLimit: this.#options.memoryLimit,
      outputsAsViews: options.outputsAsViews ?? false,
      ...(recorders.length === 0 ? {} : timing),
      onProgress: options.onProgress,
    });
    const ended = performance.now();
    for (const recorder of recorders) recorder.add('run', 'session', runStarted, ended);
    const { executor, tier, threads } = this.#backend;
    const runMilliseconds = ended - runStarted;
    const references = referenceUse(prepared.references, prepared.referenceMilliseconds, runMilliseconds);
    if (executor === 'compiled') this.#referenceNotes.ran(references);
    options.profile?.(recorders.at(-1)!.finish(this.#engineFacts()));
    options.onReport?.({
      executor,
      tier,
      threads,
      compileMilliseconds,
      runMilliseconds,
      peakBytes: prepared.peakBytes,
      references,
      diagnostics,
    });
    return outputs;
  }

  /** What is compiled for by its elements: inputs that decide sizes, and defaults as small as those that another is fed for. */
  #valuesOf(inputs: readonly Value[], tensors: readonly DenseTensor[]): ReadonlyMap<string, DenseTensor> {
    const { graph, sizeInputs } = this.#parts;
    return new Map(
      inputs.flatMap(({ name }, i) => {
        const tensor = tensors[i]!;
        const isAsked = sizeInputs.has(name) || i >= graph.inputs.length;
        return isAsked && tensor.size <= mostSizes ? [[name, tensor] as const] : [];
      }),
    );
  }

  /** Compiles a model whose inputs have fixed sizes; another size will not come. */
  async #prepareFixed(signal: AbortSignal | undefined): Promise<void> {
    const { graph, bindings, sizeInputs } = this.#parts;
    if (sizeInputs.size > 0) return;
    const shapes = graph.inputs.map((input) => declaredShape(input)?.map((dim) => substitute(dim, bindings)));
    const sizes = shapes.filter((shape) => shape !== undefined && isConcrete(shape));
    if (sizes.length < graph.inputs.length) return;
    const tensors = sizes.map((dims) => ({ dims }));
    await this.#prepare(graph.inputs, { tensors, bindings }, new Map(), keyOf(graph.inputs, tensors), signal);
    if (graph.overridable === undefined) this.#model = undefined;
  }

  async #prepare(
    inputs: readonly Value[],
    { tensors, bindings }: BoundSizes,
    values: ReadonlyMap<string, DenseTensor>,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<ReadyModel> {
    const { memoryLimit } = this.#options;
    const code = this.#backend.codeFacts;
    const facts = { sizes: key, bindings, memoryLimit };
    const name = code && this.content && (await this.#cache?.nameOf(this.content, { ...facts, code }));
    const kept = name === undefined ? undefined : await this.#restore(name, this.#parts.file);
    if (kept !== undefined) return this.#add(key, kept);
    this.#cache?.keepOwnCode();
    const { model, file } = await this.#model!.get();
    const { boundModel, takeInference } = await import('./session-model.js');
    const bound = boundModel(model, inputs, values);
    const inputShapes = new Map(inputs.map(({ name }, i) => [name, tensors[i]!.dims]));
    const sizes = { bindings, inputShapes, file: file ?? this.#parts.file, memoryLimit, signal };
    const earlier = takeInference(model.graph);
    const compiled = await explaining(bound.graph, sizes, () => this.#backend.compile(bound, { ...sizes, earlier }));
    this.#ready.makeRoom();
    const prepared = await compiled.prepare(signal);
    const { diagnostics } = compiled;
    if (name !== undefined) this.#unsaved.push(() => this.#save(name, prepared, diagnostics, key));
    return this.#add(key, { prepared, diagnostics, dispose: () => prepared.dispose() });
  }

  #add(key: string, ready: ReadyModel): ReadyModel {
    if (this.#backend.executor === 'compiled') this.#referenceNotes.prepared(ready.prepared.references);
    this.#ready.add(key, ready);
    if (!this.#backend.readsConstants) this.#model?.rest();
    return ready;
  }

  /** What an earlier process has compiled. */
  async #restore(name: string, file: string | undefined): Promise<ReadyModel | undefined> {
    const backend = this.#backend;
    return await this.#cache?.load(name, async (kept) => {
      this.#ready.makeRoom();
      const prepared = await backend.restore?.(kept, file);
      if (prepared === undefined) return undefined;
      const diagnostics = kept.diagnostics.map((diagnostic) =>
        diagnostic.file === undefined ? diagnostic : { ...diagnostic, file },
      );
      return { prepared, diagnostics, dispose: () => prepared.dispose() };
    });
  }

  async #save(name: string, prepared: PreparedModel, diagnostics: readonly Diagnostic[], sizes: string): Promise<void> {
    const image = prepared.image?.();
    const { tier = 'none', threads } = this.#backend;
    if (image !== undefined)
      await this.#cache?.save(name, image, { file: this.#parts.file, sizes, tier, threads }, diagnostics);
  }

  /** Writes what is not written yet. */
  #flush(): Promise<void> {
    const unsaved = this.#unsaved;
    this.#unsaved = [];
    if (unsaved.length === 0) return this.#saving;
    this.#saving = this.#saving.then(async () => {
      await nextTurn();
      for (const save of unsaved) await save();
    });
    return this.#saving;
  }

  startProfiling(): void {
    this.#recorder ??= new TraceRecorder();
  }

  endProfiling(): Trace | undefined {
    const trace = this.#recorder?.finish(this.#engineFacts());
    this.#recorder = undefined;
    return trace;
  }

  #engineFacts(): Record<string, string | number> {
    const { executor, tier, threads } = this.#backend;
    return { file: this.#parts.file ?? '', executor, tier: tier ?? 'none', threads };
  }

  async release(): Promise<void> {
    await this.#queue.idle();
    await this.#flush();
    this.#ready.clear();
    this.#model = undefined;
    await this.#backend.dispose();
  }
}

/** Reads the model. @throws ModelError when it cannot be read, is none, or does not work out for any size */
async function openSubject(
  source: SessionSource,
  options: SessionOptions,
  cache: SessionCache | undefined,
  bindings: ReadonlyMap<string, number>,
  located: Located | Promise<Located> | undefined,
): Promise<Subject> {
  cache?.keepOwnCode();
  const { SessionModel, factsOf } = await import('./session-model.js');
  const model = await SessionModel.open(source, options, located);
  const { model: read, file = options.file } = await model.get();
  const sizes = { bindings, file, signal: options.signal };
  const inferred = () => factsOf(read.graph, sizes);
  const facts = await explaining(read.graph, sizes, () => cache?.facts(read, bindings, inferred) ?? inferred());
  const { inputs, outputs, overridable } = read.graph;
  const { inputMetadata, outputMetadata, sizeInputs } = facts;
  return {
    model,
    content: await cache?.contentOf(read),
    // The rest of the graph holds on to the weights.
    parts: {
      graph: { inputs, outputs, overridable },
      file,
      inputMetadata,
      outputMetadata,
      bindings,
      sizeInputs: new Set(sizeInputs),
    },
  };
}

/** What keeps and finds programs is loaded where that is asked for. */
async function openCache(option: SessionOptions['cache'], tell: Tell): Promise<SessionCache | undefined> {
  const { SessionCache } = await import('./cache/session-cache.js');
  return await SessionCache.open(option, tell);
}

/** The result of `work`; of sizes that the graph does not work out for, the error says which are legal. */
async function explaining<T>(graph: Graph, sizes: InferOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { explainedError } = await import('../remedies/explain-errors.js');
    throw explainedError(error, graph, sizes);
  }
}

function keyOf(
  inputs: readonly Value[],
  tensors: BoundSizes['tensors'],
  values: ReadonlyMap<string, DenseTensor> = new Map(),
): string {
  const contents = [...values].map(([name, { data }]) => `${name} = ${[...data].join(', ')}`);
  // Names tell which defaults were replaced.
  const shapes = tensors.map(({ dims }, i) => `${inputs[i]!.name} ${formatShape(dims)}`);
  return [...shapes, ...contents].join(' ');
}
