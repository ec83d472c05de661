/** Times of a run by node, from a trace that `unstride run --profile` or a session wrote (Trace Event Format). */
import { printable } from '../diagnostics/printable.js';
import type { DrawnBlock } from './drawing.js';

/** What is read of a trace; files have more. */
export interface ProfileTrace {
  readonly traceEvents: readonly unknown[];
}

export interface NodeTimes {
  /** Milliseconds of all steps of the block's nodes. */
  of(block: DrawnBlock): number;
  /** Milliseconds of all steps, and of those whose nodes the drawing has. */
  readonly total: number;
  readonly known: number;
}

interface Step {
  readonly milliseconds: number;
  readonly nodes: readonly string[];
}

/** A step that computes several nodes counts where the first of them is that the drawing has. */
export function nodeTimes({ traceEvents }: ProfileTrace, blocks: readonly DrawnBlock[]): NodeTimes {
  const blockOf = new Map<string, number>();
  for (const { id, nodes } of blocks)
    for (const node of nodes) if (!blockOf.has(printable(node))) blockOf.set(printable(node), id);
  const times = new Map<number, number>();
  let total = 0;
  let known = 0;
  for (const event of traceEvents) {
    const step = stepOf(event);
    if (step === undefined) continue;
    total += step.milliseconds;
    const name = step.nodes.find((node) => blockOf.has(printable(node)));
    const block = name === undefined ? undefined : blockOf.get(printable(name));
    if (block === undefined) continue;
    known += step.milliseconds;
    times.set(block, (times.get(block) ?? 0) + step.milliseconds);
  }
  return { of: ({ id }) => times.get(id) ?? 0, total, known };
}

/** undefined for what is no step: names of threads, waits, parts of steps in other threads. */
function stepOf(event: unknown): Step | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { cat, dur, args } = event as { readonly cat?: unknown; readonly dur?: unknown; readonly args?: unknown };
  if (cat !== 'step' || typeof dur !== 'number' || !Number.isFinite(dur) || typeof args !== 'object' || args === null)
    return undefined;
  const { nodes } = args as { readonly nodes?: unknown };
  const names = Array.isArray(nodes) ? nodes.filter((node): node is string => typeof node === 'string') : [];
  return { milliseconds: Math.max(0, dur) / 1000, nodes: names };
}
