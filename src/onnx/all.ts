/** Reading, with all that few files have: for whoever cannot wait. */
import * as forms from './rare-forms.js';
import { rareForms } from './rare-part.js';
import { type ReadOptions, type ReadResult, readModel as readPlain } from './read.js';

export function registerRareForms(): void {
  rareForms.provide(forms);
}

/**
 * Reads a model: a serialized ModelProto, or the message of the `onnx-proto` package. Weights stay views of the bytes.
 * @throws ModelError with everything that is wrong with the file or the graph
 */
export function readModel(source: Parameters<typeof readPlain>[0], options?: ReadOptions): ReadResult {
  registerRareForms();
  return readPlain(source, options);
}
