/**
 * Computes nodes by the references of their operators, with random numbers, subgraphs, and errors that say where they
 * arose. Both executors use it: one for all nodes, the other for those without a kernel.
 */
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../diagnostics.js';
import { type Constant, type Graph, type Node, referenceTo, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import { formatShape } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { bind } from '../ops/bind.js';
import type { BoundOperator } from '../ops/operator.js';
import { RandomSource } from '../ops/random-source.js';
import { type ReferenceSchedule, type ScheduledNode, scheduleReferences } from '../plan/reference-schedule.js';
import { LiveMemory } from './live-memory.js';

export interface MachineOptions {
  /** Seeds the random operators that have no seed of their own. */
  readonly seed?: number;
  readonly file?: string | undefined;
  /** How often subgraphs (loop bodies and branches) may run in all, since a model may loop for ever. Default: 2^20. */
  readonly maxSubgraphRuns?: number;
  /** Called before each step of the outermost graph. */
  readonly onStep?: (step: ScheduledNode, index: number, total: number) => void;
}

const defaultSubgraphRuns = 2 ** 20;

type Load = (constant: Constant) => Tensor;

const readBeforeMade = defineProblem('US1103', { value: 'string' }, ({ value }) => ({
  message: `the value '${value}' is read before anything made it`,
  value,
}));

/** The values that one graph's steps have made, over those of the graph around it. */
export class Scope {
  private readonly values = new Map<Value, Tensor>();

  constructor(
    private readonly graph: Graph,
    private readonly outer: Scope | undefined,
    private readonly load: Load,
  ) {}

  private find(value: Value, load: Load): Tensor | undefined {
    const made = this.values.get(value);
    if (made !== undefined) return made;
    const constant = this.graph.constants.get(value);
    return constant === undefined ? this.outer?.find(value, load) : load(constant);
  }

  read(value: Value): Tensor {
    const tensor = this.find(value, this.load);
    if (tensor === undefined) {
      fail(readBeforeMade({ value: value.name }));
    }
    return tensor;
  }

  set(value: Value, tensor: Tensor): void {
    this.values.set(value, tensor);
  }

  /** Forgets a value that was made here, and returns it. */
  take(value: Value): Tensor | undefined {
    const tensor = this.values.get(value);
    this.values.delete(value);
    return tensor;
  }

  /** Every value that was made here and not forgotten. */
  remaining(): Iterable<Tensor> {
    return this.values.values();
  }
}

const tooManyRounds = defineProblem('US2008', { rounds: 'integer' }, ({ rounds }) => ({
  message: `the loops and branches of the model ran ${rounds} times and have not come to an end`,
  expected: `at most ${rounds} runs of subgraphs`,
  actual: 'more',
  hint: 'check the conditions and trip counts of the loops; a run that needs more can raise maxSubgraphRuns',
}));

export class ReferenceMachine {
  readonly memory = new LiveMemory();
  private readonly random: RandomSource;
  private readonly schedules = new Map<Graph, ReferenceSchedule>();
  /** Constants that subgraphs have read: they read them again in every iteration. */
  private readonly kept = new Map<Constant, Tensor>();
  private readonly maxSubgraphRuns: number;
  private subgraphRuns = 0;

  constructor(private readonly options: MachineOptions) {
    this.random = new RandomSource(options.seed ?? 0);
    this.maxSubgraphRuns = options.maxSubgraphRuns ?? defaultSubgraphRuns;
  }

  private run(schedule: ReferenceSchedule, feeds: readonly Tensor[], outer: Scope): readonly Tensor[] {
    const steps = this.steps(schedule, feeds, outer);
    for (;;) {
      const next = steps.next();
      if (next.done) return next.value;
    }
  }

  /** @param outer the scope around a subgraph */
  *steps(schedule: ReferenceSchedule, feeds: readonly Tensor[], outer?: Scope): Generator<void, readonly Tensor[]> {
    const { graph, steps } = schedule;
    const scope = new Scope(graph, outer, outer === undefined ? (constant) => constant.load() : this.keep);
    const put = (value: Value | undefined, tensor: Tensor | undefined) => {
      if (value === undefined || tensor === undefined) return;
      scope.set(value, tensor);
      this.memory.hold(tensor);
    };
    graph.inputs.forEach((input, i) => {
      put(input, feeds[i]);
    });
    for (const [index, step] of steps.entries()) {
      if (outer === undefined) this.options.onStep?.(step, index, steps.length);
      const outputs = this.step(step.node, scope);
      step.node.outputs.forEach((output, i) => {
        put(output, outputs[i]);
      });
      for (const value of step.releases) this.memory.release(scope.take(value));
      if (outer === undefined) yield;
    }
    const outputs = graph.outputs.map((output) => scope.read(output));
    // The node that ran a subgraph holds what it returned.
    if (outer !== undefined) for (const tensor of scope.remaining()) this.memory.release(tensor);
    return outputs;
  }

  private readonly keep = (constant: Constant): Tensor => {
    const tensor = this.kept.get(constant) ?? constant.load();
    this.kept.set(constant, tensor);
    return tensor;
  };

  private runSubgraph(graph: Graph, feeds: readonly Tensor[], outer: Scope): readonly Tensor[] {
    if (++this.subgraphRuns > this.maxSubgraphRuns) {
      fail(tooManyRounds({ rounds: this.maxSubgraphRuns }));
    }
    return this.run(this.scheduleOf(graph), feeds, outer);
  }

  private step(node: Node, scope: Scope): readonly Tensor[] {
    return this.compute(node, () => node.inputs.map((input) => input && scope.read(input)), scope);
  }

  /**
   * The outputs of one node.
   * @param read gives its inputs; what is wrong with them is the node's error
   * @param scope what its subgraphs can read of the graph around them
   */
  compute(node: Node, read: () => readonly (Tensor | undefined)[], scope: Scope): readonly Tensor[] {
    let inputs: readonly (Tensor | undefined)[] = [];
    try {
      inputs = read();
      return boundNode(node).reference({
        inputs,
        outputCount: node.outputs.length,
        random: this.random,
        runGraph: (graph, feeds = []) => this.runSubgraph(graph, feeds, scope),
      });
    } catch (error) {
      if (error instanceof ProblemError) throw this.placed(node, error, inputs);
      throw error;
    }
  }

  private scheduleOf(graph: Graph): ReferenceSchedule {
    let schedule = this.schedules.get(graph);
    if (schedule === undefined) {
      schedule = scheduleReferences(graph);
      this.schedules.set(graph, schedule);
    }
    return schedule;
  }

  private placed(node: Node, { problem }: ProblemError, inputs: readonly (Tensor | undefined)[]): ModelError {
    const types = inputs.map((tensor) => (tensor === undefined ? '—' : `${tensor.type}${formatShape(tensor.dims)}`));
    const actual = problem.actual ?? (types.length === 0 ? undefined : `inputs ${types.join(', ')}`);
    const place = { file: this.options.file, node: referenceTo(node), origin: originOf(node) };
    return new ModelError([diagnostic({ ...problem, actual }, place)]);
  }
}

const operatorNotRun = defineProblem('US2009', { operator: 'string', domain: 'string' }, ({ operator, domain }) => ({
  message: `the operator ${operator} cannot be run`,
  hint:
    domain === ''
      ? 'the operator is newer than unstride, or misspelt'
      : `operators of the domain '${domain}' are kept in the graph, but what they compute is not known here`,
}));

function boundNode(node: Node): BoundOperator {
  const bound = bind(node);
  if (bound !== undefined) return bound;
  fail(operatorNotRun({ operator: node.opType, domain: node.domain }));
}
