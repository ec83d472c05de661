/** Options for the code that a model is compiled to. */
import { oneOf, oneText } from './arguments.js';
import { UsageError } from './usage.js';

const precisions = ['fast', 'strict'] as const;
const weightTypes = ['float32', 'float16', 'bfloat16'] as const;
const tiers = ['wide', 'fma', 'baseline'] as const;

/** What the environment asks of the engine. @throws UsageError for what it cannot be */
export function ofEnvironment<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export interface CodeOptions {
  readonly precision?: (typeof precisions)[number];
  readonly weights?: (typeof weightTypes)[number];
  readonly tier?: (typeof tiers)[number];
  readonly threads?: number;
}

/** Those of --threads, --precision, --weights and --tier that are given. @throws UsageError */
export function readCodeOptions(options: Readonly<Record<string, unknown>>): CodeOptions {
  const threads = oneText(options['threads'], 'threads');
  if (threads !== undefined && !/^[1-9]\d{0,3}$/.test(threads)) {
    throw new UsageError(`--threads ${threads} is not a whole number of at least 1`);
  }
  const precision = oneOf(options['precision'], 'precision', precisions);
  const weights = oneOf(options['weights'], 'weights', weightTypes);
  const tier = oneOf(options['tier'], 'tier', tiers);
  return {
    ...(precision === undefined ? {} : { precision }),
    ...(weights === undefined ? {} : { weights }),
    ...(threads === undefined ? {} : { threads: Number(threads) }),
    ...(tier === undefined ? {} : { tier }),
  };
}
