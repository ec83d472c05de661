/** The arguments of `create` and `run` in all their forms. */

import { OptionalTensor, TensorSequence } from '../ir/sequence.js';
import { formatShape } from '../ir/shape.js';
import type { Tensor as DenseTensor } from '../ir/tensor.js';
import { checkSeed } from './check-options.js';
import type { SessionSource } from './session-model.js';
import type { Fetches, SessionRunOptions } from './session-options.js';
import { denseTensor, tensorOf } from './tensor/dense.js';
import { Tensor } from './tensor/tensor.js';

/** A tensor to write an output into. */
interface Target {
  readonly given: Tensor;
  readonly elements: DenseTensor;
}

/** By output. */
export type Targets = ReadonlyMap<string, Target | null>;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The source and the options of the three forms of `create`. @throws TypeError, RangeError */
export function readCreateArguments([first, second, third, fourth]: readonly unknown[]): [SessionSource, unknown] {
  const isShared = typeof SharedArrayBuffer === 'function' && first instanceof SharedArrayBuffer;
  if (!(first instanceof ArrayBuffer) && !isShared) {
    if (typeof first !== 'string' && !isObject(first))
      throw new TypeError('the model is a path, a URL, bytes, a Blob, or what openModel or extract gives');
    return [first as SessionSource, second];
  }
  const buffer = first as ArrayBufferLike;
  const isPart = typeof second === 'number';
  const offset = isPart ? second : 0;
  const length = isPart && third !== undefined ? third : buffer.byteLength - offset;
  if (typeof length !== 'number') throw new TypeError("'byteLength' has to be a number");
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length <= 0 ||
    offset + length > buffer.byteLength
  )
    throw new RangeError(`there are no bytes ${offset} to ${offset + length} in a buffer of ${buffer.byteLength}`);
  const bytes = new Uint8Array(buffer, offset, length);
  // Text cannot be decoded from shared memory everywhere.
  return [isShared ? new Uint8Array(bytes) : bytes, isPart ? fourth : second];
}

/**
 * What follows the feeds of a run: fetches and options, either or none.
 * @throws TypeError, RangeError
 */
export function readRunArguments(
  outputNames: readonly string[],
  second: unknown,
  third: unknown,
): { readonly targets: Targets; readonly options: SessionRunOptions } {
  if (second !== undefined && !isObject(second)) throw new TypeError('the second argument is fetches or options');
  if (third !== undefined && !isObject(third)) throw new TypeError("'options' have to be an object");
  if (second instanceof Tensor) throw new TypeError('fetches are names, or an object of tensors by name');
  // Outputs may be called as options are; what has a tensor or null for one of them is fetches.
  const isFetches =
    Array.isArray(second) ||
    (second !== undefined &&
      outputNames.some((name) => Object.hasOwn(second, name) && isTarget((second as Record<string, unknown>)[name])));
  const options: SessionRunOptions = (isFetches ? third : second) ?? {};
  checkSeed(options.seed);
  return { targets: readFetches(outputNames, isFetches ? (second as Fetches) : outputNames), options };
}

function isTarget(value: unknown): boolean {
  return value === null || (isObject(value) && 'type' in value && 'dims' in value);
}

function readFetches(outputNames: readonly string[], fetches: Fetches): Targets {
  const pairs: readonly (readonly [string, Tensor | null])[] = Array.isArray(fetches)
    ? (fetches as readonly string[]).map((name) => [name, null])
    : Object.entries(fetches as Readonly<Record<string, Tensor | null>>);
  if (pairs.length === 0 && outputNames.length > 0) throw new RangeError("'fetches' name no output");
  const known = new Set(outputNames);
  return new Map(
    pairs.map(([name, target]) => {
      if (!known.has(name))
        throw new RangeError(`the model has no output '${String(name)}'; its outputs are ${outputNames.join(', ')}`);
      return [name, target === null ? null : { given: target, elements: denseTensor(target, name) }];
    }),
  );
}

/**
 * The outputs by name, written into the tensors that were given for them.
 * @param outputs in the order of `targets`
 * @throws RangeError for a tensor of another type or shape
 */
export function deliver(targets: Targets, outputs: readonly DenseTensor[]): { [name: string]: Tensor } {
  return Object.fromEntries(
    [...targets].map(([name, target], i) => {
      const output = outputs[i]!;
      if (target === null) return [name, delivered(output)];
      return [name, write(output, target, name)];
    }),
  );
}

/**
 * A sequence as a list of tensors, an optional as what it holds, or null: these the types of onnxruntime-common do not have.
 */
function delivered(output: DenseTensor): Tensor {
  if (output instanceof OptionalTensor)
    return output.element === undefined ? (null as unknown as Tensor) : delivered(output.element);
  if (!(output instanceof TensorSequence)) return tensorOf(output);
  return output.tensors.map(delivered) as readonly Tensor[] as unknown as Tensor;
}

function write(output: DenseTensor, { given, elements }: Target, name: string): Tensor {
  const [wanted, made] = [elements, output].map(({ type, dims }) => type + formatShape(dims));
  if (wanted !== made)
    throw new RangeError(`the output '${name}' is ${made}, and does not fit into a tensor of ${wanted}`);
  for (let i = 0; i < output.data.length; i++) elements.data[i] = output.data[i]!;
  return given instanceof Tensor ? given : tensorOf(elements);
}
