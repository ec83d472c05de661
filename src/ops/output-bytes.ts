/** What a reference will make, before it makes it: its operator's shape rule, asked about tensors. */
import { ProblemError } from '../diagnostics.js';
import { type Dim, symbol, unknownInteger } from '../ir/dim.js';
import { maxKnownElements, type SymbolicTensor, symbolicFromTensor } from '../ir/quantity.js';
import { typeOfTensor } from '../ir/sequence.js';
import { isConcrete, type Shape, type TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { tensorBytes } from '../limits/bytes.js';
import type { InferContext, UnifyOptions } from './infer-context.js';
import type { BoundOperator } from './operator.js';

/**
 * Bytes of the outputs that a reference will make of these tensors; those whose shape only computing them tells are
 * left out. What is wrong with the inputs is not said here: the reference says it.
 */
export function outputBytes(
  bound: BoundOperator,
  inputs: readonly (Tensor | undefined)[],
  outputCount: number,
): number {
  let types: readonly TensorType[];
  try {
    types = bound.infer(new TensorContext(inputs, outputCount));
  } catch (error) {
    if (error instanceof ProblemError) return 0;
    throw error;
  }
  let bytes = 0;
  for (const { elementType, shape } of types.slice(0, outputCount)) {
    if (elementType === undefined || shape === undefined || !isConcrete(shape)) continue;
    bytes += tensorBytes(elementType, shape as readonly number[]);
  }
  return bytes;
}

/** A node's inputs as a shape rule sees them. Sizes that disagree are the reference's to report. */
class TensorContext implements Omit<InferContext<unknown>, 'version' | 'attributes'> {
  readonly inputs: readonly (TensorType | undefined)[];

  constructor(
    private readonly tensors: readonly (Tensor | undefined)[],
    readonly outputCount: number,
  ) {
    this.inputs = tensors.map((tensor) => tensor && typeOfTensor(tensor));
  }

  shape(i: number): Shape | undefined {
    return this.inputs[i]?.shape;
  }

  elementType(i: number) {
    return this.inputs[i]?.elementType;
  }

  known(i: number): SymbolicTensor | undefined {
    const tensor = this.inputs[i]?.sequence === undefined ? this.tensors[i] : undefined;
    return tensor === undefined || tensor.size > maxKnownElements ? undefined : symbolicFromTensor(tensor);
  }

  partlyKnown(i: number): SymbolicTensor | undefined {
    return this.known(i);
  }

  withUnknowns(i: number): SymbolicTensor | undefined {
    return this.known(i);
  }

  pooledShape(): undefined {
    return undefined;
  }

  flattenedShape(): undefined {
    return undefined;
  }

  unknownElement(): Dim {
    return unknownInteger('?', 'only a run knows it');
  }

  unify(a: Dim, b: Dim, _what: string, { orOne = false }: UnifyOptions = {}): Dim {
    return orOne && a === 1 ? b : a;
  }

  atLeast(dim: Dim): Dim {
    return dim;
  }

  isNonNegative(dim: Dim): boolean {
    return typeof dim === 'number' && dim >= 0;
  }

  isNeverNegative(dim: Dim): boolean {
    return this.isNonNegative(dim);
  }

  quotient(): undefined {
    return undefined;
  }

  fresh(reason: string, min = 0): Dim {
    return symbol('?', { min, reason });
  }

  warn(): void {}

  inferGraph(): readonly [] {
    return [];
  }

  graphOutputs(): readonly [] {
    return [];
  }
}
