/** Jobs for threads; plain data in both directions. */
import {
  type Diagnostic,
  defineProblem,
  diagnostic,
  ModelError,
  type Problem,
  ProblemError,
} from '../../../diagnostics.js';
import { type Preparation, preparePicture } from '../../../feed/prepare.js';
import { Tensor } from '../../../ir/tensor.js';
import type { Picture } from '../../../pictures/picture.js';
import { presentOutputs } from '../../../present/present.js';
import type { PresentOptions } from '../../../present/present-options.js';
import type { RunOutputReport } from '../../../report/run.js';
import { type DataFile, readDataFile } from '../data-file.js';
import { writeArtifacts } from '../outputs.js';

export type PlainTensor = Pick<Tensor, 'type' | 'dims' | 'data'>;

/** Reads and decodes a data file. */
export interface ReadJob {
  readonly kind: 'read';
  readonly path: string;
  /** Arrays to read from an archive. If it has a single array, that one is read. */
  readonly names: readonly string[];
  /** Pictures with more pixels are refused. */
  readonly maxPixels: number | undefined;
}

/** Prepares a picture for the network. */
export interface PrepareJob {
  readonly kind: 'prepare';
  readonly picture: Picture;
  readonly preparation: Preparation;
  /** The path that messages name. */
  readonly path: string;
}

/** Presents, encodes and writes results. */
export interface WriteJob {
  readonly kind: 'write';
  readonly outputs: ReadonlyMap<string, PlainTensor>;
  readonly options: PresentOptions;
  readonly directory: string;
  /** Files that are written after all others of the item, so that everything exists if they do. */
  readonly last: readonly string[];
}

export type Job = ReadJob | PrepareJob | WriteJob;

export type PlainData =
  | { readonly kind: 'archive'; readonly names: readonly string[]; readonly arrays: ReadonlyMap<string, PlainTensor> }
  | { readonly kind: 'plain'; readonly data: Exclude<DataFile, { kind: 'archive' }> };

export type Answer =
  | { readonly kind: 'read'; readonly data: PlainData }
  | {
      readonly kind: 'prepared';
      readonly picture: Picture;
      readonly tensor: PlainTensor;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'written'; readonly outputs: readonly RunOutputReport[] }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'error'; readonly message: string };

/** Runs a job in the thread. Never rejects. */
export async function answerJob(job: Job): Promise<Answer> {
  try {
    switch (job.kind) {
      case 'read':
        return { kind: 'read', data: await readPlain(job) };
      case 'prepare':
        return { kind: 'prepared', picture: job.picture, ...preparePicture(job.picture, job.preparation) };
      case 'write':
        return { kind: 'written', outputs: await writeResults(job) };
    }
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'problem', problem: error.problem };
    if (error instanceof ModelError) return { kind: 'diagnostics', diagnostics: error.diagnostics };
    return { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}

async function readPlain({ path, names, maxPixels }: ReadJob): Promise<PlainData> {
  const data = await readDataFile(path, { maxPixels, names });
  if (data.kind !== 'archive') return { kind: 'plain', data };
  const [only] = data.names;
  const wanted = data.names.filter((name) => names.includes(name));
  const read = wanted.length === 0 && data.names.length === 1 ? [only!] : wanted;
  return { kind: 'archive', names: data.names, arrays: new Map(read.map((name) => [name, data.read(name)])) };
}

async function writeResults({ outputs, options, directory, last }: WriteJob): Promise<readonly RunOutputReport[]> {
  const presented = presentOutputs(new Map([...outputs].map(([name, plain]) => [name, revived(plain)])), options);
  const only = (isLast: boolean) =>
    presented.map((output) => ({
      ...output,
      artifacts: output.artifacts.filter(({ file }) => last.includes(file) === isLast),
    }));
  const first = await writeArtifacts(only(false), { directory });
  const rest = await writeArtifacts(only(true), { directory });
  return first.map((report, i) => ({ ...report, files: [...rest[i]!.files, ...report.files] }));
}

/** The data of a file, as `readDataFile` gives it. */
export function dataFileOf(plain: PlainData): DataFile {
  if (plain.kind === 'archive') {
    const { names, arrays } = plain;
    return { kind: 'archive', names, read: (name) => revived(arrays.get(name)!) };
  }
  const { data } = plain;
  return data.kind === 'picture' ? data : { ...data, tensor: revived(data.tensor) };
}

/** Restores a Tensor, since classes are lost between threads. */
export function revived({ type, dims, data }: PlainTensor): Tensor {
  return new Tensor(type, dims, data);
}

/** Throws what the job threw. */
export function unwrap(answer: Answer): Extract<Answer, { kind: 'read' | 'prepared' | 'written' }> {
  switch (answer.kind) {
    case 'problem':
      throw new ProblemError(answer.problem);
    case 'diagnostics':
      throw new ModelError(answer.diagnostics);
    case 'error':
      throw new Error(answer.message);
    default:
      return answer;
  }
}

const notEncoded = defineProblem('US2010', { reason: 'string' }, ({ reason }) => ({
  message: 'the results could not be encoded',
  actual: reason,
}));

const notDecoded = defineProblem('US2005', { reason: 'string' }, ({ reason }) => ({
  message: 'the file could not be decoded',
  actual: reason,
}));

/** The error for a job whose thread ended, usually because the job needed too much memory. */
export function lostThread(job: Job, reason: string): ModelError {
  const isWritten = job.kind === 'write';
  const file = isWritten ? job.directory : job.path;
  return new ModelError([diagnostic(isWritten ? notEncoded({ reason }) : notDecoded({ reason }), { file })]);
}

/** The buffers of arrays in plain data, each once, for transferring instead of copying. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    // Views of larger buffers are copied; buffers that were transferred already are empty.
    const { buffer, byteLength } = value;
    if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) found.add(buffer);
  } else if (value instanceof Map) for (const item of value.values()) buffersOf(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) if (typeof item === 'object') buffersOf(item, found);
  }
  return found;
}
