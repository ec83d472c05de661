/** Between the public tensor and the engine's. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { Tensor as DenseTensor, elementCount } from '../../ir/tensor.js';
import { checkDims, checkSize, classOf, describe, elementsFor, isHeldType } from './elements.js';
import { Tensor } from './tensor.js';

/** What feeds are made of: a Tensor of unstride or of onnxruntime-common, or any object with these. */
export interface TensorLike {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint> | ArrayLike<string> | ArrayLike<boolean>;
}

/** The public tensor over the same elements. */
export function tensorOf({ type, dims, data }: DenseTensor): Tensor {
  return new Tensor(type as Tensor.Type, data as Tensor.DataType, dims);
}

const feedNotTensor = defineProblem(
  'US2003',
  { input: 'string', actual: 'string', hint: 'string?' },
  ({ input, actual, hint }) => ({
    message: `the data for the input '${input}' is no tensor`,
    value: input,
    expected: 'a Tensor: { type, dims, data }',
    actual,
    hint,
  }),
);

/**
 * The engine's tensor over the same elements, or over converted ones where the data are plain arrays.
 * @param name of the input, for messages
 * @throws ProblemError US2003 for what is no tensor
 */
export function denseTensor(given: unknown, name: string): DenseTensor {
  if (given instanceof DenseTensor) return given;
  const refuse = (actual: string, hint?: string): never => fail(feedNotTensor({ input: name, actual, hint }));
  if (typeof given !== 'object' || given === null || classOf(given) !== undefined || Array.isArray(given)) {
    return refuse(describe(given), "make one: new Tensor('float32', data, dims)");
  }
  // Clones of tensors, as they arrive in workers, have what getters read.
  const { type, dims, cpuData, dataLocation, location = dataLocation ?? 'cpu' } = given as GivenTensor;
  if (location === 'none') return refuse('a tensor that is disposed of');
  if (location !== 'cpu' && location !== 'cpu-pinned')
    return refuse(`a tensor whose data is at '${String(location)}'`, 'get its data first, with getData()');
  if (!isHeldType(type)) return refuse(type === undefined ? 'an object without a type' : `the type '${String(type)}'`);
  try {
    checkDims(dims);
    const elements = elementsFor(type, cpuData ?? (given as TensorLike).data, elementCount(dims));
    checkSize(type, dims, elements.length);
    return new DenseTensor(type, dims, elements);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

interface GivenTensor {
  readonly type?: unknown;
  readonly dims?: unknown;
  readonly cpuData?: unknown;
  readonly dataLocation?: unknown;
  readonly location?: unknown;
}
