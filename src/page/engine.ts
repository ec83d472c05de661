/**
 * The page's end of its worker. A worker that has ended, or does not answer in time, is replaced by another one, which opens the
 * same model again.
 */
import type { Answered, Asked, FindingView, ModelSource, Reply, TaskName } from './protocol.js';

/** A task that did not end well, in the words of findings. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  constructor(readonly findings: readonly FindingView[]) {
    super(findings.map(({ message }) => message).join('\n'));
  }
}

interface Pending {
  readonly task: TaskName;
  resolve(answer: Answered<TaskName>): void;
  reject(error: TaskError): void;
}

/** Seconds in which a task has to be done once the worker is at it. Runs take as long as they take: people stop them. */
const patience: Readonly<Record<TaskName, number | undefined>> = {
  open: 120,
  check: 60,
  layers: 60,
  draw: 60,
  explain: 30,
  run: undefined,
  decoders: 60,
  export: 120,
};

const words: Readonly<Record<TaskName, string>> = {
  open: 'opening the model',
  check: 'checking the sizes',
  layers: 'listing the layers',
  draw: 'drawing the network',
  explain: 'explaining the layer',
  run: 'the run',
  decoders: 'looking for decoders',
  export: 'making the file',
};

export class Engine {
  private worker: Worker | undefined;
  /** In the order in which the worker does them. */
  private readonly pending = new Map<number, Pending>();
  /** Of the first of them. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private count = 0;
  /** What was opened last; `isSound` once a worker has opened it. */
  private model: { readonly source: ModelSource; isSound: boolean } | undefined;
  /** Whether this worker has it open. */
  private isOpen = false;
  /** A model that was open is being opened again. */
  private reopening: Promise<unknown> | undefined;

  /** The first worker begins at once, so that it is there when a model comes; others when they have something to do. */
  constructor(private readonly address: URL) {
    this.worker = this.start();
  }

  /** Opens a model in a worker of its own: all that the one before it took is given back. @throws TaskError */
  async open(source: ModelSource): Promise<Answered<'open'>> {
    if (this.model !== undefined || this.pending.size > 0) this.replace('another model is opened');
    const model = { source, isSound: false };
    this.model = model;
    const answer = await this.post('open', source);
    this.isOpen = true;
    model.isSound = true;
    return answer;
  }

  /** @throws TaskError */
  async ask<K extends Exclude<TaskName, 'open'>>(task: K, asked: Asked<K>): Promise<Answered<K>> {
    if (!this.isOpen && this.model?.isSound === true) await this.reopen(this.model.source);
    return this.post(task, asked);
  }

  private async reopen(source: ModelSource): Promise<void> {
    this.reopening ??= this.post('open', source).finally(() => {
      this.reopening = undefined;
    });
    await this.reopening;
    this.isOpen = true;
  }

  /** Ends whatever is being done. */
  stop(): void {
    this.replace('it was stopped');
  }

  private start(): Worker {
    const worker = new Worker(this.address, { type: 'module', name: 'unstride' });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.worker) this.replace(event.message || 'the browser has ended the worker');
    };
    worker.onmessageerror = () => this.replace('an answer could not be read');
    return worker;
  }

  private replace(reason: string): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.isOpen = false;
    const failed = [...this.pending.values()];
    this.pending.clear();
    this.watch();
    for (const { reject } of failed) reject(new TaskError([stopped(reason)]));
  }

  /** The worker is at the first task now. */
  private watch(): void {
    clearTimeout(this.timer);
    const [first] = this.pending.values();
    const seconds = first && patience[first.task];
    if (first === undefined || seconds === undefined) return;
    this.timer = setTimeout(
      () => this.replace(`${words[first.task]} took more than ${seconds} seconds`),
      seconds * 1000,
    );
  }

  private post<K extends TaskName>(task: K, asked: Asked<K>): Promise<Answered<K>> {
    const id = ++this.count;
    return new Promise<Answered<K>>((resolve, reject) => {
      this.pending.set(id, { task, resolve: resolve as Pending['resolve'], reject });
      if (this.pending.size === 1) this.watch();
      this.worker ??= this.start();
      this.worker.postMessage({ id, task, asked });
    });
  }

  private hear(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    if (pending === undefined) return;
    this.pending.delete(reply.id);
    this.watch();
    if (reply.kind === 'done') pending.resolve(reply.answer);
    else pending.reject(new TaskError(reply.findings));
  }
}

function stopped(reason: string): FindingView {
  return {
    severity: 'error',
    code: '',
    title: 'Stopped',
    message: `Stopped: ${reason}.`,
    notes: [],
    remedies: [],
    hint: 'the page has another worker now, and can be used on',
  };
}
