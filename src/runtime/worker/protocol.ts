/** What a session and the worker that it lives in tell each other: data that can be cloned. */
import { type Diagnostic, ModelError } from '../../diagnostics.js';
import type { ValueMetadata } from '../metadata.js';
import type { RunReport, SessionNote, SessionOptions, SessionRunOptions } from '../session-options.js';
import type { Trace } from '../trace.js';
import type { SentTensor } from './sent-tensor.js';

/** By what its name begins with a worker knows that it is one of these. */
export const sessionWorkerName = 'unstride session';

export interface CreateRequest {
  readonly id: number;
  readonly kind: 'create';
  readonly source: string | Blob | Uint8Array;
  readonly options: SessionOptions;
  /** Whether a stop may follow. */
  readonly canStop: boolean;
}

export interface RunRequest {
  readonly id: number;
  readonly kind: 'run';
  readonly feeds: ReadonlyMap<string, SentTensor>;
  readonly wanted: readonly string[];
  readonly options: Pick<SessionRunOptions, 'seed' | 'outputsAsViews'>;
  /** What the caller listens to. */
  readonly canStop: boolean;
  readonly isProfiled: boolean;
  readonly hearsProgress: boolean;
}

export interface ReleaseRequest {
  readonly id: number;
  readonly kind: 'release';
}

/** Stops a run; nothing answers it. */
export interface StopRequest {
  readonly id: number;
  readonly kind: 'stop';
  readonly reason: string;
}

export type Request = CreateRequest | RunRequest | ReleaseRequest | StopRequest;

export interface Created {
  readonly file: string | undefined;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
}

export interface Ran {
  readonly outputs: readonly SentTensor[];
  readonly report: RunReport | undefined;
  readonly trace: Trace | undefined;
}

export type SentError =
  | { readonly kind: 'model'; readonly diagnostics: readonly Diagnostic[]; readonly cause: string | undefined }
  | { readonly kind: 'other'; readonly name: string; readonly message: string };

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'note'; readonly note: SessionNote }
  | { readonly kind: 'progress'; readonly id: number; readonly args: readonly [string, number, number] }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError };

/** One end of the line between both. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  listen(hear: (message: unknown) => void): void;
}

export function packError(error: unknown): SentError {
  if (error instanceof ModelError) {
    const cause = error.cause === undefined ? undefined : String(error.cause);
    return { kind: 'model', diagnostics: error.diagnostics, cause };
  }
  return error instanceof Error
    ? { kind: 'other', name: error.name, message: error.message }
    : { kind: 'other', name: 'Error', message: String(error) };
}

/** @param cause in place of the one that was sent, as words */
export function unpackError(error: SentError, cause?: unknown): Error {
  if (error.kind === 'model') {
    const given = cause ?? error.cause;
    return new ModelError(error.diagnostics, given === undefined ? undefined : { cause: given });
  }
  const Class = error.name === 'TypeError' ? TypeError : error.name === 'RangeError' ? RangeError : Error;
  return new Class(error.message);
}
