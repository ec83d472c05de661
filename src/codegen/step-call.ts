/** What steps have in common, whether threads share them or not. */
import type { call, Operand } from '../wasm/expression.js';

/** Bytes. Words that threads count with have one each. */
export const cacheLine = 64;

/** Calls of a step's kernel. */
export interface EmitCall {
  /** Emits what comes before the first units of a thread. */
  readonly prepare: () => void;
  readonly units: (begin: Operand, end: Operand) => ReturnType<typeof call>;
}
