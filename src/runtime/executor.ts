/**
 * Runs plans as WebAssembly: one memory, in which the programs share what is equal, and one team of threads. The thread
 * that calls it is one of them. Loads and runs of an executor follow one another.
 */

import { ConstantStore, type PlacedConstants } from '../codegen/constant-store.js';
import { controlBytes } from '../codegen/control.js';
import type { LinkedProgram, LinkTarget, PlannedModel } from '../compile.js';
import { formatBytes } from '../diagnostics/units.js';
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { Graph } from '../ir/graph.js';
import { finishInTurns } from '../limits/steps.js';
import type { ExecutionPlan, RunPlan } from '../plan/execution-plan.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { KeptProgram, ProgramImage } from './cache/image.js';
import { EngineMemory } from './engine-memory.js';
import { isNode, nextTurn } from './host.js';
import { needsHost } from './host-part.js';
import type { PlanBody } from './late-body.js';
import { type Engine, type Prepare, Program, type Run } from './program.js';
import { RunQueue } from './run-queue.js';
import type { Crew } from './threads/crew.js';
import type { Team } from './threads/team.js';
import { type StartThread, type ThreadHost, type Threads, threadHost } from './threads/thread.js';

export interface ExecutorOptions {
  /** The code to emit; it has to be one that the engine runs (wasm/tiers.ts). */
  readonly tier: Tier;
  /** Default: as many as the machine runs at a time. */
  readonly threads?: number | undefined;
  /** How a thread is started. Default: as the host does it, by a worker. */
  readonly startThread?: StartThread | undefined;
  /**
   * Threads start with a plan of so many operations for one beside the caller's, of half of them for two and so on, and otherwise with
   * a second run. Default: with any plan.
   */
  readonly leastOperations?: number | undefined;
  /** Whether programs are kept for later processes, so that their code has to stay. */
  readonly keepsCode?: boolean | undefined;
}

/** What is told of a program beside its graph and plan. */
export interface ProgramFacts extends Pick<PlannedModel, 'types' | 'bodies'> {
  /** Makes plans of bodies once a run shows their sizes. Without it references compute these. */
  readonly planBody?: PlanBody | undefined;
}

const noFacts: ProgramFacts = { types: new Map(), bodies: new Map() };
const noConstants = {
  load(): never {
    throw new RangeError('a program that was kept has no constants of the host');
  },
};
const noGraph: Graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };

interface Planned extends ProgramFacts, Pick<PlannedModel, 'graph' | 'plan'> {}

/** Bytes for which another thread is worth its start. */
const leastTouched = 1 << 20;

/** Threads at most, whatever the machine has: beyond that, memory is the limit. */
const mostThreads = 64;

/** Ends the threads of executors that are dropped without disposal. */
const dropped = new FinalizationRegistry<Promise<Crew | undefined>>(async (crew) => (await crew)?.dismiss());

interface Loaded {
  readonly placed: PlacedConstants;
  readonly runBytes: number;
  readonly code: Uint8Array<ArrayBuffer> | undefined;
}

export class Executor {
  private readonly queue = new RunQueue();
  private readonly store = new ConstantStore();
  private readonly programs = new Map<Program, Loaded>();
  private readonly mainMaySleep = mainMaySleep();
  /** Undefined where one thread does all the work. */
  private crew: Promise<Crew | undefined> | undefined;
  private hasRun = false;
  private memory: EngineMemory | undefined;
  /** Bytes from the start of memory that may have been written to; all after them are zero. */
  private used = controlBytes;
  /** Memory is being written to by a thread of the host: zeros, where nothing else was written yet. */
  private touching: Promise<void> = Promise.resolve();
  private programCount = 0;
  private isDisposed = false;
  private disposal: Promise<void> | undefined;

