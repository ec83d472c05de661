/** Runs, and what comes before them, that end before they are done. */
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';

const workStopped = defineProblem('US2008', { what: 'string', reason: 'string' }, ({ what, reason }) => ({
  message: `${what} was stopped by its signal`,
  actual: reason,
}));

/** The error of work that its signal has stopped; the signal's reason is its cause. */
export function stopped(signal: AbortSignal, file?: string, what = 'the run'): ModelError {
  const reason: unknown = signal.reason;
  const actual = reason instanceof Error ? reason.message : String(reason);
  return new ModelError([diagnostic(workStopped({ what, reason: actual }), { file })], {
    cause: reason,
  });
}

/** @throws ModelError US2008 */
export function throwIfStopped(signal: AbortSignal | undefined, file?: string, what?: string): void {
  if (signal?.aborted) throw stopped(signal, file, what);
}

/** What V8, SpiderMonkey and JavaScriptCore say when there is no memory for an array or a WebAssembly.Memory. */
const outOfMemory =
  /allocation failed|invalid (typed )?array (buffer )?length|invalid string length|out of memory|could not allocate|unable to grow|small enough positive integer/i;

const noMemoryForTensors = defineProblem('US2011', { reason: 'string' }, ({ reason }) => ({
  message: 'there is not enough memory for the tensors of this model at these sizes',
  actual: reason,
  hint: 'give it smaller inputs',
}));

/** An error that says that memory has run out, as a diagnostic; any other error as it is. */
export function withMemoryExplained(error: unknown, file?: string): unknown {
  const isMemory =
    error instanceof Error && /^(Range|Internal)Error$/.test(error.name) && outOfMemory.test(error.message);
  if (!isMemory) return error;
  return new ModelError([diagnostic(noMemoryForTensors({ reason: error.message }), { file })], { cause: error });
}
