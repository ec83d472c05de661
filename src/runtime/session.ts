/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A model that is ready to run, again and again: the API of onnxruntime-common, over the stages of compile.ts. A session
 * compiles for the sizes of its inputs: at once where the model fixes them, else when it first sees them.
 */
import { type Diagnostic, ModelError } from '../diagnostics.js';
import { type InferOptions, infer } from '../infer/infer.js';
import type { Bindings } from '../ir/dim.js';
import { substitute } from '../ir/dim.js';
import type { Graph, Model } from '../ir/graph.js';
import { declaredShape } from '../ir/graph.js';
import { formatShape, isConcrete } from '../ir/shape.js';
import type { Tensor as DenseTensor } from '../ir/tensor.js';
import type { Backend, PreparedModel } from './backend.js';
import { createBackend } from './create-backend.js';
import { bindFeeds, type Feeds, feedsByName } from './feeds.js';
import { metadataOf, type NonTensorMetadata, type TensorMetadata, type ValueMetadata } from './metadata.js';
import type { OpenOptions } from './open.js';
import { RunQueue } from './run-queue.js';
import { SessionModel, type SessionSource } from './session-model.js';
import {
  checkSeed,
  checkSessionOptions,
  type Fetches,
  type SessionNote,
  type SessionOptions,
  type SessionRunOptions,
} from './session-options.js';
import { SizeCache } from './size-cache.js';
import { sizeInputsOf, withInputsBound } from './size-inputs.js';
import type { StepPart } from './step-times.js';
import { throwIfStopped, withMemoryExplained } from './stop.js';
import { denseTensor, tensorOf } from './tensor/dense.js';
import { Tensor } from './tensor/tensor.js';
import { type StepFacts, type Trace, TraceRecorder } from './trace.js';

const defaultCachedSizes = 8;

export declare namespace InferenceSession {
  export type {
    NonTensorMetadata as NonTensorValueMetadata,
    SessionOptions,
    SessionRunOptions as RunOptions,
    TensorMetadata as TensorValueMetadata,
    ValueMetadata,
  };

  export type FeedsType = Feeds;
  export type FetchesType = Fetches;
  export type OnnxValueMapType = { readonly [name: string]: Tensor };
  export type ReturnType = OnnxValueMapType;
}

type Outputs = InferenceSession.ReturnType;

/** A tensor to write an output into. */
interface Target {
  readonly given: Tensor;
  readonly elements: DenseTensor;
}

/** What there is as soon as a model is open. */
interface SessionParts {
  readonly graph: Pick<Graph, 'inputs' | 'outputs'>;
  readonly file: string | undefined;
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Sizes by symbol. */
  readonly bindings: ReadonlyMap<string, number>;
  /** Inputs that are compiled for by their elements. */
  readonly sizeInputs: ReadonlySet<string>;
}

/** A model compiled for certain sizes. */
interface ReadyModel {
  readonly prepared: PreparedModel;
  readonly diagnostics: readonly Diagnostic[];
  dispose(): void;
}

