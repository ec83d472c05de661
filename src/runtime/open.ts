/** Opening a model, wherever it lies: a path, a URL, a Blob, bytes, or a message of the `onnx-proto` package. */
import { diagnostic, fail, ModelError, ProblemError } from '../diagnostics.js';
import { type ExternalFiles, externalFilesFrom } from '../onnx/external-data.js';
import type { ModelProtoLike } from '../onnx/proto.js';
import { type ReadResult, readModel } from '../onnx/read.js';

export type ModelSource = string | URL | Blob | Uint8Array | ArrayBuffer | ModelProtoLike;

export interface OpenOptions {
  /** Files that the model keeps tensors in, by the location it names them by. Files beside a path are found without. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
  /** The file's name for messages, where the source has none. */
  readonly file?: string;
}

export interface OpenedModel extends ReadResult {
  /** The path, the URL, or the name of a File. */
  readonly file: string | undefined;
  /** Bytes of the model file, weights in other files apart; undefined for a message. */
  readonly byteLength: number | undefined;
}

interface Located {
  readonly content: Uint8Array | ModelProtoLike;
  readonly file: string | undefined;
  readonly files: ExternalFiles | undefined;
}

/**
 * A string is a path; in a browser, and where it begins with http: or https:, a URL.
 * @throws ModelError when it cannot be read, is no model, or its graph is not sound
 */
export async function openModel(source: ModelSource, options: OpenOptions = {}): Promise<OpenedModel> {
  const name = options.file ?? nameOf(source);
  let located: Located;
  try {
    located = await locate(source, name);
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: name })]);
    throw error;
  }
  const { content, file } = located;
  const externalFiles = options.externalData === undefined ? located.files : externalFilesFrom(options.externalData);
  return {
    ...readModel(content, { file, externalFiles }),
    file,
    byteLength: content instanceof Uint8Array ? content.length : undefined,
  };
}

function nameOf(source: ModelSource): string | undefined {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.href;
  return source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : undefined;
}

async function locate(source: ModelSource, file: string | undefined): Promise<Located> {
  if (source instanceof Uint8Array) return { content: source, file, files: undefined };
  if (source instanceof ArrayBuffer) return { content: new Uint8Array(source), file, files: undefined };
  if (source instanceof Blob) return { content: new Uint8Array(await source.arrayBuffer()), file, files: undefined };
  if (typeof source === 'string' || source instanceof URL) return locateAddress(source, file);
  return { content: source, file, files: undefined };
}

async function locateAddress(address: string | URL, file: string | undefined): Promise<Located> {
  const isPath = typeof address === 'string' ? hasFiles() && !/^https?:/i.test(address) : address.protocol === 'file:';
  if (!isPath) return { content: await fetchBytes(address), file, files: undefined };
  const { filesBeside, pathOf, readWholeFile } = await import('./node-files.js');
  const place = typeof address === 'string' ? address : pathOf(address);
  return { content: await readWholeFile(place), file: place, files: filesBeside(place) };
}

function hasFiles(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string';
}

async function fetchBytes(address: string | URL): Promise<Uint8Array> {
  let reason: string;
  try {
    const response = await fetch(address);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    reason = `the server answered ${response.status} ${response.statusText}`.trim();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    reason = cause ?? (error instanceof Error ? error.message : String(error));
  }
  fail('US1002', 'the model cannot be fetched', {
    actual: reason,
    hint: 'check the address, and that the server allows it (CORS)',
  });
}
