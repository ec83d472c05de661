/** The worker's end: a session on its thread, for the one that asks from another. */
import { createLocalSession } from '../local-session.js';
import type { SessionEngine } from '../session-engine.js';
import type { RunReport } from '../session-options.js';
import type { Trace } from '../trace.js';
import {
  type Created,
  type CreateRequest,
  type Port,
  packError,
  type Ran,
  type Reply,
  type Request,
  type RunRequest,
} from './protocol.js';
import { receivedTensor, sentData, sentTensor } from './sent-tensor.js';

export function serve(port: Port): void {
  const post = (reply: Reply, transfer?: readonly ArrayBuffer[]) => port.post(reply, transfer);
  const running = new Map<number, AbortController>();
  let session: SessionEngine | undefined;

  async function create({ id, source, options, canStop }: CreateRequest): Promise<Created> {
    const controller = new AbortController();
    running.set(id, controller);
    const all = canStop ? { ...options, signal: controller.signal } : options;
    try {
      session = await createLocalSession(source, all, (note) => post({ kind: 'note', note }));
    } finally {
      running.delete(id);
    }
    const { file, inputNames, outputNames, inputMetadata, outputMetadata } = session;
    return { file, inputNames, outputNames, inputMetadata, outputMetadata };
  }

  async function run({ id, feeds, wanted, options, canStop, isProfiled, hearsProgress }: RunRequest): Promise<Ran> {
    if (session === undefined) throw new Error('the worker has no session');
    let report: RunReport | undefined;
    let trace: Trace | undefined;
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const tensors = [...feeds].map(([name, sent]) => [name, receivedTensor(sent)] as const);
      const outputs = await session.run(new Map(tensors), wanted, {
        ...options,
        ...(canStop ? { signal: controller.signal } : {}),
        ...(isProfiled ? { profile: (given) => (trace = given) } : {}),
        ...(hearsProgress ? { onProgress: (...args) => post({ kind: 'progress', id, args }) } : {}),
        onReport: (given) => (report = given),
      });
      return { outputs: outputs.map(sentTensor), report, trace };
    } finally {
      running.delete(id);
    }
  }

  async function answer(request: Exclude<Request, { kind: 'stop' }>): Promise<void> {
    const { id } = request;
    try {
      if (request.kind === 'create') post({ kind: 'done', id, result: await create(request) });
      else if (request.kind === 'run') {
        const result = await run(request);
        post({ kind: 'done', id, result }, request.options.outputsAsViews === true ? [] : ownBuffers(result));
      } else {
        await session?.release();
        post({ kind: 'done', id, result: undefined });
      }
    } catch (error) {
      post({ kind: 'failed', id, error: packError(error) });
    }
  }

  port.listen((message) => {
    const request = message as Request;
    if (request.kind === 'stop') running.get(request.id)?.abort(request.reason);
    else void answer(request);
  });
  post({ kind: 'ready' });
}

/** What can be given away without a copy: outputs are the caller's own. */
function ownBuffers({ outputs }: Ran): ArrayBuffer[] {
  const buffers = outputs
    .flatMap(sentData)
    .flatMap((data) => (Array.isArray(data) || !(data.buffer instanceof ArrayBuffer) ? [] : [data.buffer]));
  return [...new Set(buffers)];
}
