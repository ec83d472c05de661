/** Ctrl-C and other termination signals: the first ends the work after the current file, the second at once. */
import { exitCodes } from '../../usage.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Restores the default handling of the signals. */
  end(): void;
}

/** Signals that are caught, because files are written by threads that a signal would end in the middle of a file. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param tell called at each signal; it must clean up the terminal before the second one ends the process */
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
