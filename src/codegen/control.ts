/**
 * The first page of memory: words by which threads meet. Byte addresses, a cache line each, so that a thread that looks at
 * one is not disturbed by writes to another.
 */
export const control = {
  /** Changes when there is something to do; workers wait for that. */
  sequence: 64,
  /**
   * What there is to do: the number of a program (0: messages are to be read), steps, addresses, how many threads, and
   * whether workers note when they begin and end.
   */
  program: 128,
  begin: 132,
  end: 136,
  arena: 140,
  threads: 144,
  timed: 148,
  /** How often threads have arrived at barriers since the dispatch began. */
  arrived: 192,
  /** Threads that sleep at a barrier. */
  sleepers: 256,
  /** Not 0 when a thread has failed: the others leave. */
  stop: 320,
  /** Workers that are at a program, or about to look for one. */
  working: 384,
} as const;

/** Bytes of the control region. Nothing lies at address 0, which vectors may be read before. */
export const controlBytes = 1024;

/** What `run` returns. */
export const runStatus = {
  complete: 0,
  /** Another thread has set the stop word. */
  stopped: 1,
  /** The others have not arrived in a long time. */
  stalled: 2,
} as const;
