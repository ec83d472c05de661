/**
 * Where kernels compute an epilogue. Inline, it works on the sums while they are in registers, and is written out for each
 * vector of a tile: that costs code, and registers for its operands beside the sums. Deferred, it is written out once, in a
 * loop over sums that were stored: that costs a store and a load of each.
 */
import { cost, type Elementwise, input } from './elementwise-expression.js';

/**
 * Instructions of an inline epilogue at most. A tile of a direct convolution has up to 24 vectors. Winograd's output transform
 * has up to 32, and finishes each between steps of the transform, which leave few registers.
 */
const mostInline = { direct: 8, winograd: 4 } as const;

export function isInline(epilogue: Elementwise, kernel: keyof typeof mostInline): boolean {
  return cost(epilogue) <= mostInline[kernel];
}

/**
 * An epilogue whose slope is a further input, so that layers which differ in what they have learnt of it share their code.
 * @param inputs the sum and operands that there are
 */
export function withGivenSlope(
  epilogue: Elementwise | undefined,
  inputs: number,
): { readonly tree: Elementwise | undefined; readonly slopes: readonly number[] } {
  const b = epilogue?.kind === 'where' ? epilogue.b : undefined;
  if (b?.kind !== 'binary' || b.op !== 'mul' || b.b.kind !== 'constant' || !isInline(epilogue!, 'direct')) {
    return { tree: epilogue, slopes: [] };
  }
  return { tree: { ...epilogue, b: { ...b, b: input(inputs) } } as Elementwise, slopes: [b.b.value] };
}
