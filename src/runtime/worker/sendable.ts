/** What a session is created with, as messages to its worker. */
import { threadsOf } from '../check-options.js';
import { externalSources } from '../external-data-option.js';
import { isNode } from '../host.js';
import type { SessionSource } from '../session-model.js';
import type { SessionOptions } from '../session-options.js';
import type { CreateRequest } from './protocol.js';

/** @returns undefined for a model that is open already */
export function sendable(source: SessionSource): CreateRequest['source'] | undefined {
  if (source instanceof Blob) return source;
  if (source instanceof Uint8Array) return source.byteLength === source.buffer.byteLength ? source : source.slice();
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return typeof source === 'string' || source instanceof URL ? absolute(source) : undefined;
}

/** A worker of its own address would take a relative one for another place. */
function absolute(address: string | URL): string {
  return isNode() || typeof address !== 'string' ? String(address) : new URL(address, location.href).href;
}

export function sendableOptions(options: SessionOptions): SessionOptions {
  const { executor, precision, weights, tier, seed, maxCachedSizes, freeDimensionOverrides, file } = options;
  const { maxSubgraphRuns, memoryLimit, cache } = options;
  const threads = threadsOf(options);
  const chosen = {
    executor,
    precision,
    weights,
    tier,
    seed,
    maxCachedSizes,
    freeDimensionOverrides,
    maxSubgraphRuns,
    memoryLimit,
    cache,
    file,
    threads,
  };
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  if (options.externalData === undefined) return given;
  const files = Object.entries(externalSources(options.externalData)).map(([name, data]) => ({
    path: name,
    data: typeof data === 'string' || data instanceof URL ? absolute(data) : data,
  }));
  return { ...given, externalData: files };
}
