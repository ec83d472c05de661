/** What the page's own thread does in a visit, task by task, as Chromium traces it. */
import type { Browser, Page } from 'playwright-core';

/** Milliseconds of a task of the thread. */
export interface Task {
  /** By the clock: on a busy machine most of it is waiting. */
  readonly taken: number;
  /** Of a processor. */
  readonly worked: number;
  /** The longest thing in it. */
  readonly what: string;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** @returns the tasks of the page's thread during the visit, the longest first */
export async function tasksDuring(browser: Browser, page: Page, visit: () => Promise<void>): Promise<Task[]> {
  await browser.startTracing(page, { categories });
  await visit();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { readonly traceEvents: TraceEvent[] };
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map((event) => threadOf(event)),
  );
  const own = traceEvents.filter((event) => event.ph === 'X' && threads.has(threadOf(event)));
  const tasks = own.filter(({ name }) => /RunTask$/.test(name));
  return tasks
    .map((task) => ({ taken: (task.dur ?? 0) / 1000, worked: (task.tdur ?? 0) / 1000, what: longestIn(task, own) }))
    .sort((a, b) => b.worked - a.worked);
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}

/** Only of those that are long: there are thousands. */
function longestIn(task: TraceEvent, events: readonly TraceEvent[]): string {
  const { ts, dur = 0 } = task;
  if (dur < 20_000) return '';
  const inside = events.filter(
    (event) =>
      event.pid === task.pid && event.tid === task.tid && event.ts >= ts && event.ts + (event.dur ?? 0) <= ts + dur,
  );
  const named = inside.filter(({ name }) => !/RunTask$|mojo/.test(name));
  return named.sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0))[0]?.name ?? '';
}
