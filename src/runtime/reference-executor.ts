/** Runs a schedule node by node with the operators' references. */
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { Tensor } from '../ir/tensor.js';
import type { PacedRun } from '../limits/steps.js';
import type { ReferenceSchedule } from '../plan/reference-schedule.js';
import { type MachineOptions, ReferenceMachine } from './reference-machine.js';
import { denseTensor, type TensorLike } from './tensor/dense.js';

export type ExecuteOptions = MachineOptions;

export interface Execution {
  /** The graph's outputs, in order. */
  readonly outputs: readonly Tensor[];
  /** The most bytes that values (weights apart) took at one time. */
  readonly peakBytes: number;
}

/** Runs the schedule on `feeds`, one tensor an input, in order. */
export function execute(
  schedule: ReferenceSchedule,
  feeds: readonly TensorLike[],
  options: ExecuteOptions = {},
): Execution {
  const steps = executeStepwise(schedule, feeds, options);
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

/** The same with a pause after each step and each round of a loop, for callers that share their thread. */
export function* executeStepwise(
  schedule: ReferenceSchedule,
  feeds: readonly TensorLike[],
  options: ExecuteOptions = {},
): PacedRun<Execution> {
  const machine = new ReferenceMachine(options);
  try {
    const outputs = yield* machine.steps(
      schedule,
      feeds.map((feed, i) => denseTensor(feed, schedule.graph.inputs[i]?.name ?? String(i))),
    );
    return { outputs, peakBytes: machine.memory.peakBytes };
  } catch (error) {
    // What no node is to blame for: a graph that returns a constant whose file is missing.
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: options.file })]);
    throw error;
  }
}
