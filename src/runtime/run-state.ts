/** What one run has once, for the program and for those of the bodies inside it. */

import type { Program, ProgramRunOptions } from './program.js';
import type { ReferenceMachine } from './reference-machine.js';
import type { StepInterval } from './step-times.js';
import type { Team } from './threads/team.js';

/** About how many milliseconds a slice takes of a run that can be stopped. */
export const sliceMilliseconds = 20;
/** Operations a millisecond, assumed until a slice is measured: less than any machine of today does. */
export const expectedSpeed = 4e6;

export class RunState {
  /** Of a program that the host has a part in. */
  private readonly made: ReferenceMachine | undefined;
  /** The steps in which workers have noted their times. */
  readonly timed: StepInterval[] = [];
  /** Of the steps that references compute. */
  hostMilliseconds = 0;
  /** Operations a millisecond. */
  speed = expectedSpeed;

  constructor(
    readonly program: Program,
    readonly team: Team | undefined,
    readonly options: ProgramRunOptions,
  ) {
    const { seed = 0, maxSubgraphRuns, memoryLimit } = options;
    const { hostSide } = program;
    this.made =
      hostSide &&
      new hostSide.ReferenceMachine({
        seed,
        file: program.file,
        memoryLimit,
        takenBytes: program.peakBytes,
        ...(maxSubgraphRuns === undefined ? {} : { maxSubgraphRuns }),
      });
  }

  get machine(): ReferenceMachine {
    if (this.made === undefined) throw new RangeError('a program that the host has no part in');
    return this.made;
  }

  /** The most bytes of values that the host held at a time. */
  get hostBytes(): number {
    return this.made?.memory.peakBytes ?? 0;
  }
}
