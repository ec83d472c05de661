/** The page's end of its worker: what becomes of a worker that does not answer, and of what was open in it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Engine, TaskError } from '../../src/page/engine.js';
import type { ModelSource, Reply, Request } from '../../src/page/protocol.js';

class PretendedWorker {
  static all: PretendedWorker[] = [];
  readonly asked: Request[] = [];
  isTerminated = false;
  onmessage: ((event: { readonly data: Reply }) => void) | undefined;
  onerror: ((event: { readonly message: string; preventDefault(): void }) => void) | undefined;

  constructor() {
    PretendedWorker.all.push(this);
  }

  postMessage(request: Request): void {
    this.asked.push(request);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Answers the task that it was given last. */
  answer(value: unknown): void {
    this.onmessage?.({ data: { kind: 'done', id: this.asked.at(-1)!.id, answer: value as never } });
  }
}

const source: ModelSource = { kind: 'address', name: 'unet.onnx', address: 'examples/unet.onnx' };
const current = () => PretendedWorker.all.at(-1)!;
const tasksOf = ({ asked }: PretendedWorker) => asked.map(({ task }) => task);
const reasonOf = (task: Promise<unknown>) => task.then(String, (error: TaskError) => error.message);

beforeEach(() => {
  PretendedWorker.all = [];
  vi.stubGlobal('Worker', PretendedWorker);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function opened(): Promise<Engine> {
  const engine = new Engine(new URL('http://127.0.0.1/page-worker.js'));
  const opening = engine.open(source);
  current().answer('opened');
  await opening;
  return engine;
}

it('a worker that does not answer in time is replaced by one that opens the model again', async () => {
  const engine = await opened();
  const first = current();
  const checking = reasonOf(engine.ask('check', new Map()));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(first.isTerminated).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(first.isTerminated).toBe(true);
  expect(await checking).toBe('Stopped: checking the sizes took more than 60 seconds.');
  const again = [engine.ask('check', new Map()), engine.ask('decoders', undefined)];
  expect(tasksOf(current())).toEqual(['open']);
  current().answer('opened');
  await vi.advanceTimersByTimeAsync(0);
  expect(tasksOf(current())).toEqual(['open', 'check', 'decoders']);
  current().asked.splice(-1);
  current().answer('checked');
  expect(await again[0]).toBe('checked');
});

it('the time of a task counts from when the worker is at it; a run may take as long as it takes', async () => {
  const engine = await opened();
  const worker = current();
  const running = engine.ask('run', {} as never);
  const explaining = engine.ask('explain', { node: 0, sizes: new Map() });
  const [, run, explain] = worker.asked;
  await vi.advanceTimersByTimeAsync(3_600_000);
  worker.onmessage?.({ data: { kind: 'done', id: run!.id, answer: 'ran' as never } });
  await vi.advanceTimersByTimeAsync(29_000);
  worker.onmessage?.({ data: { kind: 'done', id: explain!.id, answer: 'explained' as never } });
  expect(await Promise.all([running, explaining])).toEqual(['ran', 'explained']);
  expect(worker.isTerminated).toBe(false);
});

it('another model has another worker; a model that did not open is not tried again', async () => {
  const engine = await opened();
  const first = current();
  const opening = reasonOf(engine.open({ ...source, name: 'other.onnx' }));
  expect(first.isTerminated).toBe(true);
  await vi.advanceTimersByTimeAsync(121_000);
  expect(await opening).toBe('Stopped: opening the model took more than 120 seconds.');
  void engine.ask('check', new Map()).catch(() => {});
  expect(tasksOf(current())).toEqual(['check']);
  expect(PretendedWorker.all.filter(({ isTerminated }) => !isTerminated)).toEqual([current()]);
});

it('a worker that has ended says so at once, and stopping ends what is being done', async () => {
  const engine = await opened();
  const dying = reasonOf(engine.ask('check', new Map()));
  current().onerror?.({ message: 'out of memory', preventDefault: () => {} });
  expect(await dying).toBe('Stopped: out of memory.');
  // One that cannot begin is not begun again and again.
  expect(PretendedWorker.all).toHaveLength(1);
  const stopping = engine.ask('run', {} as never);
  engine.stop();
  await expect(stopping).rejects.toBeInstanceOf(TaskError);
});
