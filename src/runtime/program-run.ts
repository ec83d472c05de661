/** One run of a program: threads go through the segments of kernels, the host computes what has none, on the same memory. */
import { ringStep, runStatus } from '../codegen/control.js';
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import { isHalfFloat, widenHalves } from '../ir/half-floats.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { TensorSequence } from '../ir/sequence.js';
import { elementCount, Tensor, type TensorData } from '../ir/tensor.js';
import type { PacedRun } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import type { BodyPlan, ControlStep, CountedStep, Fault, HostStep, Operand, RunPlan } from '../plan/execution-plan.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import type { BodyRuns } from './body-runs.js';
import { requireHost } from './host-part.js';
import type { Program } from './program.js';
import type { ReferenceMachine, Scope } from './reference-machine.js';
import { expectedSpeed, type RunState, sliceMilliseconds } from './run-state.js';
import type { Team } from './threads/team.js';

const expectedStepMilliseconds = 0.005;

const threadFailed = defineProblem('US2012', { reason: 'string' }, ({ reason }) => ({
  message: 'a thread of the engine failed in the run',
  actual: reason,
  hint: 'the next run starts new threads; where this happens again, set the number of threads to 1',
}));

export class ProgramRun {
  private readonly weights: ReadonlySet<Tensor>;
  /** What the host holds, by the plan's numbers. */
  private readonly host = new Map<number, Tensor>();

  /** @param base where its memory begins, in bytes after that of the outermost program */
  constructor(
    private readonly program: Program,
    private readonly state: RunState,
    private readonly base: number,
  ) {
    this.weights = new Set(program.weights.values());
  }

  private get machine(): ReferenceMachine {
    return this.state.machine;
  }

  /** An address in bytes; it moves where a run loads programs. */
  private get arena(): number {
    return this.program.engine.arena() + this.base;
  }

  /** The outermost program. What it returns is the caller's own unless `viewOutputs` is set. */
  *whole(feeds: readonly Tensor[]): PacedRun<Tensor[]> {
    const { plan, file } = this.program;
    for (const [i, { operand }] of plan.inputs.entries()) this.write(operand, feeds[i]!);
    yield* this.steps();
    throwIfStopped(this.state.options.signal, file);
    return plan.outputs.map(({ operand }) => this.output(operand, this.state.options.viewOutputs === true));
  }

  /**
   * A round of a body. What it returns may lie in its memory, until the next round.
   * @param feeds for the inputs of the graph itself
   * @param captured reads a value of the graph around it; undefined where an earlier round has done so
   * @param mayStay whether what it returns may lie in memory
   */
  *round(
    { inputs: sources, ...body }: BodyPlan,
    feeds: readonly Tensor[],
    captured: ((value: string) => Tensor) | undefined,
    mayStay: boolean,
  ): PacedRun<Tensor[]> {
    const { inputs, outputs } = this.program.plan;
    // That of the run has the host, also where the body is kernels alone.
    const { requireShape } = requireHost(this.state.program);
    for (const [i, source] of sources.entries()) {
      const tensor = source.kind === 'feed' ? feeds[source.feed]! : captured?.(source.value);
      if (tensor === undefined) continue;
      const { name, operand } = inputs[i]!;
      if (operand.kind === 'arena') requireShape(name, operand.dims, tensor);
      this.write(operand, tensor);
    }
    yield* this.steps();
    const stays = mayStay ? lastingOutputs(this.program.plan, body) : undefined;
    const made = outputs.map(({ operand }, i) => this.output(operand, stays?.[i] ?? false));
    const lasting = new Set(
      sources.map(({ kind }, i) => (kind === 'captured' && body.repeats ? hostIndex(inputs[i]!.operand) : undefined)),
    );
    for (const index of this.host.keys()) if (!lasting.has(index)) this.forget(index);
    return made;
  }

  private *steps(): PacedRun<void> {
    const { state, program } = this;
    for (const fault of program.plan.faults) this.faultWords(fault).fill(0);
    for (const segment of program.segments) {
      if (segment.kind === 'kernels') {
        yield* this.kernels(segment.begin, segment.end);
        this.lookAfterFaults();
      } else {
        const { step, index } = segment;
        const started = performance.now();
        const usesReferences = yield* this.hostStep(step);
        const ended = performance.now();
        if (usesReferences) state.hostMilliseconds += ended - started;
        state.options.onStep?.(program.firstStep + index, started, ended);
        yield 'step';
      }
    }
  }

