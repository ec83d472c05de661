/** Bytes that a table has others for. */
import { add, repeat } from '../arithmetic.js';
import { load, memoryOp } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface ByteTableParams {
  /** Positions of pixels. Strides in words: of the input, the table (0) and the output. */
  readonly axes: readonly PointerAxis[];
  readonly channels: number;
}

/** Bytes that are written out without a loop. */
const group = 16;

/** Arguments: input, table of 256 bytes, output. */
export function byteTable(target: KernelTarget, { axes, channels }: ByteTableParams): Kernel {
  return positionKernel(target, {
    name: 'byte table',
    key: { axes, channels },
    axes,
    pointers: 3,
    operations: product(axes.map(({ size }) => size)) * channels,
    work: channels,
    body: (f, [from, table, to]) => {
      const some = (count: number) => {
        for (let i = 0; i < count; i++) {
          const found = load('i32.load8_u', add(table!, load('i32.load8_u', from!, i)));
          f.run(memoryOp('i32.store8', i, to!, found));
        }
      };
      repeat(f, Math.floor(channels / group), () => {
        some(group);
        f.increase(from!, group);
        f.increase(to!, group);
      });
      some(channels % group);
    },
  });
}
