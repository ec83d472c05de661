/** Opening a model, wherever it lies: a path, a URL, a Blob, bytes, or a message of the `onnx-proto` package. */
import { keeper } from '../onnx/keeper.js';
import type { ModelSource } from './locate.js';
import { type OpenedModel, type OpenOptions, openLean } from './open-lean.js';

export type { ModelSource } from './locate.js';
export type { OpenedModel, OpenOptions } from './open-lean.js';

/**
 * A string is a path, or a URL where it begins with http:, https: or file:; in a browser always a URL. Weights in other
 * files are read when a tensor is loaded if the model is a path, and before this returns if it is a URL.
 * @throws ModelError when it cannot be read, is no model, or its graph is not sound
 */
export function openModel(source: ModelSource, options: OpenOptions = {}): Promise<OpenedModel> {
  return openLean(source, options, keeper);
}
