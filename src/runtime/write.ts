/** Writing a model to a file, with its weights. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Model, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { isNode } from './host.js';
import { expectModel } from './model-argument.js';
import type { OpenedModel } from './open.js';

export interface WriteModelOptions {
  /**
   * What is known of the values, as inference gives it (`infer(model.graph).types`): value_info of all of them is written.
   * Without, the file says what the model's own said.
   */
  readonly types?: ReadonlyMap<Value, TensorType>;
  /**
   * What becomes of weights that lie in other files. False: those that the model has are copied. True: they stay, named
   * by the same relative paths, which wants the folder of the model's own file. `where possible`: they stay in that
   * folder, and are copied into another.
   */
  readonly shareWeights?: boolean | 'where possible';
}

export interface WrittenFiles {
  readonly file: string;
  /** Of the model, weights in other files apart. */
  readonly byteLength: number;
  /** The file of the weights, where one was written. */
  readonly weights?: { readonly file: string; readonly byteLength: number };
}

const noFilesInBrowser = defineProblem('US2010', {
  message: 'there are no files to write to in a browser',
  hint: 'modelBytes gives the model as bytes',
});

/**
 * Writes the model to `path`, whole or not at all; on Node. Weights that lie in other files are copied into `path`.data, a
 * few MiB at a time, without being decoded; those within the model stay there, unless it would be larger than a file of
 * ONNX can be (2 GiB). A model as it was opened is written as it was, field by field.
 * @throws ModelError when it cannot be written (US2010), or a file that the model's weights lie in would be (US1012)
 */
export async function writeModel(model: Model, path: string, options: WriteModelOptions = {}): Promise<WrittenFiles> {
  return writeModelReadBack(model, path, options);
}

/**
 * `writeModel`, with a look at what was written before it gets its place. A model that cannot be read back, or is
 * another one then, replaces nothing.
 * @param accept gets the model as it is read back; if it throws, nothing is replaced either
 * @throws ModelError as writeModel does, and US1011
 */
export async function writeModelReadBack(
  model: Model,
  path: string,
  options: WriteModelOptions,
  accept?: (written: OpenedModel) => void,
): Promise<WrittenFiles> {
  expectModel(model);
  if (typeof path !== 'string') throw new TypeError('the path has to be a string');
  if (!isNode()) fail(noFilesInBrowser());
  const { writeModelFiles } = await import('./node-write.js');
  return writeModelFiles(model, path, options, accept);
}
