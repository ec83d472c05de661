/** What a session can be told, in the names of onnxruntime-common where it has them. */
import type { Diagnostic } from '../diagnostics.js';
import type { Precision } from '../plan/execution-plan.js';
import type { ReferenceUse } from '../plan/reference-use.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { ExecutorName } from './backend.js';
import type { CacheOption } from './cache/store.js';
import type { ExecutionProviderConfig } from './common/provider-types.js';
import type { OnnxValueDataLocation } from './common/value-types.js';
import type { ExternalData, ExternalDataFile, ExternalFileSource } from './external-data-option.js';
import type { Feeds } from './named-feeds.js';
import type { Tensor } from './tensor/tensor.js';
import type { Trace } from './trace.js';

/** Options of onnxruntime-common that change nothing here: there is one executor, and it optimizes everything. */
export interface IgnoredSessionOptions {
  executionProviders?: readonly ExecutionProviderConfig[];
  interOpNumThreads?: number;
  graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  enableCpuMemArena?: boolean;
  enableMemPattern?: boolean;
  executionMode?: 'sequential' | 'parallel';
  optimizedModelFilePath?: string;
  profileFilePrefix?: string;
  logId?: string;
  logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  logVerbosityLevel?: number;
  preferredOutputLocation?: OnnxValueDataLocation | { readonly [outputName: string]: OnnxValueDataLocation };
  enableGraphCapture?: boolean;
  extra?: Record<string, unknown>;
}

/** What turned out other than asked, with the reason. */
export interface SessionNote {
  /**
   * `feeds` is a tensor that was taken for another than it is, `worker` a session on the page that was to live in a worker,
   * `option` a name that is no option, `environment` a setting of `env` that changes nothing, `references` what of a model no
   * kernel computes, for each set of sizes, and after its first run what share of the time that took, `cache` what is wrong
   * with an entry that was kept, or with the place for them.
   */
  readonly about:
    | 'executor'
    | 'tier'
    | 'threads'
    | 'feeds'
    | 'worker'
    | 'option'
    | 'environment'
    | 'references'
    | 'cache';
  readonly text: string;
}

