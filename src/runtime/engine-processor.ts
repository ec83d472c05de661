/** What kind of processor plans are made for: what the system says, so that plans are the same from run to run. */
import { cacheBytes, type ProcessorClass, usualProcessor } from '../wasm/processor.js';
import { isNode } from './host.js';

const classes = Object.keys(cacheBytes) as readonly ProcessorClass[];

/** What the environment variable UNSTRIDE_PROCESSOR asks for. @throws RangeError for what is no class */
export function environmentProcessor(): ProcessorClass | undefined {
  const asked = isNode() ? process.env['UNSTRIDE_PROCESSOR'] : undefined;
  if (asked === undefined || asked === '') return undefined;
  const found = classes.find((name) => name === asked);
  if (found !== undefined) return found;
  const names = classes.join(' or ');
  throw new RangeError(`the environment variable UNSTRIDE_PROCESSOR is '${asked}', and has to be ${names}`);
}

/**
 * The class that the environment asks for, or that of this processor; the usual one where nothing tells the size of caches, as in
 * browsers.
 * @throws RangeError as `environmentProcessor` does
 */
export async function engineProcessor(): Promise<ProcessorClass> {
  const asked = environmentProcessor();
  if (asked !== undefined) return asked;
  if (!isNode()) return usualProcessor;
  const { secondLevelCache } = await import('./node-engine.js');
  return classOf(secondLevelCache());
}

/** The largest class whose cache the processor's holds; the usual one for smaller caches. */
export function classOf(bytes: number | undefined): ProcessorClass {
  if (bytes === undefined) return usualProcessor;
  return classes.filter((name) => cacheBytes[name] <= bytes).at(-1) ?? usualProcessor;
}
