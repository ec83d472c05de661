/** What a process has grown by since the first trial of a part. */
import type { Verdict } from './part.js';

/** Bytes that may be in use after all is collected beyond what was after the first trial. */
const heapAllowance = 16 * 2 ** 20;
/** Of the process; the system gives pages back when it likes. */
const residentAllowance = 160 * 2 ** 20;

interface Memory {
  readonly inUse: number;
  readonly resident: number;
}

const first = new Map<string, Memory>();

/** Asked after each trial: the first one says what is to be exceeded. */
export function grown(part: string): Verdict {
  // Twice: what finalizers let go of is collected by the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const now = { inUse: heapUsed + external, resident: rss };
  const before = first.get(part);
  if (before === undefined) first.set(part, now);
  else if (now.inUse - before.inUse > heapAllowance || now.resident - before.resident > residentAllowance) {
    const text = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
    return {
      kind: 'growth',
      text: `in use ${text(before.inUse)}, then ${text(now.inUse)}; resident ${text(before.resident)}, then ${text(now.resident)}`,
    };
  }
  return { kind: 'ran' };
}
