/** Reading ONNX: all that a file says, at once. */
import * as parsing from '../ir/dim/parse.js';
import { keeper } from './keeper.js';
import type { ModelProtoLike } from './proto.js';
import * as forms from './rare-forms.js';
import { rareForms, sizeArithmetic } from './rare-part.js';
import { type ReadOptions, type ReadResult, readPlain } from './read-plain.js';

export type { ReadOptions, ReadResult } from './read-plain.js';

/** What few files have, for whoever cannot wait. */
export function registerRareForms(): void {
  rareForms.provide(forms);
  sizeArithmetic.provide(parsing);
}

/**
 * Reads a model: a serialized ModelProto, or the message of the `onnx-proto` package. Weights stay views of the bytes.
 * @throws ModelError with everything that is wrong with the file or the graph
 */
export function readModel(source: Uint8Array | ModelProtoLike, options?: ReadOptions): ReadResult {
  registerRareForms();
  return readPlain(source, options, keeper);
}
