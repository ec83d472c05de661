/** The bytes that models were read from. */
import type { Model } from '../ir/graph.js';

/** Of models as they were read: of one that was changed, or cut out, the file says nothing. */
const contents = new WeakMap<Model, Uint8Array>();

export function keepContent(model: Model, bytes: Uint8Array): void {
  contents.set(model, bytes);
}

/** The bytes that a model was read from; undefined where it was made otherwise. */
export function contentOf(model: Model): Uint8Array | undefined {
  return contents.get(model);
}