  private constructor(
    private readonly options: ExecutorOptions,
    /** Threads that modules are emitted for. */
    private readonly emittedThreads: number,
    /** How many there are, and why they are fewer than asked for. */
    private readonly live: { threads: number; readonly reasons: string[] },
    host: ThreadHost | undefined,
    private readonly touchMemory: ((bytes: Uint8Array) => Promise<void>) | undefined,
  ) {
    this.memory = EngineMemory.create(emittedThreads > 1);
    if (emittedThreads === 1 || host === undefined) return;
    const { memory } = this.memory;
    const onFailure = (error: unknown) => {
      const reason = error instanceof Error ? error.message : error;
      live.reasons.push(`one thread: others cannot be started here (${reason})`);
      live.threads = 1;
    };
    const crewOf = ({ start, Crew }: Threads) =>
      new Crew({ threads: emittedThreads, memory, startThread: options.startThread ?? start, onFailure });
    // It may come while models are read and plans are made.
    this.crew = host.threads().then(crewOf, (error) => void onFailure(error));
    dropped.register(this, this.crew, this.crew);
  }

  /** @throws ModelError US2011 where there is not even memory to begin with */
  static async create(options: ExecutorOptions): Promise<Executor> {
    const host = options.threads === 1 ? undefined : await threadHost();
    const touchMemory = isNode() ? (await import('./node-files.js')).touchMemory : undefined;
    const { threads, reasons } = threadsFor(options, host);
    return new Executor(options, threads, { threads, reasons: [...reasons] }, host, touchMemory);
  }

  get tier(): Tier {
    return this.options.tier;
  }

  /** Threads that share a run, the caller's included: fewer than asked for once they could not be started. */
  get threads(): number {
    return this.live.threads;
  }

  /** Why there are fewer threads than asked for. */
  get reasons(): readonly string[] {
    return this.live.reasons;
  }

  /** Bytes of the WebAssembly memory. */
  get memoryBytes(): number {
    return this.memory?.bytes ?? 0;
  }

  /**
   * Links a plan for this memory, packs its constants, and instantiates its code.
   * @param graph the one that the plan was made of
   * @param signal ends it with US2008 while code is emitted; what is emitted is compiled, for the next run
   * @param about the graph's types, for descriptions of the steps, and the graphs of the plans inside the plan
   * @throws ModelError US2011 when memory runs out, or with the errors of the graph's constants
   */
  load(
    graph: Graph,
    plan: ExecutionPlan,
    file?: string,
    signal?: AbortSignal,
    about: ProgramFacts = noFacts,
  ): Promise<Program> {
    return this.queue.add(() => this.loadNow({ graph, plan, ...about }, file, signal), signal, file);
  }

  /** The programs of bodies first: their memory comes after that of the program around them. */
  private async loadNow(planned: Planned, file: string | undefined, signal: AbortSignal | undefined): Promise<Program> {
    const bodies = new Map<ExecutionPlan, Program>();
    try {
      for (const { plan } of planned.plan.steps.flatMap((step) => (step.kind === 'control' ? step.bodies : []))) {
        if (plan === undefined) continue;
        const body = planned.bodies.get(plan);
        if (body === undefined) throw new RangeError('a plan of a body without its graph');
        bodies.set(plan, await this.loadNow({ ...body, planBody: planned.planBody }, file, signal));
      }
      return await this.loadAfterBodies(planned, bodies, file, signal);
    } catch (error) {
      for (const program of bodies.values()) program.dispose();
      throw error;
    }
  }

