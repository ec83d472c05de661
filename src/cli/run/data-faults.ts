/** Reports data that does not fit its input at the file that it came from, with advice. */
import { type Diagnostic, ModelError } from '../../diagnostics.js';
import { npyType } from '../../files/npy.js';
import type { ElementType } from '../../ir/element-type.js';
import { declaredShape, type Graph, type Value } from '../../ir/graph.js';
import type { Tensor } from '../../ir/tensor.js';
import { randomSource } from './input-spec.js';
import type { LoadedInput } from './inputs.js';

/** The error with the data's file instead of the model's, if the data is the cause. */
export function withSources(error: unknown, graph: Graph, inputs: readonly LoadedInput[]): unknown {
  if (!(error instanceof ModelError)) return error;
  return new ModelError(error.diagnostics.map((item) => withSource(item, graph, inputs)));
}

function withSource(item: Diagnostic, graph: Graph, inputs: readonly LoadedInput[]): Diagnostic {
  const loaded = item.code === 'US2003' ? inputs.find(({ name }) => name === item.value) : undefined;
  const input = graph.inputs.find(({ name }) => name === loaded?.name);
  if (loaded === undefined || input === undefined || loaded.source === randomSource) return item;
  const hint = item.hint ?? hintFor(input, loaded.tensor);
  return { ...item, file: loaded.source, ...(hint === undefined ? {} : { hint }) };
}

function hintFor(input: Value, tensor: Tensor): string | undefined {
  const type = input.declared?.kind === 'tensor' ? input.declared.elementType : undefined;
  if (type !== undefined && type !== tensor.type) return castHint(type);
  const difference = (declaredShape(input)?.length ?? tensor.dims.length) - tensor.dims.length;
  if (difference === 1) return 'where the batch is missing, add an axis of size 1, in NumPy with array[None]';
  if (difference === -1 && tensor.dims[0] === 1) return 'take the first axis of size 1 off, in NumPy with array[0]';
  return undefined;
}

function castHint(type: ElementType): string | undefined {
  const dtype = npyType(type);
  return dtype === undefined ? undefined : `convert it, in NumPy with array.astype('${dtype}')`;
}
