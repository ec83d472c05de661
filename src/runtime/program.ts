/** A plan that is ready to run, for one set of sizes. */
import type { GraphConstants } from '../codegen/graph-constants.js';
import type { PlannedModel } from '../compile.js';
import { type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import type { BodyPlan, ExecutionPlan, HostStep, Operand, RunPlan } from '../plan/execution-plan.js';
import type { EngineMemory } from './engine-memory.js';
import type { HostSide } from './host-part.js';
import type { LateBody, PlanBody } from './late-body.js';
import { ownNode, ownTensor } from './own-node.js';
import { RunDriver } from './run-driver.js';
import type { OnStep, StepPart } from './step-times.js';
import type { Team } from './threads/team.js';
import { type NodeOutline, outlineOf } from './trace.js';

export type Run = (thread: number, threads: number, begin: number, end: number, arena: number) => number;
export type Prepare = (arena: number) => void;

/** What a program needs of its executor. */
export interface Engine {
  /** The program's number in the team. */
  readonly number: number;
  readonly memory: EngineMemory;
  readonly run: Run;
  readonly prepare: Prepare;
  /** An address in bytes; it changes with the constants of other programs. */
  arena(): number;
  /** Makes room for so many bytes of a run; views of memory may be void then. */
  ensure(bytes: number): void;
  /** @param isNeeded whether to wait for threads that are not there yet */
  team(isNeeded: boolean): Promise<Team | undefined>;
  enqueue<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  release(program: Program): void;
  /**
   * Loads what a run needs only now.
   * @param live bytes of the run's memory that are in use: they may move with `arena`, and views of memory are void
   */
  loadInRun(planned: PlannedModel, live: number, signal: AbortSignal | undefined): Promise<Program>;
}

export interface ProgramRunOptions {
  /** Stops the run between two steps. The run goes in slices then, between which others on this thread get a turn. */
  readonly signal?: AbortSignal | undefined;
  /** Seeds the random operators that have no seed of their own. */
  readonly seed?: number | undefined;
  readonly maxSubgraphRuns?: number | undefined;
  /** The most bytes that values may take at one time, those in the engine's memory included. */
  readonly memoryLimit?: number | undefined;
  /** Called after each step of the plan. Steps run one by one then. */
  readonly onStep?: OnStep | undefined;
  /** Called at the end of a run in which threads shared steps: when the other threads were at their parts. */
  readonly onParts?: ((parts: readonly StepPart[]) => void) | undefined;
  /** Called at the end of the run: milliseconds of the host's steps, and the most bytes of values that it held at a time. */
  readonly onHost?: ((facts: HostFacts) => void) | undefined;
  /** Outputs may be views of memory: they are valid until the executor's next run, load or disposal. */
  readonly viewOutputs?: boolean | undefined;
}

export interface HostFacts {
  readonly milliseconds: number;
  readonly peakBytes: number;
}

/** Steps that the threads do in one go, and single steps of the host. */
export type Segment =
  | { readonly kind: 'kernels'; readonly begin: number; readonly end: number }
  | { readonly kind: 'host'; readonly index: number; readonly step: HostStep };

interface ProgramSource extends Pick<PlannedModel, 'graph' | 'types'> {
  readonly plan: RunPlan;
  readonly planBody?: PlanBody | undefined;
}

/** Bytes of the engine's memory that a run takes. */
interface RunBytes {
  /** For values and for the scratch of kernels. */
  readonly own: number;
  /** After these, for the body that takes most. */
  readonly bodies: number;
}

export class Program {
  readonly plan: RunPlan;
  readonly segments: readonly Segment[];
  /** Constants that references read and that the graph returns, by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /**
   * The nodes that the host computes or that may fail, by their positions in the graph. The graph itself is not kept, nor are
   * its weights.
   */
  readonly nodes: ReadonlyMap<number, Node>;
  /** What is told of all nodes. */
  readonly outlines: readonly NodeOutline[];
  readonly types: ReadonlyMap<Value, TensorType>;
  /** The bodies that have programs only once a run shows their sizes. */
  readonly late: ReadonlyMap<BodyPlan, LateBody>;
  /** Whether there are steps that threads share only while they are near one another. */
  readonly hasNearSteps: boolean;
  /** How many steps come before its own where those of the whole family are numbered. */
  firstStep = 0;
  private stepCount = 0;
  /** Programs that runs have made. */
  private readonly adopted = new Set<Program>();
  private isDisposed = false;

  /**
   * @param bodies the programs of the plans inside the plan
   * @param hostSide there has to be where the plan needs the host
   * @throws ProblemError of constants that cannot be loaded
   */
  constructor(
    readonly engine: Engine,
    { graph, plan, types, planBody }: ProgramSource,
    constants: Pick<GraphConstants, 'load'>,
    private readonly bytes: RunBytes,
    readonly bodies: ReadonlyMap<ExecutionPlan, Program>,
    readonly file: string | undefined,
    readonly hostSide: HostSide | undefined,
  ) {
    this.plan = plan;
    this.types = types;
    this.outlines = graph.nodes.map(outlineOf);
    this.segments = segmentsOf(plan);
    this.hasNearSteps = plan.steps.some((step) => step.kind === 'kernel' && step.isNear === true);
    const hostSteps = plan.steps.filter((step) => step.kind !== 'kernel');
    this.nodes = new Map([
      ...plan.faults.map(({ node }) => [node, ownNode(graph.nodes[node]!)] as const),
      ...hostSteps.flatMap((step) => step.nodes.map((index) => [index, hostNode(graph, step, index)] as const)),
    ]);
    this.weights = loadWeights(operandsOf(plan, hostSteps), constants);
    this.late = hostSide?.lateBodies(plan, this.nodes, this.weights, planBody) ?? new Map();
    this.number(this);
  }

  /** Numbers the steps of programs that follow on those that have numbers. */
  private number(first: Program): void {
    for (const program of first.family()) {
      program.firstStep = this.stepCount;
      this.stepCount += program.plan.steps.length;
    }
  }

  /** Makes a program that a run has made one of those whose steps are numbered. */
  adopt(program: Program): void {
    if (this.adopted.has(program)) return;
    this.adopted.add(program);
    this.number(program);
  }

  /** Whether a run of it may make programs, with which memory moves. */
  get isOpen(): boolean {
    return [...this.family()].some(({ late }) => late.size > 0);
  }

  /** Bytes of the engine's memory that a run takes for values and for the scratch of kernels, those of bodies included. */
  get peakBytes(): number {
    return this.bytes.own + this.bytes.bodies;
  }

  /** Where the memory of its bodies begins, in bytes after its own. */
  get ownBytes(): number {
    return this.bytes.own;
  }

  /** The program and those of its bodies, each before those inside it. */
  *family(): Iterable<Program> {
    yield this;
    for (const body of this.bodies.values()) yield* body.family();
    for (const program of this.adopted) yield* program.family();
  }

  /**
   * Runs the plan on a tensor for each input, of the sizes that the plan is made for.
   * @returns the outputs of the graph, in order; the caller's own unless `viewOutputs` is set
   * @throws ModelError when a reference cannot compute, a thread fails (US2012) or the signal stops the run (US2008); the
   * program remains usable
   */
  run(feeds: readonly Tensor[], options: ProgramRunOptions = {}): Promise<Tensor[]> {
    return this.engine.enqueue(async () => {
      if (this.isDisposed) throw new Error('the program is disposed of');
      // Memory that grows in a run must not while threads start.
      const team = await this.engine.team(options.onParts !== undefined || this.isOpen);
      return await new RunDriver(this, team, options).run(feeds);
    }, options.signal);
  }

  /** Lets go of the program's constants; a run in progress comes to its end. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const body of [...this.bodies.values(), ...this.late.values()]) body.dispose();
    this.engine.release(this);
  }
}

/** A node as the host reads it. Of graphs that are compiled it does not read what is inside. */
function hostNode(graph: Graph, step: HostStep, index: number): Node {
  const node = graph.nodes[index]!;
  if (step.kind !== 'control') return ownNode(node);
  const compiled = new Set(step.bodies.flatMap(({ attribute, plan }) => (plan === undefined ? [] : [attribute])));
  const attributes = new Map(node.attributes);
  for (const { attribute, graph } of subgraphsOf(node)) {
    if (!compiled.has(attribute)) continue;
    attributes.set(attribute, { kind: 'graph', value: { ...graph, nodes: [], constants: new Map() } });
  }
  return ownNode({ ...node, attributes });
}

function segmentsOf({ steps }: RunPlan): Segment[] {
  const segments: Segment[] = [];
  let begin = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'kernel') continue;
    if (begin < index) segments.push({ kind: 'kernels', begin, end: index });
    segments.push({ kind: 'host', index, step });
    begin = index + 1;
  }
  if (begin < steps.length) segments.push({ kind: 'kernels', begin, end: steps.length });
  return segments;
}

function operandsOf({ outputs }: RunPlan, references: readonly HostStep[]): Operand[] {
  const captured = references.flatMap(({ captures }) => captures.map(({ operand }) => operand));
  return [...references.flatMap(({ inputs }) => inputs), ...captured, ...outputs.map(({ operand }) => operand)];
}

function loadWeights(
  operands: readonly Operand[],
  constants: Pick<GraphConstants, 'load'>,
): ReadonlyMap<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const operand of operands) {
    if (operand.kind === 'weight' && !weights.has(operand.value)) {
      weights.set(operand.value, ownTensor(constants.load(operand.value)));
    }
  }
  return weights;
}
