/** Kinds of processors that plans are made for, by what decides between algorithms: the second-level cache of a core, in bytes. */
export const cacheBytes = { 'cache-1m': 2 ** 20, 'cache-2m': 2 ** 21 } as const;

export type ProcessorClass = keyof typeof cacheBytes;

/** Where plans are to be equal on all machines: in `strict`, and in what is planned without an engine. */
export const usualProcessor: ProcessorClass = 'cache-1m';
