/** What is found out by trying, each once: a file by itself, which pages run while the rest of the engine comes. */
import { classOfSteps, measureSteps } from './cache-probe.js';
import { fmaTrial } from './probe-code.js';
import type { ProcessorClass } from './processor.js';

let fma: boolean | undefined;
let processor: { readonly found: ProcessorClass | undefined } | undefined;

/** Whether code of the tier `fma` gives here what a plain loop gives; where not, `tiers.ts` says what does. */
export function runsFma(): boolean {
  fma ??= WebAssembly.validate(fmaTrial.code) && isRight();
  return fma;
}

function isRight(): boolean {
  const { code, before, after } = fmaTrial;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const words = new Float32Array((exports['memory'] as WebAssembly.Memory).buffer).fill(Number.NaN);
  for (const [at, numbers] of Object.entries(before)) words.set(numbers, Number(at));
  (exports['paired'] as (rounds: number) => void)(1);
  return Object.entries(after).every(([at, numbers]) => numbers.every((value, i) => words[Number(at) + i] === value));
}

/** The class of the processor; undefined where the clock is too coarse to tell, as in pages that are not isolated. */
export function processorClass(): ProcessorClass | undefined {
  processor ??= { found: classOfSteps(measureSteps()) };
  return processor.found;
}
