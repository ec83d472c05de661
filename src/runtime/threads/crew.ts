/**
 * The other threads of an executor: started when there is work for them, replaced where they fail. A crew holds no reference
 * to its executor, which otherwise would never be collected.
 */
import { nextTurn } from '../host.js';
import { Team } from './team.js';
import type { StartThread } from './thread.js';

export interface CrewOptions {
  /** Threads of a run, the caller's included. */
  readonly threads: number;
  readonly memory: WebAssembly.Memory;
  readonly startThread: StartThread;
  /** Is called once, where threads cannot be started. */
  readonly onFailure: (error: unknown) => void;
}

export class Crew {
  /** The team in use. */
  running: Team | undefined;
  private started: Promise<Team | undefined> | undefined;
  private isStarting = false;
  private hasFailed = false;
  private isDismissed = false;
  /** The code of programs, by their numbers. */
  private readonly modules = new Map<number, WebAssembly.Module>();

  constructor(private readonly options: CrewOptions) {}

  /** Starts the threads, if nobody has. The memory must not grow until `team` is there: a thread may just be receiving it. */
  start(): void {
    this.started ??= this.startTeam();
  }

  /** The team, or a new one where it has failed; undefined where it was not started, or cannot be. */
  async team(): Promise<Team | undefined> {
    const team = await this.started;
    if (team === undefined || team.isAlive) return this.use(team);
    await team.dismiss();
    this.started = this.startTeam();
    return this.use(await this.started);
  }

  /** The same for a run that does not wait: undefined while threads are starting. */
  async teamIfThere(): Promise<Team | undefined> {
    // Threads answer in turns of the event loop, which runs one after another may never give it.
    if (this.isStarting) await nextTurn();
    return this.isStarting ? undefined : await this.team();
  }

  private use(team: Team | undefined): Team | undefined {
    this.running = team;
    return team;
  }

  /** A new team, which is sent all programs. */
  private async startTeam(): Promise<Team | undefined> {
    const { threads, memory, startThread, onFailure } = this.options;
    if (this.hasFailed || this.isDismissed) return undefined;
    this.isStarting = true;
    try {
      const team = await Team.start(startThread, memory, threads - 1);
      for (const [number, module] of this.modules) await team.load(number, module);
      return team;
    } catch (error) {
      if (this.isDismissed) return undefined;
      this.hasFailed = true;
      onFailure(error);
      return undefined;
    } finally {
      this.isStarting = false;
    }
  }

  /** Gives the threads a program. */
  async load(number: number, module: WebAssembly.Module): Promise<void> {
    // A team that fails here is replaced before the next run.
    await (await this.team())?.load(number, module).catch(() => {});
    this.modules.set(number, module);
  }

  async unload(number: number): Promise<void> {
    this.modules.delete(number);
    const team = await this.started;
    if (team?.failure === undefined) await team?.unload(number).catch(() => {});
  }

  async dismiss(): Promise<void> {
    this.isDismissed = true;
    const { started } = this;
    this.started = undefined;
    this.running = undefined;
    await (await started)?.dismiss();
  }
}
