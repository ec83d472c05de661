/** Threads that decode pictures and encode results while the network runs. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Answer, type Job, lostThread } from './jobs.js';

/** In the same folder as the bundled program. */
export const workerProgram = new URL('./picture-worker.js', import.meta.url);

/** One thread for decoding and one for encoding; more if there are cores that the network does not use. */
export function poolSize(): number {
  return Math.min(4, Math.max(2, availableParallelism() - 1));
}

interface Task {
  readonly job: Job;
  readonly transfer: ArrayBuffer[];
  settle(answer: Answer): void;
  reject(error: unknown): void;
}

interface Member {
  readonly worker: Worker;
  task: Task | undefined;
}

export class WorkerPool {
  private readonly members: Member[] = [];
  private readonly waiting: Task[] = [];
  private isClosed = false;

  constructor(
    private readonly size: number,
    private readonly program: URL = workerProgram,
  ) {}

  /**
   * Reading has priority over writing, so that the network is kept busy.
   * @param transfer buffers that are transferred to the thread
   * @throws ModelError if the thread ended during the job; the next job gets a new thread
   */
  run(job: Job, transfer: ArrayBuffer[] = []): Promise<Answer> {
    return new Promise((settle, reject) => {
      const task = { job, transfer, settle, reject };
      const place = job.kind === 'write' ? -1 : this.waiting.findIndex((other) => other.job.kind === 'write');
      if (place < 0) this.waiting.push(task);
      else this.waiting.splice(place, 0, task);
      this.assign();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.members.map(({ worker }) => worker.terminate()));
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const idle = this.members.find(({ task }) => task === undefined) ?? this.add();
      if (idle === undefined) return;
      const task = this.waiting.shift()!;
      idle.task = task;
      idle.worker.postMessage(task.job, task.transfer);
    }
  }

  private add(): Member | undefined {
    if (this.members.length >= this.size) return undefined;
    const worker = new Worker(this.program, { name: `unstride files ${this.members.length + 1}`, execArgv: [] });
    const member: Member = { worker, task: undefined };
    worker.on('message', (answer: Answer) => {
      const { task } = member;
      member.task = undefined;
      task?.settle(answer);
      this.assign();
    });
    worker.on('messageerror', (error) => this.lose(member, error.message));
    worker.on('error', (error) => this.lose(member, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.lose(member, `its thread ended with code ${code}`));
    this.members.push(member);
    return member;
  }

  private lose(member: Member, reason: string): void {
    const place = this.members.indexOf(member);
    if (place < 0 || this.isClosed) return;
    this.members.splice(place, 1);
    void member.worker.terminate();
    if (member.task !== undefined) member.task.reject(lostThread(member.task.job, reason));
    this.assign();
  }
}
