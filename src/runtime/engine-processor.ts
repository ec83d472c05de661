/** What kind of processor plans are made for: what the system says, or else what a probe finds. */
import { cacheBytes, type ProcessorClass, usualProcessor } from '../wasm/processor.js';
import { isNode } from './host.js';

const classes = Object.keys(cacheBytes) as readonly ProcessorClass[];

/** What the environment variable UNSTRIDE_PROCESSOR asks for. @throws RangeError for what is no class */
export function environmentProcessor(): ProcessorClass | undefined {
  const asked = isNode() ? process.env['UNSTRIDE_PROCESSOR'] : undefined;
  if (asked === undefined || asked === '') return undefined;
  const found = processorNamed(asked);
  if (found !== undefined) return found;
  const names = classes.join(' or ');
  throw new RangeError(`the environment variable UNSTRIDE_PROCESSOR is '${asked}', and has to be ${names}`);
}

/** What probes of earlier processes found, by all that it depends on. */
export interface KeptProcessors {
  processorOf(machine: string): Promise<ProcessorClass | undefined>;
  keepProcessor(machine: string, processor: ProcessorClass): Promise<void>;
}

let probed: Promise<ProcessorClass> | undefined;

/**
 * The class that the environment asks for, or that of this processor.
 * @param kept where a probe's verdict is remembered
 * @throws RangeError as `environmentProcessor` does
 */
export async function engineProcessor(kept?: Promise<KeptProcessors | undefined>): Promise<ProcessorClass> {
  const asked = environmentProcessor();
  if (asked !== undefined) return asked;
  let machine: string;
  if (isNode()) {
    const { engineIdentity, secondLevelCache } = await import('./node-files.js');
    const bytes = secondLevelCache();
    if (bytes !== undefined) return classOf(bytes);
    machine = engineIdentity();
  } else machine = browserIdentity();
  probed ??= probedProcessor(machine, kept);
  return await probed;
}

/**
 * @param machine what the verdict is kept for
 * @param probe finds the class, or undefined where it cannot be told
 */
export async function probedProcessor(
  machine: string,
  keeping: Promise<KeptProcessors | undefined> | undefined,
  probe: () => Promise<ProcessorClass | undefined> = measuredClass,
): Promise<ProcessorClass> {
  const kept = await keeping;
  const known = await kept?.processorOf(machine);
  if (known !== undefined) return known;
  const found = await probe();
  if (found === undefined) return usualProcessor;
  await kept?.keepProcessor(machine, found);
  return found;
}

/** Pages that are not isolated have clocks that are too coarse: ten times what is measured. */
async function measuredClass(): Promise<ProcessorClass | undefined> {
  if (!isNode() && globalThis.crossOriginIsolated !== true) return undefined;
  const { classOfSteps, measureSteps } = await import('../wasm/cache-probe.js');
  return classOfSteps(measureSteps());
}

function browserIdentity(): string {
  const { userAgent, hardwareConcurrency } = globalThis.navigator ?? {};
  return JSON.stringify([userAgent, hardwareConcurrency]);
}

/** The name of a class, as it may be in a file. */
export function processorNamed(name: unknown): ProcessorClass | undefined {
  return classes.find((one) => one === name);
}

/** The largest class whose cache the processor's holds; the usual one for smaller caches. */
export function classOf(bytes: number): ProcessorClass {
  return classes.filter((name) => cacheBytes[name] <= bytes).at(-1) ?? usualProcessor;
}
