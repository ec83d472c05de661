/** The worker of the page: holds the library and one model. Another model gets another worker, so that all memory is given back. */
import type { Answered, Reply, Request, TaskName } from './protocol.js';
import { failureOf } from './worker/findings.js';
import { Workbench } from './worker/workbench.js';

let bench: Workbench | undefined;

function opened(): Workbench {
  if (bench === undefined) throw new TypeError('no model is open');
  return bench;
}

async function answer(request: Request): Promise<Answered<TaskName>> {
  switch (request.task) {
    case 'open':
      bench = await Workbench.open(request.asked);
      return bench.view();
    case 'check':
      return opened().checkedView(request.asked);
    case 'layers':
      return opened().layerRows(request.asked);
    case 'draw':
      return (await import('./worker/drawing.js')).drawing(opened(), request.asked);
    case 'explain':
      return (await import('./worker/explaining.js')).explained(opened(), request.asked);
    case 'run':
      return (await import('./worker/running.js')).run(opened(), request.asked);
    case 'decoders':
      return (await import('./worker/exports.js')).decoders(opened());
    case 'export':
      return (await import('./worker/exports.js')).exported(opened(), request.asked);
  }
}

function post(reply: Reply, handedOver: readonly Transferable[] = []): void {
  self.postMessage(reply, { transfer: [...handedOver] });
}

function bitmapsOf(given: Answered<TaskName>): readonly ImageBitmap[] {
  if (!('runMilliseconds' in given)) return [];
  return given.outputs.flatMap(({ pictures }) => pictures.map(({ bitmap }) => bitmap));
}

/** One task after another: sessions and inferences are shared. */
let queue = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Request>) => {
  queue = queue.then(async () => {
    try {
      const given = await answer(data);
      post({ kind: 'done', id: data.id, answer: given }, bitmapsOf(given));
    } catch (error) {
      post({ kind: 'failed', id: data.id, findings: failureOf(error, bench?.name) });
    }
  });
};
