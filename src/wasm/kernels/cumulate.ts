/** Sums or products of all elements so far along an axis. */
import { repeat } from '../arithmetic.js';
import { type Operand, op } from '../expression.js';
import { type Element, type IntegerType, loadElement, storeElement, wrapped } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface CumulateParams {
  readonly kind: 'add' | 'mul';
  /** Lines, with strides of input and output in words. */
  readonly lines: readonly PointerAxis[];
  readonly element: Element;
  readonly size: number;
  readonly stride: number;
  /** Whether an element counts for those after it alone. */
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** Arguments: input, output. Sums of floats are in float64 and rounded to float32 where they are stored. */
export function cumulate(target: KernelTarget, params: CumulateParams): Kernel {
  const { kind, lines, element, size, stride, exclusive, reverse } = params;
  const isFloat = element.type === 'float32';
  return positionKernel(target, {
    name: 'cumulate',
    axes: lines,
    pointers: 2,
    operations: size * product(lines.map((axis) => axis.size)),
    work: size * 4,
    body: (f, pointers) => {
      const [from, to] = pointers.map((pointer) => f.local('i32', pointer));
      const step = (reverse ? -stride : stride) * 4;
      if (reverse) for (const pointer of [from!, to!]) f.increase(pointer, (size - 1) * stride * 4);
      const total = f.local(isFloat ? 'f64' : 'i64');
      f.set(total, kind === 'add' ? 0 : 1);
      const store = (value: Operand) => storeElement(f, element, to!, isFloat ? op('f32.demote_f64', value) : value);
      repeat(f, size, () => {
        if (exclusive) store(total);
        const value = loadElement(element, from!);
        const next = isFloat
          ? op(`f64.${kind}`, total, op('f64.promote_f32', value))
          : wrapped(element.type as IntegerType, op(`i64.${kind}`, total, value));
        const kept = f.local(isFloat ? 'f64' : 'i64', next);
        if (!exclusive) store(kept);
        f.set(total, kept);
        for (const pointer of [from!, to!]) f.increase(pointer, step);
      });
    },
  });
}