  // What kernels have found wrong

  private faultWords({ offset }: Fault): Int32Array {
    return new Int32Array(this.program.engine.memory.memory.buffer, this.arena + offset * 4, 3);
  }

  private lookAfterFaults(): void {
    const { plan, nodes, hostSide } = this.program;
    for (const fault of plan.faults) {
      const words = this.faultWords(fault);
      if (words[0] !== 0 && hostSide !== undefined)
        this.machine.blame(nodes.get(fault.node)!, () => hostSide.failOf(fault, words));
    }
  }

  // Kernels

  private *kernels(begin: number, end: number): PacedRun<void> {
    const { program, state } = this;
    const { signal, onStep } = state.options;
    if (signal === undefined && onStep === undefined) {
      yield* this.dispatch(begin, end);
      yield* this.lookAtDistance();
      return;
    }
    for (let next = begin; next < end; ) {
      const until = onStep === undefined ? this.sliceEnd(next, end) : next + 1;
      const started = performance.now();
      const ownEnd = yield* this.dispatch(next, until);
      const ended = performance.now();
      const step = program.firstStep + next;
      if (ownEnd !== undefined) state.timed.push({ step, start: started, end: ended });
      onStep?.(step, started, ended, ownEnd);
      this.learn(next, until, ended - started);
      next = until;
      yield 'step';
    }
    yield* this.lookAtDistance();
  }

  /** Threads are awake now: how far they are from one another decides what they share from now on. */
  private *lookAtDistance(): PacedRun<void> {
    const { engine, hasNearSteps } = this.program;
    const { team } = this.state;
    if (team === undefined || !hasNearSteps) return;
    const status = team.lookAtDistance(engine.number, () => engine.run(0, team.size, ringStep, ringStep, this.arena));
    if (status !== runStatus.complete) yield this.fail(team, status);
  }

  private operations(step: number): number {
    const item = this.program.plan.steps[step]!;
    return item.kind === 'kernel' ? item.operations : 0;
  }

  private sliceEnd(begin: number, end: number): number {
    let milliseconds = 0;
    for (let step = begin; step < end; step++) {
      milliseconds += Math.max(expectedStepMilliseconds, this.operations(step) / this.state.speed);
      if (milliseconds > sliceMilliseconds) return Math.max(step, begin + 1);
    }
    return end;
  }

  private learn(begin: number, end: number, milliseconds: number): void {
    let operations = 0;
    for (let step = begin; step < end; step++) operations += this.operations(step);
    if (operations > expectedSpeed && milliseconds > 0) this.state.speed = operations / milliseconds;
  }

  /** @returns when this thread had done its part of a timed step; undefined where the threads note no times */
  private *dispatch(begin: number, end: number): PacedRun<number | undefined> {
    const { engine, plan } = this.program;
    const { team, options } = this.state;
    const hasShared = isSharedRange(plan, begin, end, false);
    // One thread counts in shared steps as well, where the code is for several.
    if (hasShared) engine.prepare(this.arena);
    if (team === undefined || !hasShared || (team.areApart && !isSharedRange(plan, begin, end, true))) {
      engine.run(0, 1, begin, end, this.arena);
      return undefined;
    }
    const isTimed = options.onParts !== undefined && end === begin + 1;
    team.dispatch(engine.number, begin, end, this.arena, isTimed);
    let status: number;
    let ownEnd: number | undefined;
    try {
      if (isTimed) {
        // This thread does its part alone, so that it can be timed, and then meets the others in a range of no steps.
        engine.run(0, 1, begin, end, this.arena);
        ownEnd = performance.now();
      }
      status = engine.run(0, team.size, isTimed ? end : begin, end, this.arena);
    } catch (error) {
      // The others wait for this thread.
      yield team.dismiss();
      throw error;
    }
    if (status !== runStatus.complete) yield this.fail(team, status);
    return ownEnd;
  }

  private async fail(team: Team, status: number): Promise<never> {
    const reason = status === runStatus.stalled ? 'the threads do not answer' : await team.explain();
    await team.dismiss();
    throw new ModelError([diagnostic(threadFailed({ reason }), { file: this.program.file })]);
  }

