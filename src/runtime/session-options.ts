/** What a session can be told, in the names of onnxruntime-common where it has them. */
import type { Diagnostic } from '../diagnostics.js';
import type { Precision } from '../plan/execution-plan.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { ExecutorName } from './backend.js';
import type { Feeds } from './feeds.js';
import type { OpenOptions } from './open.js';
import type { Tensor } from './tensor/tensor.js';
import type { Trace } from './trace.js';

/** Options of onnxruntime-common that change nothing here: there is one executor, and it optimises everything. */
export interface IgnoredSessionOptions {
  readonly executionProviders?: readonly unknown[];
  readonly interOpNumThreads?: number;
  readonly graphOptimizationLevel?: string;
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  readonly executionMode?: string;
  readonly optimizedModelFilePath?: string;
  readonly profileFilePrefix?: string;
  readonly logId?: string;
  readonly logSeverityLevel?: number;
  readonly logVerbosityLevel?: number;
  readonly preferredOutputLocation?: unknown;
  readonly enableGraphCapture?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A file of weights that the model names. */
export interface ExternalDataFile {
  /** As the model names it. */
  readonly path: string;
  readonly data: Uint8Array | ArrayBuffer | Blob;
}

/** What turned out other than asked, with the reason. */
export interface SessionNote {
  readonly about: 'executor' | 'tier' | 'threads';
  readonly text: string;
}

export interface SessionOptions extends IgnoredSessionOptions {
  /** `reference` computes node by node in plain code: slow, and everywhere the same. `compiled` unless told. */
  readonly executor?: ExecutorName;
  /**
   * `fast` (by default) may sum in another order than the definition does, by Winograd's forms and fused
   * multiply-additions; `strict` gives the same bits on every machine.
   *
   * Values of float16 and bfloat16 are float32 inside. In `fast` they are rounded to their type where they leave the
   * network, or are computed with by a reference, and Casts to them round nothing; in `strict` they are rounded where
   * an operator makes them as well, as the references do. Values of float64 are computed by references, in float64, unless
   * `fast` is asked for by name: then they are float32 inside.
   */
  readonly precision?: Precision;
  /** Threads that share a step; the processor's cores unless told. */
  readonly threads?: number;
  /** The same as `threads`, as onnxruntime-common calls it; 0 leaves it open. */
  readonly intraOpNumThreads?: number;
  /**
   * The code that kernels are made of; the best of `fma` and `baseline` that the engine runs unless told. `wide` sets a
   * flag of V8 for the whole process (Node only), and is taken when the code proves to be right and faster.
   */
  readonly tier?: Tier;
  /** Seeds the random operators that have no seed of their own: 0 unless told. Equal runs give equal results. */
  readonly seed?: number;
  /** For how many sizes of its inputs a model is kept compiled: 8 unless told. The one used longest ago goes first. */
  readonly maxCachedSizes?: number;
  /** Sizes for the symbols in the shapes of the inputs. */
  readonly freeDimensionOverrides?: Readonly<Record<string, number>>;
  /** Files of weights that do not lie beside the model. */
  readonly externalData?: OpenOptions['externalData'] | readonly ExternalDataFile[];
  /** Starts profiling with the session. */
  readonly enableProfiling?: boolean;
  /** Hears what turned out other than asked. */
  readonly onNote?: (note: SessionNote) => void;
  /** How often subgraphs may run in one run, loop bodies and branches: 2^20 unless told. */
  readonly maxSubgraphRuns?: number;
  /** The model's name in messages, where the source has none. */
  readonly file?: string;
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
  /** What inference found for these sizes: no errors, which end the run. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface SessionRunOptions {
  /** Ends the run with a ModelError US2008 whose cause is the signal's reason. */
  readonly signal?: AbortSignal;
  /** In place of the session's. */
  readonly seed?: number;
  /** The outputs lie in the session's memory and are overwritten by its next run; without, they are the caller's own. */
  readonly outputsAsViews?: boolean;
  /**
   * Gets the trace of this run when it is done: a slice a step, and one for each other thread that had a part in it. Steps
   * that are timed run one after another.
   */
  readonly profile?: (trace: Trace) => void;
  readonly onReport?: (report: RunReport) => void;
  /** Called before each node, by the reference executor only. */
  readonly onProgress?: (label: string, index: number, total: number) => void;
  /** As in onnxruntime-common; not used. */
  readonly tag?: string;
  readonly logSeverityLevel?: number;
  readonly logVerbosityLevel?: number;
  readonly terminate?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Names of the outputs wanted; or an object by name with tensors to write them into, or null. */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;

export type { Feeds };

/** A whole number of at least `least`. @throws RangeError */
function checkCount(value: number | undefined, name: string, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`'${name}' is ${String(value)}, and has to be a whole number of at least ${least}`);
}

function checkOneOf(value: string | undefined, name: string, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value))
    throw new RangeError(`'${name}' is '${value}', and has to be one of ${values.join(', ')}`);
}

/** @throws TypeError, RangeError for what no session can be told */
export function checkSessionOptions(options: unknown): SessionOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw new TypeError("'options' have to be an object");
  const checked = options as SessionOptions;
  checkOneOf(checked.executor, 'executor', ['compiled', 'reference']);
  checkOneOf(checked.precision, 'precision', ['fast', 'strict']);
  checkOneOf(checked.tier, 'tier', ['wide', 'fma', 'baseline']);
  checkCount(checked.threads, 'threads', 1);
  checkCount(checked.intraOpNumThreads, 'intraOpNumThreads', 0);
  checkCount(checked.maxCachedSizes, 'maxCachedSizes', 1);
  checkSeed(checked.seed);
  for (const [name, size] of Object.entries(checked.freeDimensionOverrides ?? {}))
    checkCount(size, `freeDimensionOverrides.${name}`, 0);
  return checked;
}

export function checkSeed(seed: number | undefined): void {
  checkCount(seed, 'seed', 0);
  if (seed !== undefined && seed > 0xffff_ffff) throw new RangeError(`'seed' is ${seed}, and has to be below 2^32`);
}

/** Threads asked for, if any are. */
export function threadsOf({ threads, intraOpNumThreads }: SessionOptions): number | undefined {
  return threads ?? (intraOpNumThreads === 0 ? undefined : intraOpNumThreads);
}
