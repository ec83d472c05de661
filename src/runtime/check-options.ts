/** Options as programs give them: values that no session can take are errors, names that are none are told. */
import { environmentThreads } from './common/env.js';
import type { SessionOptions, SessionRunOptions } from './session-options.js';

type Names<T> = Readonly<Record<keyof T, true>>;

const sessionOptions: Names<SessionOptions> = {
  executionProviders: true,
  interOpNumThreads: true,
  graphOptimizationLevel: true,
  enableCpuMemArena: true,
  enableMemPattern: true,
  executionMode: true,
  optimizedModelFilePath: true,
  profileFilePrefix: true,
  logId: true,
  logSeverityLevel: true,
  logVerbosityLevel: true,
  preferredOutputLocation: true,
  enableGraphCapture: true,
  extra: true,
  executor: true,
  precision: true,
  weights: true,
  threads: true,
  intraOpNumThreads: true,
  tier: true,
  seed: true,
  maxCachedSizes: true,
  freeDimensionOverrides: true,
  externalData: true,
  worker: true,
  cache: true,
  enableProfiling: true,
  onNote: true,
  maxSubgraphRuns: true,
  memoryLimit: true,
  signal: true,
  file: true,
};

const runOptions: Names<SessionRunOptions> = {
  signal: true,
  seed: true,
  outputsAsViews: true,
  profile: true,
  onReport: true,
  onProgress: true,
  tag: true,
  logSeverityLevel: true,
  logVerbosityLevel: true,
  terminate: true,
  extra: true,
};

/** Names of `options` that are no options. */
export function strangeNames(call: 'create' | 'run', options: object): readonly string[] {
  const known = namesOf(call);
  return Object.keys(options).filter((name) => !known.includes(name));
}

/** Names of the options of a call. */
export function namesOf(call: 'create' | 'run'): readonly string[] {
  return Object.keys(call === 'create' ? sessionOptions : runOptions);
}

/** A whole number of at least `least`. @throws RangeError */
function checkCount(value: number | undefined, name: string, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`'${name}' is ${String(value)}, and has to be a whole number of at least ${least}`);
}

function checkOneOf(value: string | undefined, name: string, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value))
    throw new RangeError(`'${name}' is '${value}', and has to be one of ${values.join(', ')}`);
}

/** @throws TypeError, RangeError for what no session can be told */
export function checkSessionOptions(options: unknown): SessionOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw new TypeError("'options' have to be an object");
  const checked = options as SessionOptions;
  checkOneOf(checked.executor, 'executor', ['compiled', 'reference', 'dilate-pad-convolve']);
  checkOneOf(checked.precision, 'precision', ['fast', 'strict']);
  checkOneOf(checked.weights, 'weights', ['float32', 'float16', 'bfloat16']);
  checkOneOf(checked.tier, 'tier', ['wide', 'fma', 'baseline']);
  checkCount(checked.threads, 'threads', 1);
  checkCount(checked.intraOpNumThreads, 'intraOpNumThreads', 0);
  checkCount(checked.maxCachedSizes, 'maxCachedSizes', 1);
  checkCount(checked.memoryLimit, 'memoryLimit', 1);
  checkCache(checked.cache);
  checkSeed(checked.seed);
  for (const [name, size] of Object.entries(checked.freeDimensionOverrides ?? {}))
    checkCount(size, `freeDimensionOverrides.${name}`, 0);
  return checked;
}

function checkCache(cache: unknown): void {
  if (cache === undefined || typeof cache === 'boolean' || typeof cache === 'string') return;
  if (typeof cache !== 'object' || cache === null)
    throw new TypeError("'cache' is true, false, a folder, or an object");
  const { folder, maxBytes } = cache as { readonly folder?: unknown; readonly maxBytes?: unknown };
  if (folder !== undefined && typeof folder !== 'string') throw new TypeError("'cache.folder' has to be a string");
  checkCount(maxBytes as number | undefined, 'cache.maxBytes', 1);
}

export function checkSeed(seed: number | undefined): void {
  checkCount(seed, 'seed', 0);
  if (seed !== undefined && seed > 0xffff_ffff) throw new RangeError(`'seed' is ${seed}, and has to be below 2^32`);
}

/** Threads asked for, if any are. */
export function threadsOf({ threads, intraOpNumThreads }: SessionOptions): number | undefined {
  return threads ?? (intraOpNumThreads || environmentThreads());
}