  // Steps of the host

  /** @returns whether references have computed something */
  private *hostStep(step: HostStep): PacedRun<boolean> {
    if (step.kind === 'counted') {
      this.takeCounted(step);
      return false;
    }
    const { nodes } = this.program;
    const node = nodes.get(step.nodes[0]!)!;
    const { memory } = this.machine;
    const bodies = step.kind === 'control' ? this.bodyRuns(node, step) : undefined;
    let inputs: readonly (Tensor | undefined)[] = [];
    const outputs = yield* this.machine.compute(
      node,
      () => {
        inputs = step.inputs.map((operand) => {
          const tensor = this.read(operand);
          // Views are void once a program is loaded.
          return tensor !== undefined && bodies?.mayLoad === true ? this.kept(tensor) : tensor;
        });
        for (const tensor of inputs) if (this.isTransient(tensor)) memory.hold(tensor);
        return inputs;
      },
      this.scope(step),
      (i) => {
        const operand = step.outputs[i];
        return operand?.kind === 'arena' ? operand.dims : undefined;
      },
      bodies && ((graph, feeds) => bodies.round(graph, feeds)),
    );
    for (const tensor of outputs) if (this.isTransient(tensor)) memory.hold(tensor);
    for (const [i, operand] of step.outputs.entries()) {
      const output = outputs[i];
      if (output === undefined) continue;
      // The arena is used again; what the host keeps must not lie there.
      this.write(operand, operand.kind === 'host' ? this.kept(output) : output);
    }
    for (const tensor of [...inputs, ...outputs]) if (this.isTransient(tensor)) memory.release(tensor);
    for (const index of step.releases) this.forget(index);
    bodies?.end();
    return bodies?.usesReferences ?? true;
  }

  /** The first elements of the room, as many as there are. */
  private takeCounted({ inputs, outputs, dims, releases }: CountedStep): void {
    const [room, count] = inputs;
    if (room?.kind !== 'arena' || count?.kind !== 'arena') throw new RangeError('a room that is not in the arena');
    const shape = dims.map((size) => size ?? (this.view(count).data[0] as number));
    const { type, data } = this.view(room);
    const elements = (data as Float32Array).slice(0, elementCount(shape));
    const isOwn = type === room.type;
    this.write(outputs[0]!, isOwn ? new Tensor(type, shape, elements) : tensorFromNumbers(room.type, shape, elements));
    for (const index of releases) this.forget(index);
  }

  private bodyRuns(node: Node, step: ControlStep): BodyRuns {
    const operands = new Map(step.captures.map(({ value, operand }) => [value, operand]));
    const base = this.base + this.program.ownBytes;
    const { BodyRuns } = requireHost(this.program);
    return new BodyRuns(node, step, this.program, this.state, {
      read: (value) => this.captured(operands.get(value)),
      run: (program) => new ProgramRun(program, this.state, base),
      base,
    });
  }

  private forget(index: number): void {
    this.machine.memory.release(this.host.get(index));
    this.host.delete(index);
  }

  private captured(operand: Operand | undefined): Tensor {
    const tensor = operand && this.read(operand);
    if (tensor === undefined) throw new RangeError('a value that a body reads, and nothing has made');
    return tensor;
  }

  /** What the last round has left with the host. */
  forgetAll(): void {
    for (const index of this.host.keys()) this.forget(index);
  }

  /** The tensor, with memory of its own where its elements are in the arena. */
  private kept(tensor: Tensor): Tensor {
    if (tensor instanceof TensorSequence) return tensor.map((item) => this.kept(item));
    return this.program.engine.memory.holds(tensor) ? tensor.copy() : tensor;
  }

  /** Whether a tensor has memory of the host's that counts. */
  private isTransient(tensor: Tensor | undefined): tensor is Tensor {
    return tensor !== undefined && !this.program.engine.memory.holds(tensor) && !this.weights.has(tensor);
  }

  /** What subgraphs of the node read from around them. */
  private scope({ captures }: HostStep): Scope {
    const operands = new Map(captures.map(({ value, operand }) => [value, operand]));
    const { OuterScope } = requireHost(this.program);
    return new OuterScope((name) => {
      const operand = operands.get(name);
      return operand && this.read(operand);
    });
  }

