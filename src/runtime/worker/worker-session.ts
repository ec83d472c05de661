/** The session's end of a worker: the same engine as on this thread, and this thread stays free. */
import { defineProblem, diagnostic, ModelError } from '../../diagnostics.js';
import type { Tensor } from '../../ir/tensor.js';
import type { SessionEngine, Tell } from '../session-engine.js';
import type { SessionSource } from '../session-model.js';
import type { SessionOptions, SessionRunOptions } from '../session-options.js';
import type { Trace, TraceEvent } from '../trace.js';
import {
  type Created,
  type CreateRequest,
  type Ran,
  type Reply,
  type Request,
  type RunRequest,
  unpackError,
} from './protocol.js';
import { sendable, sendableOptions } from './sendable.js';
import { receivedTensor, sentFeed, sentTensor } from './sent-tensor.js';
import { startWorker, type WorkerHandle } from './start.js';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly options: SessionRunOptions;
}

/** What runs while a profile is recorded. */
interface Recording {
  readonly started: number;
  readonly events: TraceEvent[];
  last: Trace | undefined;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

const workerEnded = defineProblem('US2012', { reason: 'string' }, ({ reason }) => ({
  message: 'the worker that the session lives in has ended',
  actual: reason,
  hint: 'the next run starts another one',
}));

/** From what a worker begins, and another one after it has died. */
interface Beginning {
  readonly address: string | URL | undefined;
  readonly request: WithoutId<CreateRequest>;
}

export class WorkerSession implements SessionEngine {
  /** Of the worker that there is. */
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  private isReleased = false;
  private handle: WorkerHandle | undefined;
  private starting: Promise<WorkerHandle> | undefined;
  private created: Created | undefined;
  private recording: Recording | undefined;

  private constructor(
    private readonly beginning: Beginning,
    private readonly tell: Tell,
  ) {}

