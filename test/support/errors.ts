import { type Diagnostic, ModelError } from '../../src/diagnostics.js';

/** What `run` throws as a ModelError; anything else it throws goes through. */
export function diagnosticsOf(run: () => unknown): readonly Diagnostic[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.diagnostics;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function diagnosticsOfAsync(run: () => Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ModelError) return error.diagnostics;
    throw error;
  }
  throw new Error('nothing was thrown');
}
