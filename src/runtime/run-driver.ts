/** Runs a program to its end: gives others on the thread their turns, heeds the signal, and tells what the run took. */
import type { Tensor } from '../ir/tensor.js';
import { throwIfStopped } from '../limits/stop.js';
import { nextTurn } from './host.js';
import type { Program, ProgramRunOptions } from './program.js';
import { ProgramRun } from './program-run.js';
import { RunState, sliceMilliseconds } from './run-state.js';
import { partsOf } from './step-times.js';
import type { Team } from './threads/team.js';

export class RunDriver {
  private readonly state: RunState;
  private rested = performance.now();

  constructor(
    private readonly program: Program,
    team: Team | undefined,
    private readonly options: ProgramRunOptions,
  ) {
    this.state = new RunState(program, team, options);
  }

  async run(feeds: readonly Tensor[]): Promise<Tensor[]> {
    const { program, state, options } = this;
    try {
      const run = new ProgramRun(program, state, 0);
      return await this.drive(run.whole(feeds));
    } finally {
      options.onHost?.({ milliseconds: state.hostMilliseconds, peakBytes: state.hostBytes });
      await this.tellParts();
    }
  }

  private async drive(steps: ReturnType<ProgramRun['whole']>): Promise<Tensor[]> {
    const { signal } = this.options;
    for (;;) {
      throwIfStopped(signal, this.program.file);
      const next = steps.next();
      if (next.done) return next.value;
      if (next.value instanceof Promise) await next.value;
      if (signal === undefined || performance.now() - this.rested < sliceMilliseconds) continue;
      await nextTurn();
      this.rested = performance.now();
    }
  }

  private async tellParts(): Promise<void> {
    const { team, timed } = this.state;
    const { onParts } = this.options;
    if (onParts === undefined || team === undefined || timed.length === 0) return;
    // A team that fails here is replaced before the next run.
    const times = await team.times().catch(() => []);
    onParts(times.flatMap((noted, i) => partsOf(i + 1, timed, noted)));
  }
}
