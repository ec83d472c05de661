/** Ctrl-C, and who else asks for an end: the first ends the work after the file at hand, the second at once. */
import { exitCodes } from '../../usage.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  end(): void;
}

/** Those that a process can hear of. Files are written by threads, which a signal would end in the middle of one. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param tell called at each; what is on the terminal has to be put in order before the second ends the process */
export function catchInterrupt(tell: (isSecond: boolean) => void): Interrupt {
  const controller = new AbortController();
  const listener = () => {
    const isSecond = controller.signal.aborted;
    tell(isSecond);
    if (isSecond) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  for (const name of signals) process.on(name, listener);
  const end = () => {
    for (const name of signals) process.off(name, listener);
  };
  return { signal: controller.signal, end };
}
