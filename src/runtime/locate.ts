/** Where a model lies, and its bytes: nothing of them is understood here. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Model } from '../ir/graph.js';
import { type ModelProtoLike, maxMessageBytes } from '../onnx/proto.js';
import type { ModelPlace } from './external-files.js';
import { fetchBytes } from './fetch-bytes.js';
import { isNode } from './host.js';
import type { OpenedModel } from './open.js';
import type { SessionSource } from './session-model.js';

export type ModelSource = string | URL | Blob | Uint8Array | ArrayBuffer | ModelProtoLike;

export interface Located extends ModelPlace {
  readonly content: Uint8Array | ModelProtoLike;
  readonly file: string | undefined;
}

/** What messages call a source that says so itself. */
export function nameOf(source: ModelSource): string | undefined {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.href;
  return source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : undefined;
}

export async function locate(source: ModelSource, file: string | undefined): Promise<Located> {
  if (source instanceof Uint8Array) return { content: source, file };
  if (source instanceof ArrayBuffer) return { content: new Uint8Array(source), file };
  if (source instanceof Blob) {
    if (source.size > maxMessageBytes) {
      const { failTooLarge } = await import('../onnx/rare-forms.js');
      failTooLarge(await bytesOf(source.slice(0, 4096)), source.size);
    }
    return { content: await bytesOf(source), file };
  }
  if (typeof source === 'string' || source instanceof URL) return locateAddress(source, file);
  return { content: source, file };
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function locateAddress(address: string | URL, file: string | undefined): Promise<Located> {
  if (typeof address === 'string' && isNode() && !/^(?:https?|file):/i.test(address)) return locatePath(address, file);
  const url = typeof address === 'string' ? absoluteUrl(address) : address;
  if (url.protocol !== 'file:') return { content: await fetchModel(url), file, base: url };
  const { pathOf } = await import('./node-files.js');
  return locatePath(pathOf(url), file);
}

async function locatePath(path: string, file: string | undefined): Promise<Located> {
  const { filesBeside, readModelFile } = await import('./node-files.js');
  return { content: await readModelFile(path), file: file ?? path, path, files: filesBeside(path) };
}

/** Whether the model can be read again at no cost of memory meanwhile: it lies in a file. */
export function isInFile(source: ModelSource): boolean {
  if (source instanceof Blob) return true;
  if (source instanceof URL) return source.protocol === 'file:';
  return typeof source === 'string' && isNode() && !/^https?:/i.test(source);
}

const addressNotUrl = defineProblem('US1002', { address: 'string' }, ({ address }) => ({
  message: 'the address is not a URL',
  actual: address,
}));

/** In a browser addresses are relative to the page. */
function absoluteUrl(address: string): URL {
  try {
    return new URL(address, typeof location === 'object' ? location.href : undefined);
  } catch {
    fail(addressNotUrl({ address }));
  }
}

const modelNotFetched = defineProblem('US1002', { answer: 'string' }, ({ answer }) => ({
  message: 'the model cannot be fetched',
  actual: answer,
  hint: 'check the address, and that the server allows it (CORS)',
}));

async function fetchModel(url: URL): Promise<Uint8Array> {
  const answer = await fetchBytes(url);
  if (typeof answer !== 'string') return answer;
  fail(modelNotFetched({ answer }));
}

/** Whether the source is a model already, not something to be read. */
export function isHeld(source: SessionSource): source is OpenedModel | Model {
  return isOpened(source) || (typeof source === 'object' && 'graph' in source && 'opsets' in source);
}

export function isOpened(source: SessionSource): source is OpenedModel {
  return typeof source === 'object' && 'model' in source && 'diagnostics' in source;
}
