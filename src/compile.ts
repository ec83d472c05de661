/**
 * The stages from a model to what runs. Read this page first.
 *
 *     compile    infer    types, known values and constraints, in one walk through the graph
 *                rewrite  the passes, each of which keeps the graph's results
 *     compileFor lower    nodes become steps: kernels, layouts, places in the arena; for certain sizes, a tier and threads
 *     link       place    addresses for the plan's constants in one memory, which other programs may have a part of
 *                emit     the plan as a WebAssembly module that has these addresses
 *                pack     how the constants come to their places, in the order that kernels read them
 *
 * Nothing here runs the model or has a memory: `runtime/` instantiates what `link` returns, packs, and runs. References
 * need the first stage alone (compile/any-sizes.ts); a page that runs nothing else does not load the others.
 */
import type { ConstantStore, PlacedConstants } from './codegen/constant-store.js';
import { emitSteps, runBytesOf } from './codegen/emit-module.js';
import { GraphConstants } from './codegen/graph-constants.js';
import { halfWeights } from './codegen/half-part.js';
import { hasHalves } from './codegen/pack-constants.js';
import { PackingProgram } from './codegen/packing-program.js';
import { type CompileOptions, type RewrittenModel, rewrittenSteps } from './compile/any-sizes.js';
import type { BodyModel } from './compile/bodies.js';
import { hasOpenNodes, innerGraphs } from './compile/inner-part.js';
import { diagnostic, ModelError, ProblemError } from './diagnostics.js';
import type { KnownEarlier } from './infer/infer.js';
import type { ElementType } from './ir/element-type.js';
import { type Graph, type Model, type Node, subgraphsOf } from './ir/graph.js';
import { loadParts } from './limits/part.js';
import { finish, type Steps } from './limits/steps.js';
import { type BodyPlans, type LowerOptions, lowerSteps } from './lower/lower.js';
import type { Float32Options } from './passes/pass.js';
import type { ExecutionPlan, Precision } from './plan/execution-plan.js';
import type { ByteProducts } from './wasm/kernels/byte-tile.js';
import type { Tier } from './wasm/kernels/kernel.js';

export { type CompiledModel, type CompileOptions, compile, compileSteps } from './compile/any-sizes.js';

export interface PlannedModel extends RewrittenModel {
  /** How kernels compute the graph, and references where there is none. */
  readonly plan: ExecutionPlan;
  /** The graphs that the plan has plans of, by those. */
  readonly bodies: ReadonlyMap<ExecutionPlan, PlannedModel>;
}

/**
 * What kernels compute in float32 in place of its own type: floats of 16 bits, rounded to their type after each operator
 * in `strict`, and float64 where that is asked for.
 */
export function kernelTypes(precision: Precision, narrowsFloat64: boolean): Float32Options {
  const types: readonly ElementType[] = narrowsFloat64 ? ['float16', 'bfloat16', 'float64'] : ['float16', 'bfloat16'];
  return { types: new Set(types), rounds: precision === 'strict' };
}

export interface CompileTarget extends LowerOptions {
  /** Finds out `byteProducts`: asked where there are bytes, and it is not known. */
  readonly findByteProducts?: (() => Promise<ByteProducts>) | undefined;
}

/**
 * The same for an engine, with the plan that it runs.
 * @param target what kernels are made for
 * @param options bind the sizes of all inputs
 * @throws ModelError as `compile` does
 */
export function compileFor(model: Model, target: CompileTarget, options: CompileOptions = {}): PlannedModel {
  return finish(compileForSteps(model, target, options), options.signal, options.file);
}

/** The same in steps. */
export function* compileForSteps(
  model: Model,
  target: CompileTarget,
  options: CompileOptions & KnownEarlier = {},
): Steps<PlannedModel> {
  const float32 = kernelTypes(target.precision, target.narrowsFloat64 === true);
  const compiled = yield* rewrittenSteps(model, { ...options, float32 });
  const bodies = new Map<ExecutionPlan, PlannedModel>();
  const { graph, plans } = yield* planInside(compiled, target, options, bodies);
  try {
    let { byteProducts } = target;
    // Of uint8 as well.
    if (
      byteProducts === undefined &&
      [...compiled.types.values()].some(({ elementType }) => elementType?.endsWith('int8'))
    )
      yield target.findByteProducts?.().then((form) => {
        byteProducts = form;
      });
    const lowering = { ...target, byteProducts, memoryLimit: options.memoryLimit };
    const plan = yield* lowerSteps(graph, compiled, lowering, plans);
    return { ...compiled, graph, plan, bodies };
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: options.file })]);
    throw error;
  }
}

