/** One after another, in the order of their coming. */
import { stopped } from './stop.js';

export class RunQueue {
  private last: Promise<void> = Promise.resolve();

  /** The result of `work`; the signal takes it out of the queue at once, and is the work's own matter afterwards. */
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

  /** When what is in the queue now has ended. */
  async idle(): Promise<void> {
    await this.last;
  }
}
