/** Node by node, by the references of the operators: exact, everywhere, and slow. */
import { type CompiledModel, compileSteps } from '../compile/any-sizes.js';
import { type InferOptions, infer } from '../infer/infer.js';
import type { Tensor } from '../ir/tensor.js';
import { finishInTurns } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import { countReferences, type ReferenceSteps } from '../plan/reference-use.js';
import type { Backend, BackendRunOptions, ExecutorName, PreparedModel } from './backend.js';
import { nextTurn } from './host.js';
import { executeStepwise } from './reference-executor.js';
import { describeNodes, operationsOf, operatorName, progressLabel, type StepFacts } from './trace.js';

/** Milliseconds of work after which others on this thread get a turn. */
const turn = 25;

type ReferenceExecutorName = Exclude<ExecutorName, 'compiled'>;

export const referenceBackend = backendOf('reference');

/** Every ConvTranspose by its four steps, the rest by the references. */
export const steppedBackend = backendOf('dilate-pad-convolve');

function backendOf(executor: ReferenceExecutorName): Backend {
  return {
    executor,
    threads: 1,
    tier: undefined,
    readsConstants: true,
    async compile(model, sizes) {
      const compiled = await finishInTurns(compileSteps(model, sizes), nextTurn, sizes.signal, sizes.file);
      return { diagnostics: compiled.diagnostics, prepare: async () => new ReferenceModel(compiled, sizes, executor) };
    },
    async dispose() {},
  };
}

class ReferenceModel implements PreparedModel {
  peakBytes = 0;
  referenceMilliseconds = 0;
  readonly references: ReferenceSteps;

  constructor(
    private readonly compiled: CompiledModel,
    private readonly sizes: InferOptions,
    private readonly executor: ReferenceExecutorName,
  ) {
    const reason = `the ${executor} executor runs`;
    const { steps } = compiled.schedule;
    this.references = countReferences(steps.map(({ node }) => ({ operator: operatorName(node), reason })));
  }

  describeSteps(): readonly StepFacts[] {
    const { graph } = this.compiled;
    const inference = infer(graph, this.sizes);
    return this.compiled.schedule.steps.map(({ node }) => ({
      ...describeNodes([node], inference.types),
      algorithm: 'reference',
      operations: operationsOf(node, inference),
      threads: 1,
    }));
  }

  async run(feeds: readonly Tensor[], options: BackendRunOptions): Promise<readonly Tensor[]> {
    const { signal, onStep, onProgress } = options;
    let current = 0;
    let started = 0;
    this.referenceMilliseconds = 0;
    const steps = executeStepwise(this.compiled.schedule, feeds, {
      seed: options.seed,
      file: this.sizes.file,
      memoryLimit: options.memoryLimit,
      types: this.compiled.types,
      transposed: this.executor === 'reference' ? 'scatter' : 'dilate-pad-convolve',
      ...(options.maxSubgraphRuns === undefined ? {} : { maxSubgraphRuns: options.maxSubgraphRuns }),
      onStep: ({ node }, index, total) => {
        onProgress?.(progressLabel(node), index, total);
        current = index;
        started = performance.now();
      },
    });
    let rested = performance.now();
    for (;;) {
      throwIfStopped(signal, this.sizes.file);
      const next = steps.next();
      if (next.done) {
        this.peakBytes = next.value.peakBytes;
        // What a graph returns may be a feed, a weight, or returned twice.
        return options.outputsAsViews ? next.value.outputs : next.value.outputs.map((output) => output.copy());
      }
      const now = performance.now();
      if (next.value === 'step') {
        this.referenceMilliseconds += now - started;
        onStep?.(current, started, now);
      }
      if (now - rested > turn) {
        await nextTurn();
        rested = performance.now();
      }
    }
  }

  dispose(): void {}
}
