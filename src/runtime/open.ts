/** Opening a model, wherever it lies: a path, a URL, a Blob, bytes, or a message of the `onnx-proto` package. */
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../diagnostics.js';
import type { Model } from '../ir/graph.js';
import { failTooLarge } from '../onnx/decode.js';
import { type ModelProtoLike, maxMessageBytes } from '../onnx/proto.js';
import { type ReadResult, readModel } from '../onnx/read.js';
import { loadOperators } from '../ops/load.js';
import type { ExternalData } from './external-data-option.js';
import { ModelFiles, type ModelPlace } from './external-files.js';
import { fetchBytes } from './fetch-bytes.js';
import { isNode } from './host.js';

export type ModelSource = string | URL | Blob | Uint8Array | ArrayBuffer | ModelProtoLike;

export interface OpenOptions {
  /**
   * Files that the model keeps tensors in, by the location it names them by, or a list; only those it names are read. Those
   * beside a path or a URL are found without.
   */
  readonly externalData?: ExternalData;
  /** The file's name for messages, where the source has none. */
  readonly file?: string;
}

export interface OpenedModel extends ReadResult {
  /** The path, the URL, or the name of a File. */
  readonly file: string | undefined;
  /** Bytes of the model file, weights in other files apart; undefined for a message. */
  readonly byteLength: number | undefined;
}

interface Located extends ModelPlace {
  readonly content: Uint8Array | ModelProtoLike;
  readonly file: string | undefined;
}

/**
 * A string is a path, or a URL where it begins with http:, https: or file:; in a browser always a URL. Weights in other
 * files are read when a tensor is loaded if the model is a path, and before this returns if it is a URL.
 * @throws ModelError when it cannot be read, is no model, or its graph is not sound
 */
export async function openModel(source: ModelSource, options: OpenOptions = {}): Promise<OpenedModel> {
  const name = options.file ?? nameOf(source);
  try {
    const { content, file, ...place } = await locate(source, name);
    const files = new ModelFiles(place, options.externalData);
    const result = readModel(content, { file, externalFiles: files.files });
    if (content instanceof Uint8Array) contents.set(result.model, content);
    await Promise.all([loadOperators(result.model.graph), files.fill(result.model.graph)]);
    return { ...result, file, byteLength: content instanceof Uint8Array ? content.length : undefined };
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: name })]);
    throw error;
  }
}

/** Of models as they were read: of one that was changed, or cut out, the file says nothing. */
const contents = new WeakMap<Model, Uint8Array>();

/** The bytes that a model was read from; undefined where it was made otherwise. */
export function contentOf(model: Model): Uint8Array | undefined {
  return contents.get(model);
}

function nameOf(source: ModelSource): string | undefined {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.href;
  return source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : undefined;
}

async function locate(source: ModelSource, file: string | undefined): Promise<Located> {
  if (source instanceof Uint8Array) return { content: source, file };
  if (source instanceof ArrayBuffer) return { content: new Uint8Array(source), file };
  if (source instanceof Blob) {
    if (source.size > maxMessageBytes) failTooLarge(await bytesOf(source.slice(0, 4096)), source.size);
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
