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
  /** Counts on while it goes from thread to thread, by which the host sees how far they are from one another. */
  ring: 448,
} as const;

/** What `run` gets for its first step to have the ring word go round, so often in all. */
export const ringStep = -1;
export const ringHops = 200;

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