  // Operands

  private addressOf(operand: Extract<Operand, { readonly kind: 'arena' }>): number {
    return this.arena + operand.offset * 4;
  }

  /** What is in the arena: numbers in float32, whatever the type of the value, or the words of its integers. */
  private view(operand: Extract<Operand, { readonly kind: 'arena' }>): Tensor {
    const type = operand.cells === 'float32' ? 'float32' : operand.type;
    return this.program.engine.memory.tensor(type, operand.dims, this.addressOf(operand));
  }

  private read(operand: Operand): Tensor | undefined {
    switch (operand.kind) {
      case 'arena': {
        const view = this.view(operand);
        return operand.type === view.type ? view : tensorFromNumbers(operand.type, view.dims, numbersOf(view));
      }
      case 'host':
        return this.host.get(operand.index);
      case 'weight':
        return this.program.weights.get(operand.value);
      case 'absent':
        return undefined;
    }
  }

  private write(operand: Operand, tensor: Tensor): void {
    if (operand.kind === 'host') {
      this.host.set(operand.index, tensor);
      this.machine.memory.hold(tensor);
    } else if (operand.kind === 'arena') {
      const { data } = this.view(operand);
      if (isSamePlace(data, tensor.data)) return;
      if (data.length !== tensor.data.length) {
        throw new RangeError(`a tensor of ${tensor.data.length} elements where the plan has ${data.length}`);
      }
      if (operand.cells !== 'float32') (data as BigInt64Array).set(tensor.data as BigInt64Array);
      else if (isHalfFloat(tensor.type)) widenHalves(tensor.type, tensor.data as Uint16Array, data as Float32Array);
      else (data as Float32Array).set(numbersOf(tensor));
    }
  }

  /** @param mayBeView whether it may lie in the engine's memory */
  private output(operand: Operand, mayBeView: boolean): Tensor {
    const tensor = this.read(operand);
    if (tensor === undefined) throw new RangeError('an output that nothing has made');
    // It may be a feed, a weight, or returned twice; numbers in another type than the arena's are the caller's own.
    const isOwn = operand.kind === 'arena' && operand.cells === 'float32' && operand.type !== 'float32';
    return isOwn || mayBeView ? tensor : tensor.copy();
  }
}

/** @param areApart whether the threads' cores are */
function isSharedRange({ steps }: RunPlan, begin: number, end: number, areApart: boolean): boolean {
  for (let i = begin; i < end; i++) {
    const step = steps[i]!;
    if (step.kind === 'kernel' && step.parallel && !(areApart && step.isNear === true)) return true;
  }
  return false;
}

function isSamePlace(a: TensorData, b: TensorData): boolean {
  return 'buffer' in a && 'buffer' in b && a.buffer === b.buffer && a.byteOffset === b.byteOffset;
}

const lasting = new WeakMap<RunPlan, readonly boolean[]>();

/**
 * Outputs of a body that may be left where they are until they are read. What a loop collects may not, as the next round
 * overwrites it; nor a state that lies where the next round's inputs are written before it is read.
 */
function lastingOutputs(plan: RunPlan, { repeats, states }: Pick<BodyPlan, 'repeats' | 'states'>): readonly boolean[] {
  const known = lasting.get(plan);
  if (known !== undefined) return known;
  const { inputs, outputs } = plan;
  const isOverwritten = (output: Operand, own: number) =>
    inputs.some(({ operand }, i) => i !== own && isOverlap(operand, output));
  const result = outputs.map(({ operand }, i) => {
    const state = states.find(({ output }) => output === i);
    return !repeats || (state !== undefined && !isOverwritten(operand, state.input));
  });
  lasting.set(plan, result);
  return result;
}

function hostIndex(operand: Operand): number | undefined {
  return operand.kind === 'host' ? operand.index : undefined;
}

function isOverlap(a: Operand, b: Operand): boolean {
  if (a.kind !== 'arena' || b.kind !== 'arena') return false;
  const end = ({ offset, dims, cells }: typeof a) => offset + elementCount(dims) * wordsOf(cells);
  return a.offset < end(b) && b.offset < end(a);
}
