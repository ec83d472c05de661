/** How an operator is compiled: what adds the steps of its nodes. */
import type { Node } from '../ir/graph.js';
import type { AttributeSpecs } from '../ops/attributes.js';
import { isOf } from '../ops/bind.js';
import type { BoundOperator, OperatorSchema } from '../ops/operator.js';
import type { Formals } from '../ops/signature.js';
import type { LoweringContext } from './context/context.js';

/** What kernels compute of an operator, as docs/operators.md says it; the rest is left to its reference. */
export interface Kernels<R extends string = string> {
  readonly types: readonly ElementKind[];
  /** All reasons that its lowering may give, but those that any operator may have. */
  readonly except: readonly R[];
}

/** Kinds of elements that kernels compute with: whatever becomes float32, and integers, small ones of 8 and 16 bits. */
export type ElementKind = 'floats' | 'small integers' | 'integers' | 'bools';

/** A reason of this list. */
export type ReasonOf<L extends readonly string[]> = L[number];

export function kernelsOf<const R extends string = never>(
  types: readonly ElementKind[],
  except: readonly R[] = [],
): Kernels<R> {
  return { types, except };
}

export const floats = ['floats'] as const;
export const integers = ['integers'] as const;
export const smallIntegers = ['small integers'] as const;
export const bools = ['bools'] as const;
export const floatsAndSmallIntegers = ['floats', 'small integers'] as const;
export const floatsAndIntegers = ['floats', 'integers'] as const;
/** What is moved, whatever it is. */
export const anyElements = ['floats', 'integers', 'bools'] as const;

/** A value of the node is not as kernels need it: `unfit-value.ts` says which, and what it is. Never printed. */
export const unfitValue = 'a value that kernels do not compute with';

/** Of elementwise nodes: parameters that are computed where a tree wants numbers, or more inputs than a loop has. */
export const unusableInputs = 'inputs that no loop takes';

/** What operators have alike, and the page of operators says once. */
export type GeneralReason = typeof unfitValue | typeof unusableInputs;

/** The lowering of one operator, in all its versions. */
export interface Lowering {
  readonly schema: OperatorSchema;
  readonly kernels: Kernels;
  /**
   * Adds the steps that compute a node, or gives the one reason why none can: its reference runs then. A reason is a noun
   * phrase of what the node has: "a bias that is computed".
   */
  lower(context: LoweringContext, node: Node, bound: BoundOperator): string | undefined;
}

/**
 * @param kernels has every reason that `lower` gives, which the types hold it to
 * @param lower gets attributes as the node's version has them, and values by the signature's names: it reads no others
 */
export function defineLowering<
  const S extends AttributeSpecs,
  const I extends Formals,
  const O extends Formals,
  const R extends string,
>(
  schema: OperatorSchema<S, string, I, O>,
  kernels: Kernels<R>,
  lower: (
    context: LoweringContext,
    node: Node,
    bound: BoundOperator<S, I, O>,
  ) => NoInfer<R> | GeneralReason | undefined,
): Lowering {
  return {
    schema,
    kernels,
    lower(context, node, bound) {
      if (!isOf(schema, bound)) throw new RangeError(`a node of ${bound.operator.name} is lowered as ${schema.name}`);
      return lower(context, node, bound);
    },
  };
}
