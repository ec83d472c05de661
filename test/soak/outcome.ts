/** What becomes of a model: it is refused in words, or it runs. Anything else is a fault of the project. */
import { checkModel } from '../../src/check.js';
import { ModelError, ProblemError } from '../../src/diagnostics.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { LocalSession } from '../../src/runtime/session.js';

/** Bytes of a run: so much work that nothing takes long. */
const memoryLimit = 2 ** 25;

export type Stage = 'read' | 'check' | 'reference' | 'compiled';

export type Outcome =
  | { readonly kind: 'ran' | 'refused' }
  /** An error that is no diagnostic: exit code 3 of the command line. */
  | { readonly kind: 'internal error'; readonly stage: Stage; readonly error: Error };

/**
 * Reads, checks and runs a model on both executors.
 * @param feeds undefined for a model that is checked only
 */
export async function outcomeOf(bytes: Uint8Array, feeds: ReadonlyMap<string, Tensor> | undefined): Promise<Outcome> {
  let isRefused = false;
  const stages: readonly (readonly [Stage, () => unknown])[] = [
    ['read', () => readModel(bytes)],
    ['check', () => checkModel(readModel(bytes).model)],
    ['reference', () => feeds && run(bytes, feeds, 'reference')],
    ['compiled', () => feeds && run(bytes, feeds, 'compiled')],
  ];
  for (const [stage, work] of stages) {
    try {
      await work();
    } catch (error) {
      if (error instanceof ModelError || error instanceof ProblemError) isRefused = true;
      else return { kind: 'internal error', stage, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
  return { kind: isRefused ? 'refused' : 'ran' };
}

async function run(
  bytes: Uint8Array,
  feeds: ReadonlyMap<string, Tensor>,
  executor: 'reference' | 'compiled',
): Promise<void> {
  const session = await LocalSession.create(bytes, { executor, threads: 1, memoryLimit }, () => {});
  try {
    await session.run(feeds, session.outputNames, {});
  } finally {
    await session.release();
  }
}
