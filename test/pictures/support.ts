import { type Problem, ProblemError } from '../../src/diagnostics.js';

/** The problem that the promise is rejected with. */
export async function rejectedProblem(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}
