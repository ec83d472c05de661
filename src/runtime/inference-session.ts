/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A model that is ready to run, again and again: the API of onnxruntime-common 1.30. What computes is an engine, on this
 * thread or in a worker.
 */
import { checkSessionOptions, strangeNames } from './check-options.js';
import { env, idleSettings } from './common/env.js';
import type {
  CoreMLExecutionProviderOption,
  CpuExecutionProviderOption,
  CudaExecutionProviderOption,
  DmlExecutionProviderOption,
  ExecutionProviderConfig,
  ExecutionProviderName,
  ExecutionProviderOption,
  ExecutionProviderOptionMap,
  NnapiExecutionProviderOption,
  QnnExecutionProviderOption,
  TensorRtExecutionProviderOption,
  WebAssemblyExecutionProviderOption,
  WebGLExecutionProviderOption,
  WebGpuExecutionProviderOption,
  WebNNContextOptions,
  WebNNExecutionProviderName,
  WebNNExecutionProviderOption,
  WebNNOptionsWebGpu,
  WebNNOptionsWithMLContext,
  WebNNOptionsWithoutMLContext,
  XnnpackExecutionProviderOption,
} from './common/provider-types.js';
import type { NullableOnnxValueMapType as NullableValues, OnnxValueMapType as Values } from './common/value-types.js';
import { createLocalSession } from './local-session.js';
import type { NonTensorMetadata, TensorMetadata, ValueMetadata } from './metadata.js';
import { type Feeds, feedsByName } from './named-feeds.js';
import { NoteBook } from './note-book.js';
import { deliver, readCreateArguments, readRunArguments } from './run-arguments.js';
import type { SessionEngine } from './session-engine.js';
import type { SessionSource } from './session-model.js';
import type { Fetches, SessionNote, SessionOptions, SessionRunOptions } from './session-options.js';
import type { Trace } from './trace.js';

export declare namespace InferenceSession {
  export type OnnxValueMapType = Values;
  export type NullableOnnxValueMapType = NullableValues;
  export type FeedsType = OnnxValueMapType;
  export type FetchesType = readonly string[] | { readonly [name: string]: NullableValues[string] };
  export type ReturnType = OnnxValueMapType;

  export type { SessionOptions, SessionRunOptions as RunOptions };

  export interface ValueMetadataBase {
    readonly name: string;
  }
  export type {
    CoreMLExecutionProviderOption,
    CpuExecutionProviderOption,
    CudaExecutionProviderOption,
    DmlExecutionProviderOption,
    ExecutionProviderConfig,
    ExecutionProviderName,
    ExecutionProviderOption,
    ExecutionProviderOptionMap,
    NnapiExecutionProviderOption,
    NonTensorMetadata as NonTensorValueMetadata,
    QnnExecutionProviderOption,
    TensorMetadata as TensorValueMetadata,
    TensorRtExecutionProviderOption,
    ValueMetadata,
    WebAssemblyExecutionProviderOption,
    WebGLExecutionProviderOption,
    WebGpuExecutionProviderOption,
    WebNNContextOptions,
    WebNNExecutionProviderName,
    WebNNExecutionProviderOption,
    WebNNOptionsWebGpu,
    WebNNOptionsWithMLContext,
    WebNNOptionsWithoutMLContext,
    XnnpackExecutionProviderOption,
  };
}

/** What `InferenceSession` is as a value. */
export interface InferenceSessionFactory {
  create(source: string | Uint8Array | ArrayBufferLike, options?: SessionOptions): Promise<InferenceSession>;
  create(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength?: number,
    options?: SessionOptions,
  ): Promise<InferenceSession>;
}

export class InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];

  readonly #engine: SessionEngine;
  readonly #book: NoteBook;
  #released: Promise<void> | undefined;

  private constructor(engine: SessionEngine, book: NoteBook) {
    this.inputNames = engine.inputNames;
    this.outputNames = engine.outputNames;
    this.inputMetadata = engine.inputMetadata;
    this.outputMetadata = engine.outputMetadata;
    this.#engine = engine;
    this.#book = book;
  }

  /**
   * Opens a model and, where its sizes are fixed, compiles it; else it is compiled for the sizes of its inputs when a run
   * first sees them.
   * @param source a path or URL, bytes, a Blob, a message of `onnx-proto`, or what `openModel` or `extract` gives. Bytes
   * must not change while the session is in use.
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
    const [source, given] = readCreateArguments(args);
    const options = checkSessionOptions(given);
    const book = new NoteBook(options.onNote);
    const strange = strangeNames('create', options);
    if (strange.length > 0) {
      const { strangeNotes } = await import('./strange-options.js');
      for (const note of strangeNotes('create', strange)) book.tell(note);
    }
    const idle = [...idleSettings()];
    if (idle.length > 0)
      book.tell({ about: 'environment', text: `set, but without a meaning here: ${idle.join(', ')}` });
    return new InferenceSession(await createEngine(source, options, book), book);
  }

  /** What turned out other than asked: another executor, another tier, fewer threads, and the like. */
  get notes(): readonly SessionNote[] {
    return this.#book.notes;
  }

  /**
   * Runs the model on `feeds`, a tensor for each input by name, whose data must not change before the promise is settled.
   * Runs of one session follow one another. The outputs are the caller's own unless `outputsAsViews` is set.
   * @param fetches the outputs wanted, all by default
   * @throws ModelError when feeds do not fit, the model does not work out for these sizes, a node cannot compute, memory
   * runs out, or the run is stopped. The session remains usable.
   */
  run(feeds: Feeds, options?: SessionRunOptions): Promise<InferenceSession.ReturnType>;
  run(feeds: Feeds, fetches: Fetches, options?: SessionRunOptions): Promise<InferenceSession.ReturnType>;
  async run(
    feeds: Feeds,
    second?: Fetches | SessionRunOptions,
    third?: SessionRunOptions,
  ): Promise<InferenceSession.ReturnType> {
    this.#checkUsable();
    const { targets, options } = readRunArguments(this.outputNames, second, third);
    const tensors = feedsByName(feeds, this.#engine.file);
    const strange = strangeNames('run', options);
    if (strange.length > 0) {
      const { strangeNotes } = await import('./strange-options.js');
      for (const note of strangeNotes('run', strange, this.outputNames)) this.#book.tell(note);
    }
    return deliver(targets, await this.#engine.run(tensors, [...targets.keys()], options));
  }

  /** Begins to record a slice for each step of the runs that follow. */
  startProfiling(): void {
    this.#checkUsable();
    this.#engine.startProfiling();
  }

  /** What was recorded since `startProfiling`: a trace to write to a file as JSON. Undefined where nothing was started. */
  endProfiling(): Trace | undefined {
    return this.#engine.endProfiling();
  }

  /** Refuses other runs, waits for those that were called, and frees memory and threads. May be called again. */
  release(): Promise<void> {
    this.#released ??= this.#engine.release();
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

async function createEngine(source: SessionSource, options: SessionOptions, book: NoteBook): Promise<SessionEngine> {
  const { tell } = book;
  if (options.worker ?? env.wasm.proxy ?? false) {
    const { WorkerSession } = await import('./worker/worker-session.js');
    const session = await WorkerSession.create(source, options, tell);
    if (typeof session !== 'string') return session;
    tell({ about: 'worker', text: `the session is on the thread that made it, not in a worker: ${session}` });
  }
  return createLocalSession(source, options, tell);
}