/** The graph cut into sections, and plans of the graphs inside its nodes: few models have either. */
function* planInside(
  compiled: RewrittenModel,
  target: CompileTarget,
  options: CompileOptions,
  planned: Map<ExecutionPlan, PlannedModel>,
): Steps<{ readonly graph: Graph; readonly plans: BodyPlans }> {
  const { graph, types } = compiled;
  const hasGraphs = graph.nodes.some((node) => subgraphsOf(node).length > 0);
  if (!hasGraphs && !hasOpenNodes(graph, types)) return { graph, plans: new Map<Node, never>() };
  yield* loadParts([innerGraphs]);
  const { cutIntoSections, planBodies } = innerGraphs.value;
  const cut = yield* cutIntoSections(graph, types);
  const plans = yield* planBodies({ ...compiled, graph: cut }, planned, (model, body) =>
    planBodySteps(model, body, target, options),
  );
  return { graph: cut, plans };
}

/**
 * The plan of a body. Where a round changes the types of states, it is for one round.
 * @returns undefined where references compute all of the body, or where it does not work out: perhaps it never runs
 */
export function* planBodySteps(
  model: Model,
  body: BodyModel,
  target: CompileTarget,
  { inputShapes, earlier: _, ...options }: CompileOptions & KnownEarlier,
): Steps<PlannedModel | undefined> {
  // As around it, declared types hold for the file's own sizes alone.
  const { inputShapes: shapes, ...types } = body.known;
  const known = inputShapes === undefined || inputShapes.size === 0 ? types : { ...types, inputShapes: shapes };
  try {
    const inner = { ...model, graph: body.graph };
    yield* loadParts([innerGraphs]);
    const memory = innerGraphs.value.memoryOf(body);
    const planned = yield* compileForSteps(inner, { ...target, body: memory }, { ...options, ...known });
    return hasKernels(planned.plan) ? planned : undefined;
  } catch (error) {
    if (error instanceof ModelError && options.signal?.aborted !== true) return undefined;
    throw error;
  }
}

function hasKernels({ steps }: ExecutionPlan): boolean {
  return steps.some(({ kind }) => kind !== 'reference');
}

/** The memory that a program is linked for. */
export interface LinkTarget {
  readonly tier: Tier;
  /** Threads at most. With one, the memory is not shared. */
  readonly threads: number;
  /** Whether thread 0 may sleep: the main thread of a browser must not. */
  readonly mainMaySleep: boolean;
  /** Of the memory. */
  readonly maximumPages: number;
  /** What is in the memory. */
  readonly store: ConstantStore;
  /**
   * Called once the constants have their places.
   * @param runBytes bytes that a run needs after the constants
   * @param stagingBytes bytes that packing needs in the same place, before any run
   * @throws ModelError US2011 when the memory cannot have so much
   */
  reserve(runBytes: number, stagingBytes: number): void;
}

export interface LinkedProgram {
  readonly plan: ExecutionPlan;
  /** The plan's code: what `emitModule` documents. */
  readonly module: Uint8Array<ArrayBuffer>;
  readonly packing: PackingProgram;
  /** Bytes after the constants that a run needs. */
  readonly runBytes: number;
  /** What the store has for the program. Other programs may use it once it is packed and shared. */
  readonly placed: PlacedConstants;
  /** The constants of the graph and those derived of them, for the steps that references compute. */
  readonly constants: GraphConstants;
}

/**
 * A plan as code and constants for one memory. The caller releases its places in the store.
 * @param graph the one that the plan was made of
 * @throws ModelError US2011 when memory runs out
 * @throws ProblemError of constants that cannot be loaded
 */
export function link(planned: Pick<PlannedModel, 'graph' | 'plan'>, target: LinkTarget): LinkedProgram {
  return finish(linkSteps(planned, target));
}

/** The same in steps. */
export function* linkSteps(
  { graph, plan }: Pick<PlannedModel, 'graph' | 'plan'>,
  target: LinkTarget,
): Steps<LinkedProgram> {
  const { tier, threads, mainMaySleep, maximumPages, store } = target;
  const constants = new GraphConstants(graph.constants, plan.derived);
  if (hasHalves(plan.constants)) yield* loadParts([halfWeights]);
  const placed = store.place(plan.constants, constants);
  try {
    const memory = { initial: 1, maximum: maximumPages, shared: threads > 1 };
    const packing = new PackingProgram(plan.constants, placed, constants, memory);
    const runBytes = runBytesOf(plan, threads);
    target.reserve(runBytes, packing.stagingBytes);
    const addresses = placed.entries.map(({ address }) => address);
    const module = yield* emitSteps(plan, { tier, threads, constants: addresses, maximumPages, mainMaySleep });
    return { plan, module, packing, runBytes, placed, constants };
  } catch (error) {
    store.release(placed);
    throw error;
  }
}
