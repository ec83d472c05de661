/** Elementwise computations with integers, element by element: they are indices, sizes and masks, and never the bulk of a run. */
import { type Local, memoryOp } from '../expression.js';
import { type Element, loadElement, storeElement } from './cells.js';
import { divides, emitInteger, type IntegerTree } from './integer-expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface IntegerElementwiseParams {
  readonly tree: IntegerTree;
  /** Strides of the inputs in order, then of the output, in words. */
  readonly axes: readonly PointerAxis[];
  readonly inputs: readonly Element[];
  readonly output: Element;
}

/** Arguments: inputs, output, and where the tree divides a word that a divisor of zero sets to 1. */
export function integerElementwise(target: KernelTarget, params: IntegerElementwiseParams): Kernel {
  const { tree, axes, inputs, output } = params;
  const mayFail = divides(tree);
  return positionKernel(target, {
    name: 'integer elementwise',
    axes,
    pointers: inputs.length + (mayFail ? 2 : 1),
    operations: product(axes.map(({ size }) => size)),
    work: 4,
    body: (f, pointers) => {
      const values = inputs.map((element, i) => ({
        type: element.type,
        value: f.local(element.type === 'float32' ? 'f32' : 'i64', loadElement(element, pointers[i]!)),
      }));
      const onZero = () => f.run(memoryOp('i32.store', 0, pointers.at(-1) as Local, 1));
      const { value } = emitInteger(f, tree, values, onZero);
      storeElement(f, output, pointers[inputs.length]!, value);
    },
  });
}
