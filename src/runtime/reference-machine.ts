/**
 * Computes nodes by the references of their operators, with random numbers, subgraphs, and errors that say where they
 * arose. Both executors use it: one for all nodes, the other for those without a kernel.
 */
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../diagnostics.js';
import { DimTooComplexError } from '../ir/dim.js';
import { type Constant, type Graph, type Node, referenceTo, subgraphsOf, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import { formatShape, isConcrete, type TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { bytesOf, LiveMemory } from '../limits/live-memory.js';
import type { MemoryOptions } from '../limits/memory.js';
import type { PacedRun } from '../limits/steps.js';
import { registerReferences } from '../ops/all-references.js';
import { tensorAt } from '../ops/arguments.js';
import { bind, isOf } from '../ops/bind.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import { steppedConvTranspose } from '../ops/convolution/conv-transpose-reference.js';
import type { BoundOperator } from '../ops/operator.js';
import { outputBytes } from '../ops/output-bytes.js';
import { RandomSource } from '../ops/random-source.js';
import { type ReferenceSchedule, type ScheduledNode, scheduleReferences } from '../plan/reference-schedule.js';

export interface MachineOptions extends MemoryOptions {
  /** Seeds the random operators that have no seed of their own. */
  readonly seed?: number;
  readonly file?: string | undefined;
  /** How often subgraphs (loop bodies and branches) may run in all, since a model may loop for ever. Default: 2^20. */
  readonly maxSubgraphRuns?: number;
  /** Of the values of the outermost graph. */
  readonly types?: ReadonlyMap<Value, TensorType> | undefined;
  /** Bytes of live values that are not the machine's, and count all the same. */
  readonly takenBytes?: number | undefined;
  /** How ConvTranspose is computed: by its definition, or by its four steps as they are written (default: scatter). */
  readonly transposed?: 'scatter' | 'dilate-pad-convolve' | undefined;
  /** Called before each step of the outermost graph. */
  readonly onStep?: (step: ScheduledNode, index: number, total: number) => void;
}

/** A round of a subgraph that is compiled; undefined where the reference is to run it. */
export type RunBody = (graph: Graph, feeds: readonly Tensor[]) => PacedRun<readonly Tensor[] | undefined>;

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

  protected find(value: Value, load: Load): Tensor | undefined {
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
  readonly memory: LiveMemory;
  private readonly random: RandomSource;
  private readonly schedules = new Map<Graph, ReferenceSchedule>();
  /** Constants that subgraphs have read: they read them again in every iteration. */
  private readonly kept = new Map<Constant, Tensor>();
  private readonly maxSubgraphRuns: number;
  private subgraphRuns = 0;

  constructor(private readonly options: MachineOptions) {
    registerReferences();
    this.memory = new LiveMemory({ limit: options.memoryLimit, taken: options.takenBytes });
    this.random = new RandomSource(options.seed ?? 0);
    this.maxSubgraphRuns = options.maxSubgraphRuns ?? defaultSubgraphRuns;
  }

  /**
   * Runs a graph, with a pause after each step and before each run of a subgraph.
   * @param outer the scope around a subgraph
   */
  *steps(schedule: ReferenceSchedule, feeds: readonly Tensor[], outer?: Scope): PacedRun<readonly Tensor[]> {
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
      const outputs = yield* this.step(step.node, scope);
      step.node.outputs.forEach((output, i) => {
        put(output, outputs[i]);
      });
      for (const value of step.releases) this.memory.release(scope.take(value));
      if (outer === undefined) yield 'step';
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

  private *runSubgraph(
    graph: Graph,
    feeds: readonly Tensor[],
    outer: Scope,
    runBody: RunBody | undefined,
  ): PacedRun<readonly Tensor[]> {
    if (++this.subgraphRuns > this.maxSubgraphRuns) {
      fail(tooManyRounds({ rounds: this.maxSubgraphRuns }));
    }
    yield 'round';
    const compiled = runBody && (yield* runBody(graph, feeds));
    if (compiled !== undefined) return compiled;
    return yield* this.steps(this.scheduleOf(graph), feeds, outer);
  }

  private step(node: Node, scope: Scope): PacedRun<readonly Tensor[]> {
    const read = () => node.inputs.map((input) => input && scope.read(input));
    return this.compute(node, read, scope, (i) => this.carriedShape(node, i));
  }

  /**
   * The outputs of one node, with a pause before each run of a subgraph.
   * @param read gives its inputs; what is wrong with them is the node's error
   * @param scope what its subgraphs can read of the graph around them
   * @param shapeOf the shape that what follows the node was made for, of output `i`; undefined if it takes any
   * @param runBody runs a subgraph that is compiled; undefined for one that is not
   */
  *compute(
    node: Node,
    read: () => readonly (Tensor | undefined)[],
    scope: Scope,
    shapeOf: (i: number) => readonly number[] | undefined,
    runBody?: RunBody,
  ): PacedRun<readonly Tensor[]> {
    let inputs: readonly (Tensor | undefined)[] = [];
    try {
      inputs = read();
      const bound = boundNode(node);
      this.requireOutputs(node, bound, inputs);
      const outputs = yield* this.referenceOf(bound)({
        inputs,
        outputCount: node.outputs.length,
        random: this.random,
        live: this.memory,
        runGraph: (graph, feeds = []) => this.runSubgraph(graph, feeds, scope, runBody),
      });
      this.memory.requireAll(outputs);
      node.outputs.forEach((output, i) => {
        if (output !== undefined) requireShape(output.name, shapeOf(i), outputs[i]);
      });
      return outputs;
    } catch (error) {
      if (error instanceof ProblemError) throw this.placed(node, error, inputs);
      if (error instanceof DimTooComplexError) {
        const problem = sizesInexact({ operator: node.opType, reason: error.message });
        throw this.placed(node, new ProblemError(problem), inputs);
      }
      throw error;
    }
  }

  /** Fails with what is wrong with the values of a node that kernels have computed. */
  blame(node: Node, failing: () => never): never {
    try {
      failing();
    } catch (error) {
      throw error instanceof ProblemError ? this.placed(node, error, []) : error;
    }
  }

  private referenceOf(bound: BoundOperator): BoundOperator['referenceSteps'] {
    if (this.options.transposed !== 'dilate-pad-convolve' || !isOf(convTranspose.ConvTranspose, bound))
      return (context) => bound.referenceSteps(context);
    // biome-ignore lint/correctness/useYield: a convolution runs no graph
    return function* (context) {
      const [x, w] = [tensorAt(context, 0), tensorAt(context, 1)];
      return [steppedConvTranspose(bound.attributes, [x, w, context.inputs[2]], context.live)];
    };
  }

  /** The shape that inference has of what a node with subgraphs returns; states can change theirs by data. */
  private carriedShape(node: Node, i: number): readonly number[] | undefined {
    const output = node.outputs[i];
    if (output === undefined || subgraphsOf(node).length === 0) return undefined;
    const shape = this.options.types?.get(output)?.shape;
    return shape !== undefined && isConcrete(shape) ? shape : undefined;
  }

  /**
   * Asks for memory before it is taken. An output that is not larger than the inputs may share their storage, and is
   * counted when it is there.
   */
  private requireOutputs(node: Node, bound: BoundOperator, inputs: readonly (Tensor | undefined)[]): void {
    if (subgraphsOf(node).length > 0) return;
    const bytes = outputBytes(bound, inputs, node.outputs.length);
    const read = inputs.reduce((sum, tensor) => sum + (tensor === undefined ? 0 : bytesOf(tensor)), 0);
    if (bytes > read) this.memory.require(bytes);
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

const shapeChanged = defineProblem(
  'US1202',
  { value: 'string', expected: 'shape', actual: 'shape' },
  ({ value, expected, actual }) => ({
    message: `'${value}' has another shape than the graph was compiled for`,
    value,
    expected: formatShape(expected),
    actual: formatShape(actual),
    hint: 'its shape depends on data: a state of a loop has to keep its shape, and declared shapes have to be true',
  }),
);

/** @throws ProblemError US1202 */
export function requireShape(value: string, expected: readonly number[] | undefined, tensor: Tensor | undefined): void {
  if (expected === undefined || tensor === undefined) return;
  const { dims } = tensor;
  if (dims.length === expected.length && dims.every((size, axis) => size === expected[axis])) return;
  fail(shapeChanged({ value, expected, actual: dims }));
}

const sizesInexact = defineProblem('US1213', { operator: 'string', reason: 'string' }, ({ operator, reason }) => ({
  message: `${operator} cannot compute its sizes exactly: ${reason}`,
  expected: 'sizes and attributes below 2^53',
}));

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
