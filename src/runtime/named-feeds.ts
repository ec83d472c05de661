/** What programs feed, as the engine's tensors. Binding them to the inputs' shapes is `feeds.ts`, which comes with the engine. */
import { diagnostic, ModelError, type Problem, ProblemError } from '../diagnostics.js';
import type { Tensor } from '../ir/tensor.js';
import { noElement, sequenceFed } from './sequence-feed.js';
import { denseTensor, type TensorLike } from './tensor/dense.js';

/** A tensor for each input by name, in an object or a Map; a list of tensors for an input that is a sequence. */
export type Feeds = Readonly<Record<string, Feed>> | ReadonlyMap<string, Feed>;

/** Null is what an optional without an element is fed. */
type Feed = TensorLike | readonly TensorLike[] | null;

/**
 * The engine's tensors over the elements of what is fed.
 * @throws TypeError for what is no object or Map; ModelError for values that are no tensors
 */
export function feedsByName(feeds: Feeds, file?: string): Map<string, Tensor> {
  const isTensor = typeof feeds === 'object' && feeds !== null && 'dims' in feeds && 'data' in feeds && 'type' in feeds;
  if (typeof feeds !== 'object' || feeds === null || Array.isArray(feeds) || isTensor)
    throw new TypeError('feeds are an object or a Map with a tensor for each input, by name');
  const problems: Problem[] = [];
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of feeds instanceof Map ? feeds : Object.entries(feeds)) {
    // As good as not there: it is reported as missing.
    if (tensor === undefined) continue;
    try {
      tensors.set(name, fed(tensor, name));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(error.problem);
    }
  }
  if (problems.length > 0) throw new ModelError(problems.map((problem) => diagnostic(problem, { file })));
  return tensors;
}

function fed(value: Feed, name: string): Tensor {
  if (value === null) return noElement;
  return Array.isArray(value) ? sequenceFed(value, name) : denseTensor(value, name);
}