export class InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** What turned out other than asked: another executor, another tier, fewer threads. */
  readonly notes: readonly SessionNote[];

  readonly #queue = new RunQueue();
  readonly #ready: SizeCache<ReadyModel>;
  readonly #parts: SessionParts;
  readonly #backend: Backend;
  readonly #options: SessionOptions;
  /** Undefined when no other sizes can come, or after the release. */
  #model: SessionModel | undefined;
  #recorder: TraceRecorder | undefined;
  #released: Promise<void> | undefined;

  private constructor(
    parts: SessionParts,
    model: SessionModel,
    backend: Backend,
    options: SessionOptions,
    notes: readonly SessionNote[],
  ) {
    this.inputNames = parts.graph.inputs.map(({ name }) => name);
    this.outputNames = parts.graph.outputs.map(({ name }) => name);
    this.inputMetadata = parts.inputMetadata;
    this.outputMetadata = parts.outputMetadata;
    this.notes = notes;
    this.#parts = parts;
    this.#model = model;
    this.#backend = backend;
    this.#options = options;
    this.#ready = new SizeCache(options.maxCachedSizes ?? defaultCachedSizes);
    if (options.enableProfiling === true) this.startProfiling();
  }

  /**
   * Opens a model and, where its sizes are fixed, compiles it.
   * @param source a path or URL, bytes, a Blob, a message of `onnx-proto`, or what `openModel` or `extract`
   * gives. Bytes must not change
   * while the session is in use.
   * @throws ModelError when it cannot be read, is no model, or does not work out for any size
   */
  static create(source: SessionSource | ArrayBufferLike, options?: SessionOptions): Promise<InferenceSession>;
  /** A model that is a part of a buffer. */
  static create(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength?: number,
    options?: SessionOptions,
  ): Promise<InferenceSession>;
  static async create(...args: readonly unknown[]): Promise<InferenceSession> {
    const [source, given] = readArguments(args);
    const options = checkSessionOptions(given);
    const notes: SessionNote[] = [];
    // Threads come up while the model is read.
    const starting = createBackend(options, (note) => {
      notes.push(note);
      options.onNote?.(note);
    });
    // It is awaited below; until then an error would be nobody's, which ends a process.
    starting.catch(() => {});
    let model: SessionModel;
    let parts: SessionParts;
    try {
      model = await SessionModel.open(source, openOptions(options));
      const opened = await model.get();
      const bindings = new Map(Object.entries(options.freeDimensionOverrides ?? {}));
      parts = partsOf(opened.model, bindings, opened.file ?? options.file);
    } catch (error) {
      await starting.then(
        (backend) => backend.dispose(),
        () => {},
      );
      throw error;
    }
    const backend = await starting;
    const session = new InferenceSession(parts, model, backend, options, notes);
    try {
      await session.#prepareFixed();
    } catch (error) {
      await session.release();
      throw withMemoryExplained(error, parts.file);
    }
    return session;
  }

  /**
   * Runs the model on `feeds`, a tensor for each input by name, whose data must not change before the promise is settled.
   * Runs of one session follow one another. The outputs are the caller's own unless `outputsAsViews` is set.
   * @param fetches the outputs wanted, all unless told
   * @throws ModelError when feeds do not fit, the model does not work out for these sizes, a node cannot compute, memory
   * runs out, or the run is stopped. The session remains usable.
   */
  run(feeds: Feeds, options?: SessionRunOptions): Promise<Outputs>;
  run(feeds: Feeds, fetches: Fetches, options?: SessionRunOptions): Promise<Outputs>;
  async run(feeds: Feeds, second?: Fetches | SessionRunOptions, third?: SessionRunOptions): Promise<Outputs> {
    this.#checkUsable();
    const { fetches, options } = this.#readRunArguments(second, third);
    const { file, graph, bindings } = this.#parts;
    const bound = bindFeeds(graph, feedsByName(feeds, file), bindings, file);
    const work = async () => {
      const outputs = await this.#runBound(bound.tensors, bound.bindings, options);
      return deliver(fetches, this.outputNames, outputs);
    };
    try {
      return await this.#queue.add(work, options.signal, file);
    } catch (error) {
      throw withMemoryExplained(error, file);
    }
  }

  async #runBound(
    feeds: readonly DenseTensor[],
    bindings: Bindings,
    options: SessionRunOptions,
  ): Promise<readonly DenseTensor[]> {
    const recorders = [this.#recorder, options.profile && new TraceRecorder()].filter((item) => item !== undefined);
    const started = performance.now();
    const { graph, sizeInputs } = this.#parts;
    const inputs = feeds.map(({ dims }) => dims);
    const values = new Map(
      graph.inputs.flatMap(({ name }, i) => (sizeInputs.has(name) ? [[name, feeds[i]!] as const] : [])),
    );
    let ready = this.#ready.get(keyOf(inputs, values));
    let compileMilliseconds = 0;
    if (ready === undefined) {
      ready = await this.#prepare(inputs, bindings, values);
      compileMilliseconds = performance.now() - started;
      for (const recorder of recorders)
        recorder.add('compile', 'session', started, started + compileMilliseconds, { sizes: keyOf(inputs, values) });
    }
    throwIfStopped(options.signal, this.#parts.file);

    const { prepared, diagnostics } = ready;
    const runStarted = performance.now();
    const steps: readonly StepFacts[] = recorders.length === 0 ? [] : prepared.describeSteps();
    const timing = {
      onStep: (step: number, start: number, end: number, ownEnd?: number) => {
        for (const recorder of recorders) recorder.addStep(steps[step]!, start, end, ownEnd);
      },
      onParts: (parts: readonly StepPart[]) => {
        for (const recorder of recorders) for (const part of parts) recorder.addPart(steps[part.step]!, part);
      },
    };
    const read = feeds.filter((_, i) => !sizeInputs.has(graph.inputs[i]!.name));
    const outputs = await prepared.run(read, {
      signal: options.signal,
      seed: options.seed ?? this.#options.seed ?? 0,
      maxSubgraphRuns: this.#options.maxSubgraphRuns,
      outputsAsViews: options.outputsAsViews ?? false,
      ...(recorders.length === 0 ? {} : timing),
      onProgress: options.onProgress,
    });
    const ended = performance.now();
    for (const recorder of recorders) recorder.add('run', 'session', runStarted, ended);
    const { executor, tier, threads } = this.#backend;
    options.profile?.(recorders.at(-1)!.finish(this.#engineFacts()));
    options.onReport?.({
      executor,
      tier,
      threads,
      compileMilliseconds,
      runMilliseconds: ended - runStarted,
      peakBytes: prepared.peakBytes,
      diagnostics,
    });
    return outputs;
  }

  /** Compiles a model whose inputs have fixed sizes; another size will not come. */
  async #prepareFixed(): Promise<void> {
    const { graph, bindings, sizeInputs } = this.#parts;
    if (sizeInputs.size > 0) return;
    const shapes = graph.inputs.map((input) => declaredShape(input)?.map((dim) => substitute(dim, bindings)));
    const inputs = shapes.filter((shape) => shape !== undefined && isConcrete(shape));
    if (inputs.length < graph.inputs.length) return;
    await this.#prepare(inputs, bindings);
    this.#model = undefined;
  }

  async #prepare(
    inputs: readonly (readonly number[])[],
    bindings: Bindings,
    values: ReadonlyMap<string, DenseTensor> = new Map(),
  ): Promise<ReadyModel> {
    const { model, file } = await this.#model!.get();
    const inputShapes = new Map(model.graph.inputs.map(({ name }, i) => [name, inputs[i]!]));
    const sizes: InferOptions = { bindings, inputShapes, file: file ?? this.#parts.file };
    const compiled = this.#backend.compile(withInputsBound(model, values), sizes);
    this.#ready.makeRoom();
    const prepared = await compiled.prepare();
    const ready = { prepared, diagnostics: compiled.diagnostics, dispose: () => prepared.dispose() };
    this.#ready.add(keyOf(inputs, values), ready);
    if (!this.#backend.readsConstants) this.#model?.rest();
    return ready;
  }

  #readRunArguments(
    second: Fetches | SessionRunOptions | undefined,
    third: SessionRunOptions | undefined,
  ): { readonly fetches: ReadonlyMap<string, Target | null>; readonly options: SessionRunOptions } {
    const isFetches =
      Array.isArray(second) || (isObject(second) && this.outputNames.some((name) => Object.hasOwn(second, name)));
    if (second !== undefined && !isObject(second)) throw new TypeError('the second argument is fetches or options');
    if (third !== undefined && !isObject(third)) throw new TypeError("'options' have to be an object");
    const options = (isFetches ? third : (second as SessionRunOptions | undefined)) ?? {};
    checkSeed(options.seed);
    return { fetches: this.#readFetches(isFetches ? (second as Fetches) : undefined), options };
  }

  #readFetches(fetches: Fetches = this.outputNames): ReadonlyMap<string, Target | null> {
    const pairs: readonly (readonly [string, Tensor | null])[] = Array.isArray(fetches)
      ? (fetches as readonly string[]).map((name) => [name, null])
      : Object.entries(fetches as Readonly<Record<string, Tensor | null>>);
    if (pairs.length === 0 && this.outputNames.length > 0) throw new RangeError("'fetches' name no output");
    return new Map(
      pairs.map(([name, target]) => {
        if (!this.outputNames.includes(name))
          throw new RangeError(
            `the model has no output '${String(name)}'; its outputs are ${this.outputNames.join(', ')}`,
          );
        return [name, target === null ? null : { given: target, elements: denseTensor(target, name) }];
      }),
    );
  }

  /** Begins to record a slice for each step of the runs that follow. */
  startProfiling(): void {
    this.#checkUsable();
    this.#recorder ??= new TraceRecorder();
  }

  /** What was recorded since `startProfiling`: a trace to write to a file as JSON. Undefined where nothing was started. */
  endProfiling(): Trace | undefined {
    const trace = this.#recorder?.finish(this.#engineFacts());
    this.#recorder = undefined;
    return trace;
  }

  #engineFacts(): Record<string, string | number> {
    const { executor, tier, threads } = this.#backend;
    return { file: this.#parts.file ?? '', executor, tier: tier ?? 'none', threads };
  }

  /** Refuses other runs, waits for those that were called, and frees memory and threads. May be called again. */
  release(): Promise<void> {
    this.#released ??= this.#queue.idle().then(async () => {
      this.#ready.clear();
      this.#model = undefined;
      await this.#backend.dispose();
    });
    return this.#released;
  }

  /** The same as `release`. */
  dispose(): Promise<void> {
    return this.release();
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  #checkUsable(): void {
    if (this.#released !== undefined)
      throw new Error('the session is released; make another with InferenceSession.create');
  }
}

// Engines without explicit resource management have no such symbol.
if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(InferenceSession.prototype, Symbol.asyncDispose, {
    value: InferenceSession.prototype.release,
    writable: true,
    configurable: true,
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The source and the options of the three forms of `create`. */
function readArguments([first, second, third, fourth]: readonly unknown[]): [SessionSource, unknown] {
  const isShared = typeof SharedArrayBuffer === 'function' && first instanceof SharedArrayBuffer;
  if (!(first instanceof ArrayBuffer) && !isShared) {
    if (typeof first !== 'string' && !isObject(first))
      throw new TypeError('the model is a path, a URL, bytes, a Blob, or what openModel or extract gives');
    return [first as SessionSource, second];
  }
  const buffer = first as ArrayBufferLike;
  const isPart = typeof second === 'number';
  const offset = isPart ? second : 0;
  const length = isPart && third !== undefined ? third : buffer.byteLength - offset;
  if (typeof length !== 'number') throw new TypeError("'byteLength' has to be a number");
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length <= 0 ||
    offset + length > buffer.byteLength
  )
    throw new RangeError(`there are no bytes ${offset} to ${offset + length} in a buffer of ${buffer.byteLength}`);
  const bytes = new Uint8Array(buffer, offset, length);
  // Text cannot be decoded from shared memory everywhere.
  return [isShared ? new Uint8Array(bytes) : bytes, isPart ? fourth : second];
}

function openOptions({ externalData, file }: SessionOptions): OpenOptions {
  const files = Array.isArray(externalData)
    ? Object.fromEntries(
        externalData.map(({ path, data }) => [path, data instanceof ArrayBuffer ? new Uint8Array(data) : data]),
      )
    : (externalData as OpenOptions['externalData']);
  return { ...(files === undefined ? {} : { externalData: files }), ...(file === undefined ? {} : { file }) };
}

/** @throws ModelError when the graph does not work out for any size */
function partsOf({ graph }: Model, bindings: ReadonlyMap<string, number>, file: string | undefined): SessionParts {
  const inference = infer(graph, { bindings, file });
  const errors = inference.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);
  return {
    // The rest of the graph holds on to the weights.
    graph: { inputs: graph.inputs, outputs: graph.outputs },
    file,
    inputMetadata: graph.inputs.map((value) => metadataOf(value, inference)),
    outputMetadata: graph.outputs.map((value) => metadataOf(value, inference)),
    bindings,
    sizeInputs: sizeInputsOf(graph, bindings),
  };
}

function keyOf(shapes: readonly (readonly number[])[], values: ReadonlyMap<string, DenseTensor> = new Map()): string {
  const contents = [...values].map(([name, { data }]) => `${name} = ${[...data].join(', ')}`);
  return [...shapes.map(formatShape), ...contents].join(' ');
}

/** The outputs wanted, by name, written into the tensors that were given for them. */
function deliver(
  fetches: ReadonlyMap<string, Target | null>,
  names: readonly string[],
  outputs: readonly DenseTensor[],
): Outputs {
  return Object.fromEntries(
    [...fetches].map(([name, target]) => {
      const output = outputs[names.indexOf(name)]!;
      return [name, target === null ? tensorOf(output) : write(output, target, name)];
    }),
  );
}

function write(output: DenseTensor, { given, elements }: Target, name: string): Tensor {
  const [wanted, made] = [elements, output].map(({ type, dims }) => type + formatShape(dims));
  if (wanted !== made)
    throw new RangeError(`the output '${name}' is ${made}, and does not fit into a tensor of ${wanted}`);
  for (let i = 0; i < output.data.length; i++) elements.data[i] = output.data[i]!;
  return given instanceof Tensor ? given : tensorOf(elements);
}
