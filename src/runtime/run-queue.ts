/** Work that is done one piece after another, in the order in which it was added. */
import { stopped } from '../limits/stop.js';

export class RunQueue {
  private last: Promise<void> = Promise.resolve();

  /** The result of `work`. The signal takes work that waits out of the queue at once; work that has begun heeds it itself. */
  add<T>(work: () => Promise<T>, signal?: AbortSignal, file?: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = () => reject(stopped(signal!, file));
      if (signal?.aborted) {
        leave();
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      this.last = this.last.then(async () => {
        signal?.removeEventListener('abort', leave);
        if (signal?.aborted) return;
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Settled when everything that is in the queue now has ended. */
  async idle(): Promise<void> {
    await this.last;
  }
}