  /**
   * @returns why there is none, where it cannot be: the worker does not start, or the model cannot be sent
   * @throws ModelError as a session on this thread does
   */
  static async create(source: SessionSource, options: SessionOptions, tell: Tell): Promise<WorkerSession | string> {
    const sent = sendable(source);
    if (sent === undefined)
      return 'a model that is open already cannot be sent to a worker; give its path, address or bytes';
    const address = typeof options.worker === 'boolean' ? undefined : options.worker;
    const request = { kind: 'create', source: sent, options: sendableOptions(options), canStop: false } as const;
    const session = new WorkerSession({ address, request }, tell);
    let handle: WorkerHandle;
    try {
      handle = await session.start();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    await session.open(handle, options.signal);
    if (options.enableProfiling === true) session.startProfiling();
    return session;
  }

  /** @throws Error that says why there is no worker */
  private async start(): Promise<WorkerHandle> {
    let handle: WorkerHandle | undefined;
    handle = await startWorker(this.beginning.address, {
      message: (data) => this.hear(data as Reply),
      failure: (reason) => {
        // One that was ended on purpose, or has another in its place, says so as well.
        if (handle !== undefined && handle === this.handle) this.fail(reason);
      },
    });
    this.handle = handle;
    return handle;
  }

  private async open(handle: WorkerHandle, signal: AbortSignal | undefined): Promise<void> {
    try {
      const request = { ...this.beginning.request, canStop: signal !== undefined };
      this.created = (await this.post(handle, request, signal && { signal })) as Created;
    } catch (error) {
      this.handle = undefined;
      await handle.terminate();
      throw error;
    }
  }

  /** The worker, or another one where it has died. @throws ModelError US2012, or as `create` does */
  private async live(): Promise<WorkerHandle> {
    if (this.starting !== undefined) return this.starting;
    if (this.handle !== undefined) return this.handle;
    this.starting = this.restart();
    try {
      return await this.starting;
    } finally {
      this.starting = undefined;
    }
  }

  private async restart(): Promise<WorkerHandle> {
    let handle: WorkerHandle;
    try {
      handle = await this.start();
    } catch (error) {
      throw this.ended(error instanceof Error ? error.message : String(error));
    }
    await this.open(handle, undefined);
    return handle;
  }

  private ended(reason: string): ModelError {
    return new ModelError([diagnostic(workerEnded({ reason }), { file: this.file })]);
  }

  get file(): string | undefined {
    return this.created?.file;
  }

  get inputNames(): readonly string[] {
    return this.created?.inputNames ?? [];
  }

  get outputNames(): readonly string[] {
    return this.created?.outputNames ?? [];
  }

  get inputMetadata(): Created['inputMetadata'] {
    return this.created?.inputMetadata ?? [];
  }

  get outputMetadata(): Created['outputMetadata'] {
    return this.created?.outputMetadata ?? [];
  }

  async run(
    feeds: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
    options: SessionRunOptions,
  ): Promise<readonly Tensor[]> {
    const { signal, seed, outputsAsViews, profile, onProgress, onReport } = options;
    const { recording } = this;
    const started = performance.now();
    const request: WithoutId<RunRequest> = {
      kind: 'run',
      feeds: new Map([...feeds].map(([name, tensor]) => [name, sentFeed(sentTensor(tensor))])),
      wanted,
      options: {
        ...(seed === undefined ? {} : { seed }),
        ...(outputsAsViews === undefined ? {} : { outputsAsViews }),
      },
      canStop: signal !== undefined,
      isProfiled: profile !== undefined || recording !== undefined,
      hearsProgress: onProgress !== undefined,
    };
    const { outputs, report, trace } = (await this.ask(request, options)) as Ran;
    if (trace !== undefined) {
      if (recording !== undefined) record(recording, trace, started);
      profile?.(trace);
    }
    if (report !== undefined) onReport?.(report);
    return outputs.map(receivedTensor);
  }

  private async ask(request: WithoutId<Request>, options?: SessionRunOptions): Promise<unknown> {
    if (this.isReleased) throw new Error('the session is released');
    return this.post(await this.live(), request, options);
  }

  private post(handle: WorkerHandle, request: WithoutId<Request>, options: SessionRunOptions = {}): Promise<unknown> {
    const id = ++this.count;
    const { signal } = options;
    const stop = () => {
      const reason: unknown = signal?.reason;
      handle.post({ id, kind: 'stop', reason: reason instanceof Error ? reason.message : String(reason) });
    };
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener('abort', stop);
        this.pending.delete(id);
        if (this.pending.size === 0) handle.hold(false);
      };
      this.pending.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        options,
      });
      handle.hold(true);
      handle.post({ id, ...request });
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  private hear(reply: Reply): void {
    if (reply.kind === 'note') this.tell(reply.note);
    if (reply.kind === 'note' || reply.kind === 'ready') return;
    const pending = this.pending.get(reply.id);
    if (reply.kind === 'progress') pending?.options.onProgress?.(...reply.args);
    else if (reply.kind === 'done') pending?.resolve(reply.result);
    else pending?.reject(unpackError(reply.error, causeOf(pending.options)));
  }

  private fail(reason: string): void {
    this.handle = undefined;
    for (const { reject } of [...this.pending.values()]) reject(this.ended(reason));
  }

  startProfiling(): void {
    this.recording ??= { started: performance.now(), events: [], last: undefined };
  }

  endProfiling(): Trace | undefined {
    const { recording } = this;
    this.recording = undefined;
    if (recording === undefined) return undefined;
    const { events, last } = recording;
    return { traceEvents: events, displayTimeUnit: 'ms', otherData: last?.otherData ?? {} };
  }

  async release(): Promise<void> {
    if (this.isReleased) return;
    this.isReleased = true;
    const handle = this.handle ?? (await this.starting?.catch(() => undefined));
    if (handle === undefined) return;
    try {
      await this.post(handle, { kind: 'release' });
    } catch (error) {
      // A worker that has died has released all it had.
      if (handle === this.handle) throw error;
    } finally {
      this.handle = undefined;
      await handle.terminate();
    }
  }
}

/** What a run was stopped with is the caller's own object. */
function causeOf({ signal }: SessionRunOptions): unknown {
  return signal?.aborted ? signal.reason : undefined;
}

/** Puts a run's trace, whose time begins with the run, into that of the session. */
function record(recording: Recording, trace: Trace, started: number): void {
  const offset = Math.round((started - recording.started) * 1e6) / 1e3;
  for (const event of trace.traceEvents) {
    if (event.ph === 'X') recording.events.push({ ...event, ts: event.ts + offset });
    else if (recording.last === undefined) recording.events.push(event);
  }
  recording.last = trace;
}
