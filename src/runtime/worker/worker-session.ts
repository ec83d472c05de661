/** The session's end of a worker: the same engine as on this thread, and this thread stays free. */
import type { Tensor } from '../../ir/tensor.js';
import { threadsOf } from '../check-options.js';
import { externalSources } from '../external-data-option.js';
import { isNode } from '../host.js';
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

export class WorkerSession implements SessionEngine {
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  private failure: string | undefined;
  private handle: WorkerHandle | undefined;
  private created: Created | undefined;
  private recording: Recording | undefined;

  private constructor(private readonly tell: Tell) {}

  /**
   * @returns why there is none, where it cannot be: the worker does not start, or the model cannot be sent
   * @throws ModelError as a session on this thread does
   */
  static async create(source: SessionSource, options: SessionOptions, tell: Tell): Promise<WorkerSession | string> {
    const sent = sendable(source);
    if (sent === undefined)
      return 'a model that is open already cannot be sent to a worker; give its path, address or bytes';
    const session = new WorkerSession(tell);
    const at = typeof options.worker === 'boolean' ? undefined : options.worker;
    try {
      session.handle = await startWorker(at, {
        message: (data) => session.hear(data as Reply),
        failure: (reason) => session.fail(reason),
      });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const canStop = options.signal !== undefined;
    const request: WithoutId<CreateRequest> = {
      kind: 'create',
      source: sent,
      options: sendableOptions(options),
      canStop,
    };
    try {
      session.created = (await session.ask(request, options.signal && { signal: options.signal })) as Created;
    } catch (error) {
      await session.handle.terminate();
      throw error;
    }
    if (options.enableProfiling === true) session.startProfiling();
    return session;
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

  private ask(request: WithoutId<Request>, options: SessionRunOptions = {}): Promise<unknown> {
    const { handle, failure } = this;
    if (handle === undefined || failure !== undefined)
      return Promise.reject(new Error(`the session's worker has ended: ${failure ?? 'it was released'}`));
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
    this.failure ??= reason;
    for (const { reject } of [...this.pending.values()]) reject(new Error(`the session's worker has ended: ${reason}`));
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
    const { handle } = this;
    try {
      if (this.failure === undefined) await this.ask({ kind: 'release' });
    } finally {
      this.handle = undefined;
      this.failure ??= 'it was released';
      await handle?.terminate();
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

function sendable(source: SessionSource): CreateRequest['source'] | undefined {
  if (source instanceof Blob) return source;
  if (source instanceof Uint8Array) return source.byteLength === source.buffer.byteLength ? source : source.slice();
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return typeof source === 'string' || source instanceof URL ? absolute(source) : undefined;
}

/** A worker of its own address would take a relative one for another place. */
function absolute(address: string | URL): string {
  return isNode() || typeof address !== 'string' ? String(address) : new URL(address, location.href).href;
}

function sendableOptions(options: SessionOptions): SessionOptions {
  const { executor, precision, tier, seed, maxCachedSizes, freeDimensionOverrides, file } = options;
  const { maxSubgraphRuns, memoryLimit } = options;
  const threads = threadsOf(options);
  const chosen = {
    executor,
    precision,
    tier,
    seed,
    maxCachedSizes,
    freeDimensionOverrides,
    maxSubgraphRuns,
    memoryLimit,
    file,
    threads,
  };
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  if (options.externalData === undefined) return given;
  const files = Object.entries(externalSources(options.externalData)).map(([name, data]) => ({
    path: name,
    data: typeof data === 'string' || data instanceof URL ? absolute(data) : data,
  }));
  return { ...given, externalData: files };
}