  private async loadAfterBodies(
    { graph, plan, types, planBody }: Planned,
    bodies: ReadonlyMap<ExecutionPlan, Program>,
    file: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Program> {
    const bodyBytes = Math.max(0, ...[...bodies.values()].map(({ peakBytes }) => peakBytes));
    // The memory must not grow while a thread is just receiving it.
    await (await this.crew)?.team();
    const memory = this.usableMemory();
    let linked: LinkedProgram | undefined;
    try {
      const { linkSteps } = await import('../compile.js');
      const steps = linkSteps({ graph, plan }, this.linkTarget(memory, plan, bodyBytes, file));
      linked = await finishInTurns(steps, nextTurn, signal, file);
      const { placed, runBytes, constants } = linked;
      const module = await this.pack(linked, memory);
      const engine = await this.engineOf(module, memory, plan, file, planBody);
      const hostSide = needsHost(plan) ? await import('./host-side.js') : undefined;
      const program = new Program(
        engine,
        { graph, plan, types, planBody },
        constants,
        { own: runBytes, bodies: bodyBytes },
        bodies,
        file,
        hostSide,
      );
      const code = this.options.keepsCode === true ? linked.module : undefined;
      await this.add(program, module, { placed, runBytes: runBytes + bodyBytes, code });
      return program;
    } catch (error) {
      await this.touching;
      if (linked !== undefined) this.store.release(linked.placed);
      if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
      throw error;
    }
  }

  /**
   * Loads what a run of this executor needs only now.
   * @param live bytes of the run's memory that are in use; they may move with the constants that come before them
   */
  private async loadInRun(
    planned: Planned,
    live: number,
    file: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Program> {
    const { memory } = this.usableMemory();
    // Packing takes the memory of runs.
    const saved = new Uint8Array(memory.buffer, this.arenaStart, live).slice();
    let bytes = live;
    try {
      const program = await this.loadNow(planned, file, signal);
      bytes += program.peakBytes;
      return program;
    } finally {
      const target = this.usableMemory();
      target.ensure(this.arenaStart + bytes, [], file);
      new Uint8Array(target.memory.buffer, this.arenaStart, live).set(saved);
    }
  }

  /** What a program needs to run. */
  private async engineOf(
    module: WebAssembly.Module,
    memory: EngineMemory,
    plan: RunPlan,
    file: string | undefined,
    planBody: Planned['planBody'],
  ): Promise<Engine> {
    const crew = await this.crew;
    const isLarge = this.hasMuchWork(plan);
    const { exports } = await WebAssembly.instantiate(module, {
      host: { memory: memory.memory, alive: () => (crew?.running?.isAlive === false ? 0 : 1) },
    });
    return {
      number: ++this.programCount,
      memory,
      run: exports['run'] as Run,
      prepare: exports['prepare'] as Prepare,
      arena: () => this.arenaStart,
      ensure: (bytes) => memory.ensure(this.arenaStart + bytes, [], file),
      team: (isNeeded) => this.teamFor(isNeeded || isLarge),
      enqueue: (work, signal) => this.queue.add(work, signal, file),
      release: (program) => this.release(program),
      loadInRun: (body, live, stop) => this.loadInRun({ ...body, planBody }, live, file, stop),
    };
  }

  private async add(program: Program, module: WebAssembly.Module, loaded: Loaded): Promise<void> {
    await (await this.crew)?.load(program.engine.number, module);
    // The executor may have been disposed of meanwhile.
    this.usableMemory();
    this.programs.set(program, loaded);
  }

  /** What code depends on beside the plan. */
  get codeFacts(): Readonly<Record<string, string | number | boolean | undefined>> {
    const { tier, emittedThreads: threads, mainMaySleep, memory } = this;
    return { tier, threads, mainMaySleep, maximumPages: memory?.maximumPages };
  }

  /** A program for later processes; undefined for one that the host has a part in, or whose code has not stayed. */
  imageOf(program: Program): Pick<ProgramImage, 'plan' | 'runBytes' | 'module' | 'constants' | 'bytesOf'> | undefined {
    const loaded = this.programs.get(program);
    const { plan, peakBytes: runBytes } = program;
    if (loaded?.code === undefined || plan.steps.some(({ kind }) => kind !== 'kernel')) return undefined;
    // Their words name nodes.
    if (plan.faults.length > 0) return undefined;
    if ([...plan.inputs, ...plan.outputs].some(({ operand: { kind } }) => kind === 'host' || kind === 'weight'))
      return undefined;
    return {
      plan,
      runBytes,
      module: loaded.code,
      constants: loaded.placed.entries.map(({ key, address, bytes }) => ({ key, address, bytes })),
      bytesOf: ({ address, bytes }) => {
        if (!this.programs.has(program)) throw new Error('the program was released before it was written');
        return new Uint8Array(this.usableMemory().memory.buffer, address, bytes);
      },
    };
  }

  /**
   * A program that was kept.
   * @returns undefined where its constants lie where this memory has others
   * @throws DamagedEntry; ModelError US2011 when memory runs out
   */
  restore(kept: KeptProgram, file: string | undefined): Promise<Program | undefined> {
    return this.queue.add(() => this.restoreNow(kept, file), undefined, file);
  }

  private async restoreNow(kept: KeptProgram, file: string | undefined): Promise<Program | undefined> {
    const { plan, runBytes } = kept;
    await (await this.crew)?.team();
    const memory = this.usableMemory();
    const placed = this.store.placeAt(kept.constants);
    if (placed === undefined) return undefined;
    try {
      this.reserve(memory, runBytes, 0, file);
      this.startFor(plan);
      const compiling = WebAssembly.compile(kept.module);
      compiling.catch(() => {});
      this.touch(memory, this.arenaStart, memory.bytes);
      this.used = memory.bytes;
      for (const [i, entry] of placed.entries.entries()) {
        if (!placed.fresh.has(entry)) continue;
        await kept.fill(kept.constants[i]!, new Uint8Array(memory.memory.buffer, entry.address, entry.bytes));
      }
      const module = await compiling;
      await this.touching;
      const engine = await this.engineOf(module, memory, plan, file, undefined);
      const planned = { graph: noGraph, plan, types: noFacts.types };
      const bytes = { own: runBytes, bodies: 0 };
      const program = new Program(engine, planned, noConstants, bytes, new Map(), file, undefined);
      await this.add(program, module, { placed, runBytes, code: undefined });
      return program;
    } catch (error) {
      await this.touching;
      this.store.release(placed);
      throw error;
    }
  }

  private linkTarget(memory: EngineMemory, plan: RunPlan, bodyBytes: number, file: string | undefined): LinkTarget {
    return {
      tier: this.tier,
      threads: this.emittedThreads,
      mainMaySleep: this.mainMaySleep,
      maximumPages: memory.maximumPages,
      store: this.store,
      reserve: (runBytes, stagingBytes) => {
        this.reserve(memory, runBytes + bodyBytes, stagingBytes, file);
        this.startFor(plan);
        // While code is emitted.
        this.touch(memory, controlBytes, this.arenaStart);
      },
    };
  }

  /** Where the memory of runs begins. */
  private get arenaStart(): number {
    return this.store.end;
  }

  /** @param staging bytes of the memory of runs that packing takes */
  private reserve(memory: EngineMemory, runBytes: number, staging: number, file: string | undefined): void {
    const most = Math.max(runBytes, staging, ...[...this.programs.values()].map((loaded) => loaded.runBytes));
    const parts = [
      `${formatBytes(this.store.end)} for weights`,
      `${formatBytes(most)} for the tensors between the layers, of which no two that are needed together share a place`,
    ];
    memory.ensure(this.arenaStart + most, parts, file);
  }

  /** Has the host bring memory that nobody has written to. Nobody may write there before `touching` is over. */
  private touch({ memory }: EngineMemory, begin: number, end: number): void {
    const first = Math.max(begin, this.used);
    if (this.touchMemory === undefined || end - first < leastTouched) return;
    this.touching = this.touchMemory(new Uint8Array(memory.buffer, first, end - first));
  }

  /** Packs while the engine compiles the program's code, which it returns. */
  private async pack(
    { module, packing, plan, placed, constants }: LinkedProgram,
    engine: EngineMemory,
  ): Promise<WebAssembly.Module> {
    const { memory } = engine;
    const packer = WebAssembly.instantiate(packing.module, { host: { memory } });
    const compiling = WebAssembly.compile(module);
    // Both are awaited below. Where one fails first, the other's error would be nobody's, which ends a process.
    for (const promise of [packer, compiling]) promise.catch(() => {});
    const { instance } = await packer;
    await this.touching;
    const staging = this.arenaStart;
    this.touch(engine, staging + packing.stagingBytes, memory.buffer.byteLength);
    const { used } = this;
    // Packing that fails has written as well, and runs write all over what comes after the constants.
    this.used = memory.buffer.byteLength;
    packing.pack({ memory, instance, staging, used });
    this.store.share(placed, plan.constants, constants);
    await this.touching;
    return await compiling;
  }

  /** Whether other threads are worth their start in a first run. */
  private hasMuchWork({ steps }: RunPlan): boolean {
    let operations = 0;
    for (const step of steps) if (step.kind === 'kernel') operations += step.operations;
    return operations * (this.emittedThreads - 1) >= (this.options.leastOperations ?? 0);
  }

  /** @param isNeeded whether the run waits for threads that are not there yet */
  private async teamFor(isNeeded: boolean): Promise<Team | undefined> {
    const crew = await this.crew;
    if (isNeeded || this.hasRun) crew?.start();
    this.hasRun = true;
    return isNeeded ? await crew?.team() : await crew?.teamIfThere();
  }

  /** Starts the other threads where a plan is worth it. */
  private startFor(plan: RunPlan): void {
    if (this.hasMuchWork(plan)) void this.crew?.then((crew) => crew?.start());
  }

  private release(program: Program): void {
    const loaded = this.programs.get(program);
    if (loaded === undefined) return;
    this.programs.delete(program);
    void this.queue.add(async () => {
      this.store.release(loaded.placed);
      // With the executor its threads end.
      if (!this.isDisposed) await (await this.crew)?.unload(program.engine.number);
    });
  }

  private usableMemory(): EngineMemory {
    if (this.memory === undefined || this.isDisposed) throw new Error('the executor is disposed of');
    return this.memory;
  }

  /** Waits for the run in progress, refuses those that wait, ends the threads and lets go of the memory. */
  dispose(): Promise<void> {
    this.disposal ??= this.end();
    return this.disposal;
  }

  private async end(): Promise<void> {
    this.isDisposed = true;
    for (const program of [...this.programs.keys()]) program.dispose();
    await this.queue.idle();
    const { crew } = this;
    await (await crew)?.dismiss();
    if (crew !== undefined) dropped.unregister(crew);
    // A session that was released may be kept for long, and a browser has room for few memories.
    this.crew = undefined;
    this.memory = undefined;
  }
}

function threadsFor(
  { threads }: ExecutorOptions,
  host: ThreadHost | undefined,
): { readonly threads: number; readonly reasons: readonly string[] } {
  const wanted = threads ?? host?.parallelism ?? 1;
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new RangeError(`the number of threads is a whole number of at least 1, not ${wanted}`);
  }
  if (wanted === 1) return { threads: 1, reasons: [] };
  const alone = (reason: string) => ({ threads: 1, reasons: [`one thread: ${reason}`] });
  if (typeof SharedArrayBuffer !== 'function') {
    return alone('there is no shared memory; a page has to be cross-origin isolated to have it');
  }
  if (host === undefined) return alone('there are no workers here');
  if (wanted > mostThreads)
    return { threads: mostThreads, reasons: [`${mostThreads} threads are the most there can be`] };
  return { threads: wanted, reasons: [] };
}

/** The main thread of a browser must not sleep. */
function mainMaySleep(): boolean {
  try {
    // The word is not 1, so this returns at once; where waiting is forbidden it throws all the same.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
