/**
 * Gathering and scattering at indices that are computed: runs of adjacent elements, whose place one index or several give. An
 * index counts from the end where it is negative; one that is outside is noted, and 0 is taken for it.
 */
import { add, multiply, repeat, subtract } from '../arithmetic.js';
import { type Local, memoryOp, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Element, type IntegerType, loadElement, storeElement, wordsOf, wrapped } from './cells.js';
import { emitCopy } from './copy.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

/** An index of a position: the place that it has among those of the position, and what it moves. */
export interface IndexComponent {
  readonly at: number;
  /** The size of the axis that it is an index of, and its stride in words. */
  readonly size: number;
  readonly stride: number;
}

interface Indexed {
  readonly index: Element;
  readonly components: readonly IndexComponent[];
  /** Whether negative indices are outside as well. */
  readonly countsFromStart?: boolean;
  /** Words of a run. */
  readonly run: number;
}

export interface GatherParams extends Indexed {
  /** Positions, with strides of source, indices and output in words. */
  readonly axes: readonly PointerAxis[];
}

export type Reduction = 'none' | 'add' | 'mul' | 'max' | 'min';

export interface ScatterParams extends Indexed {
  /** Positions that never coincide, with strides of target, indices and updates in words. */
  readonly axes: readonly PointerAxis[];
  /** Positions that may coincide, and so are visited in order. */
  readonly ordered: readonly PointerAxis[];
  readonly reduction: Reduction;
  readonly element: Element;
}

/** The byte offset that the indices at a position give, all of them inside. */
function offsetAt(
  f: FunctionBuilder,
  { index, components, countsFromStart = false }: Indexed,
  [indices, first, fault]: readonly [indices: Local, first: Local, fault: Local],
): Operand {
  const bytes = wordsOf(index.cells) * 4;
  const terms = components.map(({ at, size, stride }, k) => {
    const given = f.local('i64', loadElement(index, indices, at * bytes));
    const fromEnd = select('i64', op('i64.add', given, size), given, op('i64.lt_s', given, 0));
    const counted = f.local('i64', countsFromStart ? given : fromEnd);
    f.if(op('i64.ge_u', counted, size), () => {
      const position = op('i32.div_u', add(subtract(indices, first), at * bytes), bytes);
      const low = select('i64', given, -(2 ** 31), op('i64.gt_s', given, -(2 ** 31)));
      const kept = f.local('i64', low);
      const most = 2 ** 31 - 1;
      f.run(memoryOp('i32.store', 0, fault, k + 1));
      f.run(memoryOp('i64.store32', 4, fault, select('i64', kept, most, op('i64.lt_s', kept, most))));
      f.run(memoryOp('i32.store', 8, fault, position));
      f.set(counted, 0);
    });
    return multiply(op('i32.wrap_i64', counted), stride * 4);
  });
  return f.local('i32', add(...terms));
}

/** Arguments: source, indices, output, the first index, three words for an index that is outside. */
export function gather(target: KernelTarget, params: GatherParams): Kernel {
  const { axes, run, components } = params;
  return positionKernel(target, {
    name: 'gather',
    axes,
    pointers: 5,
    operations: run * product(axes.map(({ size }) => size)),
    work: run + 8 * components.length,
    body: (f, pointers) => {
      const [source, indices, output, first, fault] = pointers as [Local, Local, Local, Local, Local];
      const from = f.local('i32', add(source, offsetAt(f, params, [indices, first, fault])));
      emitCopy(f, { axes: [{ size: run, strides: [1, 1] }] }, [from, output]);
    },
  });
}

/** Arguments: target, indices, updates, the first index, three words for an index that is outside. */
export function scatter(target: KernelTarget, params: ScatterParams): Kernel {
  const { axes, ordered, run, components, element, reduction } = params;
  const words = wordsOf(element.cells);
  const steps = product(ordered.map(({ size }) => size));
  return positionKernel(target, {
    name: 'scatter',
    axes,
    pointers: 5,
    operations: run * steps * product(axes.map(({ size }) => size)),
    work: steps * (run + 8 * components.length),
    body: (f, pointers) => {
      const [into, indices, updates, first, fault] = pointers as [Local, Local, Local, Local, Local];
      const walk = (loops: readonly PointerAxis[], moved: readonly Local[]): void => {
        const here = moved.map((pointer) => f.local('i32', pointer));
        const [loop, ...rest] = loops;
        if (loop !== undefined) {
          repeat(f, loop.size, () => {
            walk(rest, here);
            for (const [i, stride] of loop.strides.entries()) f.increase(here[i]!, stride * 4);
          });
          return;
        }
        const [start, index, from] = here as [Local, Local, Local];
        const to = f.local('i32', add(start, offsetAt(f, params, [index, first, fault])));
        if (reduction === 'none') emitCopy(f, { axes: [{ size: run, strides: [1, 1] }] }, [from, to]);
        else {
          repeat(f, run / words, () => {
            const kind = element.type === 'float32' ? 'f32' : 'i64';
            const old = f.local(kind, loadElement(element, to));
            const update = f.local(kind, loadElement(element, from));
            storeElement(f, element, to, f.local(kind, reduced(element, reduction, old, update)));
            f.increase(to, words * 4);
            f.increase(from, words * 4);
          });
        }
      };
      walk(ordered, [into, indices, updates]);
    },
  });
}

/** Of bools, addition is or, and multiplication is and. */
function reduced({ type }: Element, reduction: Exclude<Reduction, 'none'>, a: Local, b: Local): Operand {
  if (type === 'float32') return op(`f32.${reduction}`, a, b);
  if (type === 'bool') return op(reduction === 'add' || reduction === 'max' ? 'i64.or' : 'i64.and', a, b);
  if (reduction === 'add' || reduction === 'mul') return wrapped(type as IntegerType, op(`i64.${reduction}`, a, b));
  const isLess = op(type === 'uint64' ? 'i64.lt_u' : 'i64.lt_s', a, b);
  return reduction === 'min' ? select('i64', a, b, isLess) : select('i64', b, a, isLess);
}
