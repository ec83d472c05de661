/** Copies runs of adjacent elements from where a table says. */
import { add, multiply } from '../arithmetic.js';
import { type Local, load } from '../expression.js';
import { emitCopy } from './copy.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface GatherRunsParams {
  /** Strides of source and output; the same table serves all positions of these axes. */
  readonly outer: readonly PointerAxis[];
  /** Entries of the table: offsets of runs in the source, in floats, as int32. */
  readonly count: number;
  /** Floats of a run. In the output, runs follow one another. */
  readonly run: number;
}

/** Arguments: source, table, output. */
export function gatherRuns(target: KernelTarget, params: GatherRunsParams): Kernel {
  const { outer, count, run } = params;
  const axes: PointerAxis[] = [
    ...outer.map(({ size, strides }) => ({ size, strides: [strides[0]!, 0, strides[1]!] })),
    { size: count, strides: [0, 1, run] },
  ];
  return positionKernel(target, {
    name: 'gather runs',
    axes,
    pointers: 3,
    operations: run * product(axes.map(({ size }) => size)),
    work: run + 4,
    body: (f, pointers) => {
      const [source, table, output] = pointers as [Local, Local, Local];
      const from = f.local('i32', add(source, multiply(load('i32.load', table), 4)));
      emitCopy(f, { axes: [{ size: run, strides: [1, 1] }] }, [from, output]);
    },
  });
}
