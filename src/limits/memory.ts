/**
 * What a model may take of memory. It is asked here before tables, plans or tensors are made: sizes in a file of a few
 * bytes can ask for any amount.
 */

import { formatBytes } from '../diagnostics/units.js';
import { type Diagnostic, defineProblem, diagnostic, fail, type Problem } from '../diagnostics.js';
import { type Graph, referenceTo, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import { tensorBytes } from './bytes.js';

export interface MemoryOptions {
  /**
   * The most bytes that values (weights apart) may take at one time. Default: 4 GiB, which is what the engine's memory
   * can hold.
   */
  readonly memoryLimit?: number | undefined;
}

/** The bytes that a 32-bit WebAssembly memory can have. */
export const engineBytes = 2 ** 32;

const raise = 'give it smaller inputs, or raise the limit: memoryLimit, --memory-limit';

export const valuesTooLarge = defineProblem(
  'US2011',
  { bytes: 'integer', live: 'integer', limit: 'integer' },
  ({ bytes, live, limit }) => ({
    message: `there is not enough memory: ${formatBytes(bytes)} would be made${
      live === 0 ? '' : ` beside ${formatBytes(live)} of other values`
    }`,
    expected: `at most ${formatBytes(limit)} at one time`,
    actual: formatBytes(live + bytes),
    hint: raise,
  }),
);

const valueTooLarge = defineProblem(
  'US2011',
  { value: 'string', shape: 'shape', bytes: 'integer', limit: 'integer' },
  ({ value, shape, bytes, limit }) => ({
    message: `there is not enough memory for '${value}': it needs ${formatBytes(bytes)}`,
    value,
    expected: `at most ${formatBytes(limit)} at one time`,
    actual: `[${shape.join(', ')}], ${formatBytes(bytes)}`,
    hint: raise,
  }),
);

const arenaTooLarge = defineProblem('US2011', { bytes: 'integer', limit: 'integer' }, ({ bytes, limit }) => ({
  message: `there is not enough memory: the values that are needed together take ${formatBytes(bytes)}`,
  expected: `at most ${formatBytes(limit)} at one time`,
  actual: formatBytes(bytes),
  hint: raise,
}));

/**
 * The first input or node output of the graph that alone would exceed the limit, as a diagnostic. An axis counts even
 * beside one of size 0, since kernels have a table for each axis.
 */
export function tooLargeValue(
  graph: Graph,
  types: ReadonlyMap<Value, TensorType>,
  { memoryLimit = engineBytes }: MemoryOptions,
  file: string | undefined,
): Diagnostic | undefined {
  for (const input of graph.inputs) {
    const problem = problemOf(input, types.get(input), memoryLimit);
    if (problem !== undefined) return diagnostic(problem, { file });
  }
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      const problem = output && problemOf(output, types.get(output), memoryLimit);
      if (problem === undefined) continue;
      return diagnostic(problem, { file, node: referenceTo(node), origin: originOf(node) });
    }
  }
  return undefined;
}

function problemOf(value: Value, type: TensorType | undefined, limit: number): Problem | undefined {
  const { shape, elementType } = type ?? {};
  if (shape === undefined || elementType === undefined || !isConcrete(shape)) return undefined;
  const bytes = tensorBytes(
    elementType,
    shape.map((dim) => Math.max(1, dim)),
  );
  return bytes > limit ? valueTooLarge({ value: value.name, shape, bytes, limit }) : undefined;
}

/**
 * What a plan's values take together.
 *
 * @throws ProblemError US2011
 */
export function requireArena(bytes: number, { memoryLimit = engineBytes }: MemoryOptions): void {
  if (bytes > memoryLimit) fail(arenaTooLarge({ bytes, limit: memoryLimit }));
}
