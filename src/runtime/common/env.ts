/**
 * Settings of the whole program, under the names of onnxruntime-common 1.30. What has a meaning here: `wasm.numThreads`,
 * `wasm.proxy`, `logLevel`, `trace`. Everything else is accepted, and sessions say once that it changes nothing.
 */
import type { GlobalType } from '../tensor/global-type.js';

type LogLevel = 'verbose' | 'info' | 'warning' | 'error' | 'fatal';

export declare namespace Env {
  type WasmPathPrefix = string;
  interface WasmFilePaths {
    wasm?: URL | string;
    mjs?: URL | string;
  }
  type WasmPrefixOrFilePaths = WasmPathPrefix | WasmFilePaths;
  interface WebAssemblyFlags {
    /** Threads of sessions whose options name none; as many as the processor has cores with 0, the default. */
    numThreads?: number;
    /** Changes nothing: the engine finds out. */
    simd?: boolean | 'fixed' | 'relaxed';
    /** @deprecated `env.trace` */
    trace?: boolean;
    /** Changes nothing. */
    initTimeout?: number;
    /** Changes nothing: the engine's code is made while it runs. */
    wasmPaths?: WasmPrefixOrFilePaths;
    /** Changes nothing. */
    wasmBinary?: ArrayBufferLike | Uint8Array;
    /** Sessions live in a worker, as with their option `worker`; false by default. */
    proxy?: boolean;
  }

  /** Changes nothing. */
  interface WebGLFlags {
    contextId?: 'webgl' | 'webgl2';
    readonly context: WebGLRenderingContext;
    matmulMaxBatchSize?: number;
    textureCacheMode?: 'initializerOnly' | 'full';
    pack?: boolean;
    async?: boolean;
  }

  interface WebGpuProfilingDataV1TensorMetadata {
    dims: readonly number[];
    dataType: string;
  }
  interface WebGpuProfilingDataV1 {
    version: 1;
    inputsMetadata: readonly WebGpuProfilingDataV1TensorMetadata[];
    outputsMetadata: readonly WebGpuProfilingDataV1TensorMetadata[];
    kernelId: number;
    kernelType: string;
    kernelName: string;
    programName: string;
    startTime: number;
    endTime: number;
  }
  type WebGpuProfilingData = WebGpuProfilingDataV1;

  /** Changes nothing. */
  interface WebGpuFlags {
    profilingMode?: 'off' | 'default';
    profiling: {
      mode?: 'off' | 'default';
      ondata?: (data: WebGpuProfilingData) => void;
    };
    powerPreference?: 'low-power' | 'high-performance';
    forceFallbackAdapter?: boolean;
    adapter: GlobalType<'GPUAdapter'>;
    get device(): Promise<GlobalType<'GPUDevice'>>;
    set device(value: GlobalType<'GPUDevice'>);
    validateInputContent?: boolean;
  }
}

export interface Env {
  /**
   * What is written to the console where a session has no `onNote`: with `warning`, the default, and below everything, with
   * `error` and `fatal` nothing.
   */
  logLevel?: LogLevel;
  /** Changes nothing. */
  debug?: boolean;
  /** Whether `TRACE` writes marks to the console's timeline. */
  trace?: boolean;
  /** `common` is the version of onnxruntime-common whose API this is. */
  readonly versions: {
    readonly common: string;
    readonly web?: string;
    readonly node?: string;
    readonly 'react-native'?: string;
    readonly unstride?: string;
  };
  readonly wasm: Env.WebAssemblyFlags;
  readonly webgl: Env.WebGLFlags;
  readonly webgpu: Env.WebGpuFlags;
  [name: string]: unknown;
}

const levels: readonly unknown[] = ['verbose', 'info', 'warning', 'error', 'fatal'];
let logLevel: LogLevel = 'warning';

export const env: Env = {
  wasm: {},
  webgl: {} as Env.WebGLFlags,
  webgpu: {} as Env.WebGpuFlags,
  versions: { common: '1.30.0' },

  get logLevel(): LogLevel {
    return logLevel;
  },
  set logLevel(level: LogLevel | undefined) {
    if (level === undefined) return;
    if (!levels.includes(level))
      throw new Error(`the logLevel is '${String(level)}', and has to be one of ${levels.join(', ')}`);
    logLevel = level;
  },
};

/** Whether warnings go to the console. */
export function isLogged(): boolean {
  return levels.indexOf(logLevel) <= levels.indexOf('warning');
}

const said = new Set<string>();
const known: ReadonlySet<string> = new Set(['numThreads', 'proxy', 'trace']);

/** Names of settings that change nothing, each once in a program. */
export function* idleSettings(): Generator<string> {
  const names = [
    ...Object.keys(env.wasm)
      .filter((name) => !known.has(name))
      .map((name) => `env.wasm.${name}`),
    ...Object.keys(env.webgl).map((name) => `env.webgl.${name}`),
    ...Object.keys(env.webgpu).map((name) => `env.webgpu.${name}`),
    ...(env.debug === true ? ['env.debug'] : []),
  ];
  for (const name of names) {
    if (!said.has(name)) yield name;
    said.add(name);
  }
}

/** @throws RangeError */
export function environmentThreads(): number | undefined {
  const count = env.wasm.numThreads;
  if (count === undefined || count === 0) return undefined;
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`'env.wasm.numThreads' is ${String(count)}, and has to be a whole number of at least 0`);
}
