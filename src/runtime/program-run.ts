/** One run of a program: threads go through the segments of kernels, the host computes what has none, on the same memory. */
import { runStatus } from '../codegen/control.js';
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import { capturedValues, type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import { isHalfFloat, widenHalves } from '../ir/half-floats.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { TensorSequence } from '../ir/sequence.js';
import type { Tensor } from '../ir/tensor.js';
import { throwIfStopped } from '../limits/stop.js';
import type { Operand, ReferenceStep } from '../plan/execution-plan.js';
import { nextTurn } from './host.js';
import type { Program, ProgramRunOptions } from './program.js';
import { ReferenceMachine, Scope } from './reference-machine.js';
import { partsOf, type StepInterval } from './step-times.js';
import type { Team } from './threads/team.js';

/** About how many milliseconds a slice takes of a run that can be stopped. */
const sliceMilliseconds = 20;
/** Operations a millisecond, assumed until a slice is measured: less than any machine of today does. */
const expectedSpeed = 4e6;
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
  private speed = expectedSpeed;
  private rested = performance.now();
  /** The steps in which workers have noted their times. */
  private readonly timed: StepInterval[] = [];
  private hostMilliseconds = 0;

  constructor(
    private readonly program: Program,
    private readonly team: Team | undefined,
    private readonly options: ProgramRunOptions,
  ) {
    const { seed = 0, maxSubgraphRuns, memoryLimit } = options;
    this.machine = new ReferenceMachine({
      seed,
      file: program.file,
      memoryLimit,
      takenBytes: program.peakBytes,
      ...(maxSubgraphRuns === undefined ? {} : { maxSubgraphRuns }),
    });
    this.arena = program.engine.arena();
    this.weights = new Set(program.weights.values());
  }

  async run(feeds: readonly Tensor[]): Promise<Tensor[]> {
    try {
      return await this.steps(feeds);
    } finally {
      this.options.onHost?.({ milliseconds: this.hostMilliseconds, peakBytes: this.machine.memory.peakBytes });
      await this.tellParts();
    }
  }

  private async steps(feeds: readonly Tensor[]): Promise<Tensor[]> {
    const { plan, segments, file } = this.program;
    for (const [i, { operand }] of plan.inputs.entries()) this.write(operand, feeds[i]!);
    for (const segment of segments) {
      if (segment.kind === 'kernels') await this.kernels(segment.begin, segment.end);
      else {
        throwIfStopped(this.options.signal, file);
        const started = performance.now();
        await this.reference(segment.step);
        const ended = performance.now();
        this.hostMilliseconds += ended - started;
        this.options.onStep?.(segment.index, started, ended);
        await this.rest();
      }
    }
    throwIfStopped(this.options.signal, file);
    return plan.outputs.map(({ operand }) => this.output(operand));
  }

  // Kernels

  private async kernels(begin: number, end: number): Promise<void> {
    const { signal, onStep } = this.options;
    if (signal === undefined && onStep === undefined) {
      await this.dispatch(begin, end);
      return;
    }
    for (let next = begin; next < end; ) {
      throwIfStopped(signal, this.program.file);
      const until = onStep === undefined ? this.sliceEnd(next, end) : next + 1;
      const started = performance.now();
      const ownEnd = await this.dispatch(next, until);
      const ended = performance.now();
      if (ownEnd !== undefined) this.timed.push({ step: next, start: started, end: ended });
      onStep?.(next, started, ended, ownEnd);
      this.learn(next, until, ended - started);
      next = until;
      await this.rest();
    }
  }

  /** Gives others on this thread, who may abort the signal, a turn when a slice is over. */
  private async rest(): Promise<void> {
    if (this.options.signal === undefined || performance.now() - this.rested < sliceMilliseconds) return;
    await nextTurn();
    this.rested = performance.now();
  }

  private operations(step: number): number {
    const item = this.program.plan.steps[step]!;
    return item.kind === 'kernel' ? item.operations : 0;
  }

  private sliceEnd(begin: number, end: number): number {
    let milliseconds = 0;
    for (let step = begin; step < end; step++) {
      milliseconds += Math.max(expectedStepMilliseconds, this.operations(step) / this.speed);
      if (milliseconds > sliceMilliseconds) return Math.max(step, begin + 1);
    }
    return end;
  }

  private learn(begin: number, end: number, milliseconds: number): void {
    let operations = 0;
    for (let step = begin; step < end; step++) operations += this.operations(step);
    if (operations > expectedSpeed && milliseconds > 0) this.speed = operations / milliseconds;
  }

  /** @returns when this thread had done its part of a timed step; undefined where the threads note no times */
  private async dispatch(begin: number, end: number): Promise<number | undefined> {
    const { engine, plan, file } = this.program;
    const isShared = plan.steps.slice(begin, end).some((step) => step.kind === 'kernel' && step.parallel);
    if (isShared) engine.prepare(this.arena);
    if (!isShared || this.team === undefined) {
      engine.run(0, 1, begin, end, this.arena);
      return undefined;
    }
    const { team } = this;
    const isTimed = this.options.onParts !== undefined && end === begin + 1;
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
      await team.dismiss();
      throw error;
    }
    if (status === runStatus.complete) return ownEnd;
    const reason = status === runStatus.stalled ? 'the threads do not answer' : await team.explain();
    await team.dismiss();
    const problem = threadFailed({ reason });
    throw new ModelError([diagnostic(problem, { file })]);
  }

  private async tellParts(): Promise<void> {
    const { team, timed } = this;
    const { onParts } = this.options;
    if (onParts === undefined || team === undefined || timed.length === 0) return;
    // A team that fails here is replaced before the next run.
    const times = await team.times().catch(() => []);
    onParts(times.flatMap((noted, i) => partsOf(i + 1, timed, noted)));
  }

  // References

  private async inTurns<T>(steps: Generator<unknown, T>): Promise<T> {
    for (;;) {
      const next = steps.next();
      if (next.done) return next.value;
      throwIfStopped(this.options.signal, this.program.file);
      await this.rest();
    }
  }

  private async reference(step: ReferenceStep): Promise<void> {
    const { nodes } = this.program;
    const node = nodes.get(step.nodes[0]!)!;
    const { memory } = this.machine;
    let inputs: readonly (Tensor | undefined)[] = [];
    const steps = this.machine.compute(
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
    );
    const outputs = await this.inTurns(steps);
    for (const tensor of outputs) if (this.isTransient(tensor)) memory.hold(tensor);
    for (const [i, operand] of step.outputs.entries()) {
      const output = outputs[i];
      if (output === undefined) continue;
      // The arena is used again; what the host keeps must not lie there.
      this.write(operand, operand.kind === 'host' ? this.kept(output) : output);
    }
    for (const tensor of [...inputs, ...outputs]) if (this.isTransient(tensor)) memory.release(tensor);
    for (const index of step.releases) {
      memory.release(this.host.get(index));
      this.host.delete(index);
    }
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
  private scope(node: Node, { captures }: ReferenceStep): Scope {
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

  /** What is in the arena: numbers in float32, whatever the type of the value. */
  private view(operand: Extract<Operand, { readonly kind: 'arena' }>): Tensor {
    return this.program.engine.memory.tensor('float32', operand.dims, this.addressOf(operand));
  }

  private read(operand: Operand): Tensor | undefined {
    switch (operand.kind) {
      case 'arena': {
        const view = this.view(operand);
        return operand.type === 'float32' ? view : tensorFromNumbers(operand.type, view.dims, numbersOf(view));
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
      if (data.length !== tensor.data.length) {
        throw new RangeError(`a tensor of ${tensor.data.length} elements where the plan has ${data.length}`);
      }
      if (isHalfFloat(tensor.type)) widenHalves(tensor.type, tensor.data as Uint16Array, data as Float32Array);
      else (data as Float32Array).set(numbersOf(tensor));
    }
  }

  private output(operand: Operand): Tensor {
    const tensor = this.read(operand);
    if (tensor === undefined) throw new RangeError('an output that nothing has made');
    // It may be a feed, a weight, or returned twice; numbers in another type than the arena's are the caller's own.
    const isOwn = operand.kind === 'arena' && operand.type !== 'float32';
    return isOwn || this.options.viewOutputs === true ? tensor : tensor.copy();
  }
}
