/** Models compiled to WebAssembly: one memory and one team of threads for all sizes of a session. */
import type { InferOptions, KnownEarlier } from '../infer/infer.js';
import type { Model } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import type { MemoryOptions } from '../limits/memory.js';
import { finishInTurns } from '../limits/steps.js';
import type { Precision } from '../plan/execution-plan.js';
import { countReferences, type ReferenceSteps } from '../plan/reference-use.js';
import type { ByteProducts } from '../wasm/kernels/byte-tile.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { ProcessorClass } from '../wasm/processor.js';
import type { Backend, BackendRunOptions, Compilation, PreparedModel } from './backend.js';
import { DamagedEntry, type KeptProgram, type ProgramImage } from './cache/image.js';
import { engineByteProducts } from './engine-tier.js';
import { Executor } from './executor.js';
import { nextTurn } from './host.js';
import type { PlanBody } from './late-body.js';
import type { HostFacts, Program } from './program.js';
import { describePlan, operatorName, type StepFacts } from './trace.js';

export interface CompiledBackendOptions {
  readonly tier: Tier;
  /** What algorithms are chosen for. */
  readonly processor: ProcessorClass;
  readonly precision: Precision;
  readonly weights: WeightType | undefined;
  /** Whether float64 is computed in float32. */
  readonly narrowsFloat64: boolean;
  /** How kernels sum products of bytes; undefined: found out where there are any. */
  readonly byteProducts: ByteProducts | undefined;
  readonly threads: number | undefined;
  /** Whether programs are kept for later processes. */
  readonly keepsCode: boolean;
  /** Hears why there are fewer threads than asked for. */
  readonly onReason: (reason: string) => void;
}

/** Multiplications and additions of which another thread saves as much as its start takes from those that compile. */
const leastOperations = 3e10;

export class CompiledBackend implements Backend {
  readonly executor = 'compiled';
  readonly readsConstants = false;
  private told = 0;

  private constructor(
    private readonly engine: Executor,
    private readonly options: CompiledBackendOptions,
  ) {
    this.tellReasons();
  }

  static async create(options: CompiledBackendOptions): Promise<CompiledBackend> {
    return new CompiledBackend(await Executor.create({ ...options, leastOperations }), options);
  }

  get tier(): Tier {
    return this.engine.tier;
  }

  get threads(): number {
    return this.engine.threads;
  }

  async compile(model: Model, sizes: InferOptions & KnownEarlier & MemoryOptions): Promise<Compilation> {
    const { processor, precision, weights, narrowsFloat64, byteProducts } = this.options;
    const { tier, threads } = this;
    const findByteProducts = () => engineByteProducts(tier);
    const facts = { tier, processor, threads, precision, weights, narrowsFloat64 };
    const target = { ...facts, byteProducts, findByteProducts };
    const { signal, file } = sizes;
    const { compileForSteps, planBodySteps } = await import('../compile.js');
    const steps = compileForSteps(model, target, sizes);
    const planned = await finishInTurns(steps, nextTurn, signal, file);
    // The graph would keep the weights.
    const shell = { ...model, graph: { ...model.graph, nodes: [], constants: new Map() } };
    const { memoryLimit } = sizes;
    const planBody: PlanBody = (body, stop) => {
      const options = { file, memoryLimit, signal: stop, inputShapes: body.known.inputShapes };
      return finishInTurns(planBodySteps(shell, body, target, options), nextTurn, stop, file);
    };
    const prepare = async (stop?: AbortSignal) => {
      const { graph, plan, types, bodies } = planned;
      const program = await this.engine.load(graph, plan, file, stop, { types, bodies, planBody });
      this.tellReasons();
      return new PreparedProgram(program, this);
    };
    return { diagnostics: planned.diagnostics, prepare };
  }

  get codeFacts() {
    const { processor, precision, weights, narrowsFloat64, byteProducts } = this.options;
    return { ...this.engine.codeFacts, processor, precision, weights, narrowsFloat64, byteProducts };
  }

  async restore(kept: KeptProgram, file: string | undefined): Promise<PreparedModel | undefined> {
    try {
      const program = await this.engine.restore(kept, file);
      this.tellReasons();
      return program && new PreparedProgram(program, this, kept);
    } catch (error) {
      if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError)
        throw new DamagedEntry(error.message);
      throw error;
    }
  }

  imageOf(program: Program) {
    return this.engine.imageOf(program);
  }

  tellReasons(): void {
    for (const reason of this.engine.reasons.slice(this.told)) this.options.onReason(reason);
    this.told = this.engine.reasons.length;
  }

  dispose(): Promise<void> {
    return this.engine.dispose();
  }
}

class PreparedProgram implements PreparedModel {
  readonly references: ReferenceSteps;
  private host: HostFacts = { milliseconds: 0, peakBytes: 0 };

  constructor(
    private readonly program: Program,
    private readonly backend: CompiledBackend,
    private readonly kept?: KeptProgram,
  ) {
    if (kept !== undefined) {
      this.references = kept.references;
      return;
    }
    this.references = countReferences(
      [...program.family()].flatMap(({ plan, outlines }) =>
        plan.steps.map((step) => ({
          operator: step.nodes.map((index) => operatorName(outlines[index]!)).join(' + '),
          reason: step.kind === 'reference' ? step.reason : undefined,
        })),
      ),
    );
  }

  get peakBytes(): number {
    return this.program.peakBytes + this.host.peakBytes;
  }

  get referenceMilliseconds(): number {
    return this.host.milliseconds;
  }

  image(): ProgramImage | undefined {
    const image = this.kept === undefined ? this.backend.imageOf(this.program) : undefined;
    return image && { ...image, steps: this.describeSteps(), references: this.references };
  }

  describeSteps(): readonly StepFacts[] {
    if (this.kept !== undefined) return this.kept.steps;
    return [...this.program.family()].flatMap(({ plan, outlines, types }) =>
      describePlan(plan, outlines, types, this.backend.threads),
    );
  }

  async run(feeds: readonly Tensor[], options: BackendRunOptions): Promise<readonly Tensor[]> {
    const { signal, seed, maxSubgraphRuns, memoryLimit, onStep, onParts, outputsAsViews } = options;
    const onHost = (facts: HostFacts) => {
      this.host = facts;
    };
    const viewOutputs = outputsAsViews;
    const told = { signal, seed, maxSubgraphRuns, memoryLimit, onStep, onParts, onHost, viewOutputs };
    try {
      return await this.program.run(feeds, told);
    } finally {
      // A run may be the first that wanted threads.
      this.backend.tellReasons();
    }
  }

  dispose(): void {
    this.program.dispose();
  }
}
