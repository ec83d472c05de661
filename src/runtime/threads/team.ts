/** The threads of an executor other than the calling one. All of them work on one program at a time. */
import { control, controlBytes, ringHops, ringStep, runStatus } from '../../codegen/control.js';
import type { StartThread, Thread } from './thread.js';
import { type DoneReply, type TeamMessage, type WorkerReply, workerSource } from './worker-source.js';

/** Milliseconds in which a worker has to answer a message. */
const patience = 30_000;
/** Milliseconds in which a worker has to leave its step: more than a browser takes to end the worker by force. */
const leavePatience = 3000;

/**
 * Milliseconds from core to core, within which a line of memory comes from a cache that both have: 30 to 80 nanoseconds, where others
 * take 150 and more. Virtual machines move to other cores while they run.
 */
const nearHop = 110e-6;
/** After so many milliseconds threads look again: those that may be asleep later. */
const looksAfter = { near: 20, apart: 100 } as const;

interface Member {
  readonly thread: Thread;
  /** Settles the message that the member has not answered yet. */
  settle: ((reply: WorkerReply) => void) | undefined;
}

export class Team {
  /** Why the team cannot be used any more. */
  failure: string | undefined;
  private readonly words: Int32Array<ArrayBufferLike>;
  private readonly members: Member[] = [];
  private isDismissed = false;
  /** Whether the threads' cores have no cache in common, when they last looked. */
  areApart = false;
  private nextLook = 0;

  private constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer, 0, controlBytes / 4);
    this.clear();
  }

  /** What a team may have left. */
  private clear(): void {
    for (const word of [control.stop, control.sleepers, control.working]) Atomics.store(this.words, word / 4, 0);
  }

  /** @throws Error when the workers cannot be started */
  static async start(start: StartThread, memory: WebAssembly.Memory, count: number): Promise<Team> {
    const team = new Team(memory);
    try {
      for (let i = 0; i < count; i++) team.add(start, i + 1);
      await team.ask((thread) => ({ kind: 'start', memory, thread }));
    } catch (error) {
      await team.dismiss();
      throw error;
    }
    return team;
  }

  /** Threads, the caller's included. */
  get size(): number {
    return this.members.length + 1;
  }

  /** Whether all of its threads are there, as far as is known without waiting for events. */
  get isAlive(): boolean {
    return this.failure === undefined && this.members.every(({ thread }) => thread.isAlive());
  }

  private add(start: StartThread, number: number): void {
    const thread = start(workerSource, `unstride ${number}`, {
      message: (data) => {
        const reply = data as WorkerReply;
        if (reply.kind === 'failed') this.fail(reply.reason);
        else member.settle?.(reply);
      },
      failure: (reason) => this.fail(reason),
    });
    const member: Member = { thread, settle: undefined };
    this.members.push(member);
  }

  private fail(reason: string): void {
    if (this.isDismissed) return;
    this.failure ??= reason;
    for (const member of this.members) member.settle?.({ kind: 'failed', reason });
  }

  /** Makes each member instantiate a module. */
  async load(program: number, module: WebAssembly.Module): Promise<void> {
    await this.ask(() => ({ kind: 'load', program, module }));
  }

  async unload(program: number): Promise<void> {
    await this.ask(() => ({ kind: 'unload', program }));
  }

  /** For each member, begin and end of the timed dispatches since the last call, in milliseconds since 1970. */
  async times(): Promise<(readonly number[])[]> {
    const replies = await this.ask(() => ({ kind: 'times' }));
    return replies.map(({ times = [] }) => times);
  }

  /** Sends the members back to their event loops, where they find a message. */
  private async ask(messageFor: (thread: number) => TeamMessage): Promise<DoneReply[]> {
    if (this.failure !== undefined) throw new Error(this.failure);
    const sequence = this.signal(0);
    return await Promise.all(
      this.members.map((member, i) => {
        const answer = new Promise<DoneReply>((resolve, reject) => {
          const timer = setTimeout(() => this.fail(`a thread has not answered in ${patience / 1000} s`), patience);
          member.thread.hold(true);
          member.settle = (reply) => {
            clearTimeout(timer);
            member.settle = undefined;
            member.thread.hold(false);
            if (reply.kind === 'done') resolve(reply);
            else reject(new Error(reply.reason));
          };
        });
        member.thread.post({ ...messageFor(i + 1), sequence });
        return answer;
      }),
    );
  }

  /** Wakes the members to do what the control words say. */
  private signal(program: number): number {
    Atomics.store(this.words, control.program / 4, program);
    const sequence = (Atomics.add(this.words, control.sequence / 4, 1) + 1) | 0;
    Atomics.notify(this.words, control.sequence / 4);
    return sequence;
  }

  /** Has the members run steps. The caller has to run the same ones as thread 0; its call returns when all are done. */
  dispatch(program: number, begin: number, end: number, arena: number, isTimed: boolean): void {
    this.words[control.threads / 4] = this.size;
    this.words[control.begin / 4] = begin;
    this.words[control.end / 4] = end;
    this.words[control.arena / 4] = arena;
    this.words[control.timed / 4] = isTimed ? 1 : 0;
    Atomics.store(this.words, control.arrived / 4, 0);
    this.signal(program);
  }

  /**
   * Sees how far the threads are from one another, if that is due.
   * @param run does the calling thread's part
   * @returns a status of control.ts
   */
  lookAtDistance(program: number, run: () => number): number {
    const started = performance.now();
    if (started < this.nextLook) return runStatus.complete;
    let least = Number.POSITIVE_INFINITY;
    // The first time is for those that sleep.
    for (let i = 0; i < 2; i++) {
      Atomics.store(this.words, control.ring / 4, 0);
      const start = performance.now();
      this.dispatch(program, ringStep, ringStep, 0, false);
      const status = run();
      if (status !== runStatus.complete) return status;
      least = Math.min(least, performance.now() - start);
    }
    this.areApart = least > ringHops * nearHop;
    this.nextLook = started + looksAfter[this.areApart ? 'apart' : 'near'];
    return runStatus.complete;
  }

  /** What made a member leave a run; its message may still be on its way. */
  async explain(): Promise<string> {
    for (let turns = 0; turns < 50 && this.failure === undefined; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.failure ?? 'a thread does not answer';
  }

  /** Makes the members leave their steps, and ends them. Afterwards none of them touches the memory any more. */
  async dismiss(): Promise<void> {
    this.fail('the threads are dismissed');
    this.isDismissed = true;
    Atomics.store(this.words, control.stop / 4, 1);
    Atomics.notify(this.words, control.arrived / 4);
    // A browser ends only those workers at once that do not sleep.
    this.signal(0);
    if (!this.members.every(({ thread }) => thread.endsWhenTerminated)) await this.left();
    await Promise.all(this.members.map(({ thread }) => thread.terminate()));
    // One thread goes on with the memory.
    this.clear();
  }

  /** `terminate` does not wait in a browser, and a worker goes on for a while. */
  private async left(): Promise<void> {
    const end = performance.now() + leavePatience;
    while (Atomics.load(this.words, control.working / 4) > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
