/** Ctrl-C: the first ends the work after the file at hand, the second at once. */
import { exitCodes } from '../../usage.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  end(): void;
}

/** @param tell called at each; what is on the terminal has to be put in order before the second ends the process */
export function catchInterrupt(tell: (isSecond: boolean) => void): Interrupt {
  const controller = new AbortController();
  const listener = () => {
    const isSecond = controller.signal.aborted;
    tell(isSecond);
    if (isSecond) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on('SIGINT', listener);
  return { signal: controller.signal, end: () => process.off('SIGINT', listener) };
}
