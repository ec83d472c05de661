/** The bodies of one node in one step of a run: which program a round takes, and what stays from round to round. */
import { type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import type { PacedRun } from '../limits/steps.js';
import type { BodyPlan, ControlStep } from '../plan/execution-plan.js';
import type { LateBody, LateProgram } from './late-body.js';
import type { Program } from './program.js';
import type { ProgramRun } from './program-run.js';
import type { RunState } from './run-state.js';

/** What the program around the bodies has for them. */
export interface Surroundings {
  /** A value by its name; a view of memory is void once a program is loaded. */
  read(value: string): Tensor;
  /** A run of a program on the memory after that of this one. */
  run(program: Program): ProgramRun;
  /** Where that memory begins, in bytes after that of the outermost program. */
  readonly base: number;
}

export class BodyRuns {
  /** Whether programs may be loaded in the step, by these bodies or by those inside them. */
  readonly mayLoad: boolean;
  usesReferences = false;
  private readonly bodies = new Map<Graph, BodyPlan>();
  /** The run that the memory is that of: a round that takes another program begins anew. */
  private current: ProgramRun | undefined;
  private currentProgram: Program | undefined;
  private taken = 0;

  constructor(
    node: Node,
    { bodies }: ControlStep,
    private readonly program: Program,
    private readonly state: RunState,
    private readonly around: Surroundings,
  ) {
    for (const { attribute, graph } of subgraphsOf(node)) {
      const body = bodies.find((item) => item.attribute === attribute);
      if (body !== undefined) this.bodies.set(graph, body);
    }
    this.mayLoad = bodies.some(({ plan }) => plan === undefined || program.bodies.get(plan)?.isOpen === true);
  }

  /** A round of one of the graphs; undefined where its reference is to run it. */
  *round(graph: Graph, feeds: readonly Tensor[]): PacedRun<readonly Tensor[] | undefined> {
    const body = this.bodies.get(graph);
    const early = body?.plan && this.program.bodies.get(body.plan);
    if (body !== undefined && early !== undefined) return yield* this.roundOf({ program: early, body }, feeds, true);
    const open = body && this.program.late.get(body);
    const late = open && (yield* this.late(open, feeds));
    if (late !== undefined) return yield* this.roundOf(late, feeds, false);
    this.usesReferences = true;
    this.current = undefined;
    this.currentProgram = undefined;
    return undefined;
  }

  private *roundOf({ program, body }: LateProgram, feeds: readonly Tensor[], mayStay: boolean): PacedRun<Tensor[]> {
    if (this.current !== undefined && this.currentProgram === program)
      return yield* this.current.round(body, feeds, undefined, mayStay);
    this.current?.forgetAll();
    this.currentProgram = program;
    this.current = this.around.run(program);
    return yield* this.current.round(body, feeds, this.around.read, mayStay);
  }

  private *late(open: LateBody, feeds: readonly Tensor[]): PacedRun<LateProgram | undefined> {
    const { state, program, around } = this;
    const { signal, onStep } = state.options;
    const captured = open.captured(around.read);
    const found = open.find(
      feeds,
      captured,
      (planned) => {
        // It counts before memory is taken.
        this.take(planned.plan.arena * 4);
        return program.engine.loadInRun(planned, around.base, signal);
      },
      signal,
    );
    let late: LateProgram | undefined;
    if (found instanceof Promise)
      yield found.then((made) => {
        late = made;
      });
    else late = found;
    if (late === undefined) return undefined;
    this.take(late.program.peakBytes);
    program.engine.ensure(around.base + late.program.peakBytes);
    if (onStep !== undefined) state.program.adopt(late.program);
    return late;
  }

  /** Counts the memory of the body that takes most. */
  private take(bytes: number): void {
    const more = bytes - this.taken;
    if (more <= 0) return;
    this.state.machine.memory.take(more);
    this.taken = bytes;
  }

  end(): void {
    this.current?.forgetAll();
    this.state.machine.memory.giveBack(this.taken);
  }
}
