/** Registries of backends, which programs of onnxruntime call; there is one engine here, and nothing to choose. */

import type { ValueMetadata } from '../metadata.js';
import type { SessionOptions, SessionRunOptions } from '../session-options.js';
import type { OnnxValue } from './value-types.js';

export declare namespace SessionHandler {
  type FeedsType = { [name: string]: OnnxValue };
  type FetchesType = { [name: string]: OnnxValue | null };
  type ReturnType = { [name: string]: OnnxValue };
}

export interface InferenceSessionHandler {
  dispose(): Promise<void>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  startProfiling(): void;
  endProfiling(): void;
  run(
    feeds: SessionHandler.FeedsType,
    fetches: SessionHandler.FetchesType,
    options: SessionRunOptions,
  ): Promise<SessionHandler.ReturnType>;
}

export interface Backend {
  init(backendName: string): Promise<void>;
  createInferenceSessionHandler(
    uriOrBuffer: string | Uint8Array,
    options?: SessionOptions,
  ): Promise<InferenceSessionHandler>;
}

/** Accepts a backend, which is never asked for anything. @throws TypeError for what is none */
export function registerBackend(_name: string, backend: Backend, _priority: number): void {
  const { init, createInferenceSessionHandler } = (backend ?? {}) as Partial<Backend>;
  if (typeof init !== 'function' || typeof createInferenceSessionHandler !== 'function')
    throw new TypeError("a backend is an object with 'init' and 'createInferenceSessionHandler'");
}

/** What onnxruntime-node calls an execution provider: the engine, under the names that programs ask for. */
export function listSupportedBackends(): { readonly name: string; readonly bundled: boolean }[] {
  return [
    { name: 'cpu', bundled: true },
    { name: 'wasm', bundled: true },
  ];
}
