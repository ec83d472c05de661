/** One run of a program: threads go through the segments of kernels, the host computes what has none, on the same memory. */
import { runStatus } from '../codegen/control.js';
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import { capturedValues, type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import { isHalfFloat, widenHalves } from '../ir/half-floats.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { TensorSequence } from '../ir/sequence.js';
import { elementCount, type Tensor, type TensorData } from '../ir/tensor.js';
import type { PacedRun } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import type { BodyPlan, ControlStep, ExecutionPlan, Fault, HostStep, Operand } from '../plan/execution-plan.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import { failOf } from './faults.js';
import type { Program } from './program.js';
import { type ReferenceMachine, type RunBody, requireShape, Scope } from './reference-machine.js';
import { expectedSpeed, type RunState, sliceMilliseconds } from './run-state.js';
import type { Team } from './threads/team.js';

const expectedStepMilliseconds = 0.005;

/** The graph around subgraphs has nothing itself: the plan says what they read, constants included. */
const nothing: Graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };

const threadFailed = defineProblem('US2012', { reason: 'string' }, ({ reason }) => ({
  message: 'a thread of the engine failed in the run',
  actual: reason,
  hint: 'the next run starts new threads; where this happens again, set the number of threads to 1',
}));

export class ProgramRun {
  private readonly machine: ReferenceMachine;
  private readonly arena: number;
  private readonly weights: ReadonlySet<Tensor>;
  /** What the host holds, by the plan's numbers. */
  private readonly host = new Map<number, Tensor>();

  /** @param base where its memory begins, in bytes after that of the outermost program */
  constructor(
    private readonly program: Program,
    private readonly state: RunState,
    private readonly base: number,
  ) {
    this.machine = state.machine;
    this.arena = program.engine.arena() + base;
    this.weights = new Set(program.weights.values());
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
   * @param captured what it reads of the graph around it, in the first round
   */
  *round(feeds: readonly Tensor[], captured: readonly Tensor[] | undefined, body: BodyPlan): PacedRun<Tensor[]> {
    const { inputs, outputs } = this.program.plan;
    for (const [i, tensor] of [...feeds, ...(captured ?? [])].entries()) {
      const { name, operand } = inputs[i]!;
      if (operand.kind === 'arena') requireShape(name, operand.dims, tensor);
      this.write(operand, tensor);
    }
    yield* this.steps();
    const stays = lastingOutputs(body);
    const made = outputs.map(({ operand }, i) => this.output(operand, stays[i]!));
    const captures = new Set(inputs.slice(feeds.length).map(({ operand }) => hostIndex(operand)));
    for (const index of this.host.keys()) if (!body.repeats || !captures.has(index)) this.forget(index);
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
        yield* this.hostStep(step);
        const ended = performance.now();
        if (step.kind === 'reference') state.hostMilliseconds += ended - started;
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
    const { plan, nodes } = this.program;
    for (const fault of plan.faults) {
      const words = this.faultWords(fault);
      if (words[0] !== 0) this.machine.blame(nodes.get(fault.node)!, () => failOf(fault, words));
    }
  }

  // Kernels

  private *kernels(begin: number, end: number): PacedRun<void> {
    const { program, state } = this;
    const { signal, onStep } = state.options;
    if (signal === undefined && onStep === undefined) {
      yield* this.dispatch(begin, end);
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
    const isShared = team !== undefined && isSharedRange(plan, begin, end);
    if (isShared) engine.prepare(this.arena);
    if (!isShared) {
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

  private *hostStep(step: HostStep): PacedRun<void> {
    const { nodes } = this.program;
    const node = nodes.get(step.nodes[0]!)!;
    const { memory } = this.machine;
    const bodies = step.kind === 'control' ? this.bodyRunner(node, step) : undefined;
    let inputs: readonly (Tensor | undefined)[] = [];
    const outputs = yield* this.machine.compute(
      node,
      () => {
        inputs = step.inputs.map((operand) => this.read(operand));
        for (const tensor of inputs) if (this.isTransient(tensor)) memory.hold(tensor);
        return inputs;
      },
      this.scope(node, step),
      (i) => {
        const operand = step.outputs[i];
        return operand?.kind === 'arena' ? operand.dims : undefined;
      },
      bodies?.run,
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
  }

  private forget(index: number): void {
    this.machine.memory.release(this.host.get(index));
    this.host.delete(index);
  }

  /** Runs the graphs of a node that are compiled, on memory after that of this program. */
  private bodyRunner(node: Node, { bodies, captures }: ControlStep): { run: RunBody; end(): void } {
    const operands = new Map(captures.map(({ value, operand }) => [value, operand]));
    const rounds = new Map<Graph, (feeds: readonly Tensor[]) => PacedRun<Tensor[]>>();
    const begun: ProgramRun[] = [];
    for (const { attribute, graph } of subgraphsOf(node)) {
      const body = bodies.find((item) => item.attribute === attribute);
      const program = body && this.program.bodies.get(body.plan);
      if (body === undefined || program === undefined) continue;
      const captured = body.captures.map((name) => operands.get(name));
      let run: ProgramRun | undefined;
      rounds.set(graph, (feeds) => {
        if (run !== undefined) return run.round(feeds, undefined, body);
        run = new ProgramRun(program, this.state, this.base + this.program.ownBytes);
        begun.push(run);
        return run.round(
          feeds,
          captured.map((operand) => this.captured(operand)),
          body,
        );
      });
    }
    return {
      run: (graph, feeds) => rounds.get(graph)?.(feeds),
      end: () => {
        for (const run of begun) run.forgetAll();
      },
    };
  }

  private captured(operand: Operand | undefined): Tensor {
    const tensor = operand && this.read(operand);
    if (tensor === undefined) throw new RangeError('a value that a body reads, and nothing has made');
    return tensor;
  }

  /** What the last round has left with the host. */
  private forgetAll(): void {
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
  private scope(node: Node, { captures }: HostStep): Scope {
    const scope = new Scope(nothing, undefined, (constant) => constant.load());
    if (captures.length === 0) return scope;
    const operands = new Map(captures.map(({ value, operand }) => [value, operand]));
    for (const { graph } of subgraphsOf(node)) {
      for (const value of capturedValues(graph)) {
        const operand = operands.get(value.name);
        const tensor = operand && this.read(operand);
        if (tensor !== undefined) scope.set(value, tensor);
      }
    }
    return scope;
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

function isSharedRange({ steps }: ExecutionPlan, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) {
    const step = steps[i]!;
    if (step.kind === 'kernel' && step.parallel) return true;
  }
  return false;
}

function isSamePlace(a: TensorData, b: TensorData): boolean {
  return 'buffer' in a && 'buffer' in b && a.buffer === b.buffer && a.byteOffset === b.byteOffset;
}

const lasting = new WeakMap<BodyPlan, readonly boolean[]>();

/**
 * Outputs of a body that may be left where they are until they are read. What a loop collects may not, as the next round
 * overwrites it; nor a state that lies where the next round's inputs are written before it is read.
 */
function lastingOutputs(body: BodyPlan): readonly boolean[] {
  const known = lasting.get(body);
  if (known !== undefined) return known;
  const { inputs, outputs } = body.plan;
  const isOverwritten = (output: Operand, own: number) =>
    inputs.some(({ operand }, i) => i !== own && isOverlap(operand, output));
  const result = outputs.map(({ operand }, i) => {
    const state = body.states.find(({ output }) => output === i);
    return !body.repeats || (state !== undefined && !isOverwritten(operand, state.input));
  });
  lasting.set(body, result);
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