export interface SessionOptions extends IgnoredSessionOptions {
  /**
   * `reference` computes node by node in plain code: slow, and the same on every machine (default: `compiled`).
   * `dilate-pad-convolve` does so as well, but every ConvTranspose by its four steps as they are written: the input is dilated
   * with zeros, padded, cropped, and convolved with the flipped kernel. Results are equal within rounding.
   */
  executor?: ExecutorName;
  /**
   * `fast` (by default) may sum in another order than the definition does, by Winograd's forms and fused
   * multiply-additions; `strict` gives the same bits on every machine.
   *
   * Values of float16 and bfloat16 are float32 inside. In `fast` they are rounded to their type where they leave the
   * network, or are computed with by a reference, and Casts to them round nothing; in `strict` they are rounded where
   * an operator makes them as well, as the references do. Values of float64 are computed by references, in float64, unless
   * `fast` is asked for by name: then they are float32 inside.
   */
  precision?: Precision;
  /**
   * How large weights lie in memory (default: `float32`, or as the file has them where that is faster and changes nothing).
   * `float16` and `bfloat16` take half the bytes, and are rounded: float16 by at most 2^-11 of a weight (or 2^-29 of the tensor's
   * largest, which is more for the smallest ones), bfloat16 by 2^-8 of it. Kernels widen them in registers and sum in float32; results
   * are those of a model with such weights. Where float16 would be slower, weights stay float32: `unstride inspect --plan` says
   * which ones. float16 has no numbers from 2^31 on: results of a layer with such weights, or infinite ones, are NaN.
   */
  weights?: WeightType;
  /**
   * Number of threads that share a step (default: the number of the processor's cores). Those beside the calling one start when
   * a model has much to compute, or with a second run.
   */
  threads?: number;
  /** The same as `threads`, as onnxruntime-common calls it; with 0 as many as `env.wasm.numThreads` says. */
  intraOpNumThreads?: number;
  /**
   * The instructions that kernels use (default: the better of `fma` and `baseline` that the engine runs). `wide` sets a
   * flag of V8 for the whole process (Node only), and is used only if its code proves to be right and faster.
   */
  tier?: Tier;
  /** Seed for random operators without their own (default: 0). Equal runs give equal results. */
  seed?: number;
  /**
   * For how many input sizes the compiled model is kept (default: 8). The least recently used one is dropped first.
   */
  maxCachedSizes?: number;
  /** Sizes for the symbols in the shapes of the inputs. */
  freeDimensionOverrides?: Readonly<Record<string, number>>;
  /** Files of weights that do not lie beside the model: by the names that the model has for them, or a list. */
  externalData?: ExternalData;
  /**
   * Whether the session lives in a worker, so that the thread that calls it stays free while it compiles and runs; as
   * `env.wasm.proxy` says by default. Bundlers that put all of a page into one file leave the worker no file to start from:
   * then its address is that of `unstride/dist/unstride.min.js`.
   */
  worker?: boolean | string | URL;
  /**
   * Keeps what is compiled, with the packed weights, for sessions of later processes: `true` keeps it in the
   * user's cache folder, or in a browser in the page's Cache Storage; a string is a folder, or the name of a cache. `maxBytes`
   * is the most that all entries take (default: 1 GiB); the ones that were not used for longest go first. A model is known by
   * its bytes, so that an entry is never another model's. Unless `cache` is `false` or the environment variable `UNSTRIDE_CACHE`
   * is `off`, Node 22.8 and newer keep the library's own code there as V8 has compiled it (`module.enableCompileCache`), as they
   * do all modules of the process that are loaded from then on: the next process makes its first session in four fifths of the time.
   */
  cache?: CacheOption;
  /** Starts profiling with the session. */
  enableProfiling?: boolean;
  /** Hears what turned out other than asked. */
  onNote?: (note: SessionNote) => void;
  /** How often subgraphs (loop bodies and branches) may run in one run (default: 2^20). */
  maxSubgraphRuns?: number;
  /**
   * The most bytes that the values of a run (weights apart) may take at one time; more ends in US2011 (default: 4 GiB, which
   * is what WebAssembly's memory can hold). A larger limit is for what references compute, such as the states of loops.
   */
  memoryLimit?: number;
  /**
   * Ends the creation of the session with a ModelError US2008 whose cause is the signal's reason. With it the model is compiled in
   * slices, between which the thread does what else there is, such as what aborts the signal. Runs have a signal of their own,
   * which ends compiling for their sizes as well.
   */
  signal?: AbortSignal;
  /** The model's name in messages, where the source has none. */
  file?: string;
}

/** What a run took, for those who ask. */
export interface RunReport {
  readonly executor: ExecutorName;
  readonly tier: Tier | undefined;
  readonly threads: number;
  /** Milliseconds of compiling for these sizes; 0 where that was done before. */
  readonly compileMilliseconds: number;
  readonly runMilliseconds: number;
  /** The most bytes that values (weights apart) took at one time. */
  readonly peakBytes: number;
  /** What references computed, in plain code: of a model that is compiled, what kernels do not. */
  readonly references: ReferenceUse;
  /** What inference found for these sizes: no errors, which end the run. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface SessionRunOptions {
  /** Ends the run with a ModelError US2008 whose cause is the signal's reason. */
  signal?: AbortSignal;
  /** In place of the session's. */
  seed?: number;
  /** The outputs lie in the session's memory and are overwritten by its next run; without, they are the caller's own. */
  outputsAsViews?: boolean;
  /**
   * Gets the trace of this run when it is done: a slice a step, and one for each other thread that had a part in it. Steps
   * that are timed run one after another.
   */
  profile?: (trace: Trace) => void;
  onReport?: (report: RunReport) => void;
  /** Called before each node, by the reference executor only. */
  onProgress?: (label: string, index: number, total: number) => void;
  /** As in onnxruntime-common; not used. */
  tag?: string;
  logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  logVerbosityLevel?: number;
  terminate?: boolean;
  extra?: Record<string, unknown>;
}

/** Names of the outputs wanted; or an object by name with tensors to write them into, or null. */
export type Fetches = readonly string[] | { readonly [name: string]: Tensor | null };

export type { ExternalData, ExternalDataFile, ExternalFileSource, Feeds };
