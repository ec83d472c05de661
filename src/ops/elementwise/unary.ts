/** Computes elementwise operators of one input, and defines operators that are a function of one number. */
import { type ElementType, isBigInt } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Quantity } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import type { AttributeSpecs, AttributeValues } from '../attributes.js';
import { defineOperator } from '../operator.js';
import { type Formal, required } from '../signature.js';
import { TypeSet } from '../type-set.js';
import { resultArray } from './element-types.js';
import { mapSymbolic, symbolicInputs } from './symbolic.js';

export interface UnaryKernel {
  number(x: number): number;
  /** For int64 and uint64, which numbers cannot represent exactly; results wrap to 64 bits. */
  bigint?(x: bigint): bigint;
  /** `number` over all elements, as a loop to avoid a call per element on large tensors. */
  loop?(x: NumberArray, out: NumberArray): void;
}

/** The kernel applied to every element, as `type` (default: the input's). */
export function applyUnary(x: Tensor, kernel: UnaryKernel, type: ElementType = x.type): Tensor {
  if (kernel.bigint !== undefined && isBigInt(x.type) && type === x.type) {
    return new Tensor(type, x.dims, (x.data as BigInt64Array).map(kernel.bigint));
  }
  const numbers = numbersOf(x);
  const out = resultArray(type, numbers.length);
  if (kernel.loop !== undefined) kernel.loop(numbers, out);
  else for (let i = 0; i < numbers.length; i++) out[i] = kernel.number(numbers[i]!);
  return tensorFromNumbers(type, x.dims, out);
}

interface UnaryDefinition<S extends AttributeSpecs, N extends string, I extends string, O extends string> {
  readonly name: N;
  readonly versions: readonly number[];
  /** The opset that removed the operator. */
  readonly removedIn?: number;
  readonly takes: TypeSet;
  /** The names of input and output (default: X and Y). */
  readonly names?: readonly [I, O];
  /** The result's element type (default: the input's). */
  readonly gives?: ElementType;
  readonly attributes?: S;
  kernel(attributes: AttributeValues<S>, type: ElementType): UnaryKernel;
  quantity?(x: Quantity, type: ElementType): Quantity | undefined;
}

export function defineUnary<
  const N extends string,
  const S extends AttributeSpecs = Record<never, never>,
  const I extends string = 'X',
  const O extends string = 'Y',
>(definition: UnaryDefinition<S, N, I, O>) {
  const { name, versions, removedIn, takes, gives, attributes = {} as S, kernel, quantity } = definition;
  const [input, output] = definition.names ?? (['X', 'Y'] as unknown as readonly [I, O]);
  return defineOperator<S, N, readonly [Formal<I, Value>], readonly [Formal<O, Value>]>({
    name,
    versions,
    removedIn,
    inputs: [required(input, 'T')],
    outputs: [required(output, gives === undefined ? 'T' : TypeSet.of(gives))],
    types: { T: takes },
    isElementwise: true,
    attributes,
    infer: (context) => [tensorType(gives ?? context.elementType(0), context.shape(0))],
    ...(quantity && {
      symbolic: (context) => {
        const inputs = symbolicInputs(context, 1);
        if (inputs === undefined) return undefined;
        const { type } = inputs[0]!;
        return [
          mapSymbolic(
            inputs,
            gives ?? type,
            ([x]) => quantity(x!, type),
            () => context.unknownElement(),
          ),
        ];
      },
    }),
    reference: (context) => {
      const x = tensorAt(context, 0);
      return [applyUnary(x, kernel(context.attributes, x.type), gives)];
    },
  });
}
