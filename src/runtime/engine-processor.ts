/** What kind of processor plans are made for: what the system says, so that plans are the same from run to run. */
import { cacheBytes, type ProcessorClass, usualProcessor } from '../wasm/processor.js';
import { isNode } from './host.js';

const classes = Object.keys(cacheBytes) as readonly ProcessorClass[];

/**
 * The class of this processor, or the one that the environment variable UNSTRIDE_PROCESSOR asks for; the usual one where nothing
 * tells the size of caches, as in browsers.
 * @throws RangeError for what the variable names that is no class
 */
export async function engineProcessor(): Promise<ProcessorClass> {
  if (!isNode()) return usualProcessor;
  const asked = process.env['UNSTRIDE_PROCESSOR'];
  if (asked !== undefined && asked !== '') {
    const found = classes.find((name) => name === asked);
    if (found !== undefined) return found;
    const names = classes.join(' or ');
    throw new RangeError(`the environment variable UNSTRIDE_PROCESSOR is '${asked}', and has to be ${names}`);
  }
  const { secondLevelCache } = await import('./node-engine.js');
  return classOf(secondLevelCache());
}

/** The largest class whose cache the processor's holds; the usual one for smaller caches. */
export function classOf(bytes: number | undefined): ProcessorClass {
  if (bytes === undefined) return usualProcessor;
  return classes.filter((name) => cacheBytes[name] <= bytes).at(-1) ?? usualProcessor;
}
