/** What a session runs its models on: the compiler, or the references. */
import type { Diagnostic } from '../diagnostics.js';
import type { InferOptions, KnownEarlier } from '../infer/infer.js';
import type { Model } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import type { MemoryOptions } from '../limits/memory.js';
import type { ReferenceSteps } from '../plan/reference-use.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { KeptProgram, ProgramImage } from './cache/image.js';
import type { OnStep, StepPart } from './step-times.js';
import type { StepFacts } from './trace.js';

export type ExecutorName = 'compiled' | 'reference' | 'dilate-pad-convolve';

export interface BackendRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Seeds the random operators that have no seed of their own. */
  readonly seed: number;
  readonly maxSubgraphRuns?: number | undefined;
  /** The most bytes that values may take at one time. */
  readonly memoryLimit?: number | undefined;
  /** The outputs may lie in memory that the next run uses. */
  readonly outputsAsViews: boolean;
  /** Called after each step. Where it is given, steps run one after another. */
  readonly onStep?: OnStep | undefined;
  /** Called at the end of a run, by backends with threads: what those beside this one did in the steps they shared. */
  readonly onParts?: ((parts: readonly StepPart[]) => void) | undefined;
  /** Called before each step, by backends that go node by node. */
  readonly onProgress?: ((label: string, index: number, total: number) => void) | undefined;
}

/** A model compiled for certain sizes of its inputs. It takes nothing but the script's memory. */
export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /**
   * @param signal ends it with US2008
   * @throws ModelError when memory runs out, or with the errors of the model's constants
   */
  prepare(signal?: AbortSignal): Promise<PreparedModel>;
}

/** The same, ready to run. */
export interface PreparedModel {
  /** The most bytes that values (weights apart) took at one time in the last run. */
  readonly peakBytes: number;
  /** What references compute of it. */
  readonly references: ReferenceSteps;
  /** What they took in the last run. */
  readonly referenceMilliseconds: number;
  /** What the numbers of `onStep` stand for. */
  describeSteps(): readonly StepFacts[];
  /** @param feeds one an input of the graph, in order, of the sizes that the model is prepared for */
  run(feeds: readonly Tensor[], options: BackendRunOptions): Promise<readonly Tensor[]>;
  /** For later processes; undefined where it is not kept. */
  image?(): ProgramImage | undefined;
  dispose(): void;
}

export interface Backend {
  readonly executor: ExecutorName;
  readonly threads: number;
  /** Which code the kernels are made of; undefined without kernels. */
  readonly tier: Tier | undefined;
  /** Whether a prepared model goes on reading the model's constants where the model has them. */
  readonly readsConstants: boolean;
  /**
   * At once, or in slices if there is a signal.
   * @throws ModelError when the model does not work out for these sizes, or is stopped
   */
  compile(model: Model, sizes: InferOptions & KnownEarlier & MemoryOptions): Promise<Compilation>;
  /** What its code depends on beside model and sizes; undefined for a backend that keeps nothing. */
  readonly codeFacts?: Readonly<Record<string, string | number | boolean | undefined>>;
  /**
   * A model that an earlier process has compiled; undefined where there is no room at the places that it had.
   * @throws DamagedEntry
   */
  restore?(kept: KeptProgram, file: string | undefined): Promise<PreparedModel | undefined>;
  dispose(): Promise<void>;
}
