/** Bytes that a table has others for, or float32. */
import { add, multiply, repeat } from '../arithmetic.js';
import { load, memoryOp } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface ByteTableParams {
  /** Positions of pixels. Strides in words: of the input, the table (0) and the output. */
  readonly axes: readonly PointerAxis[];
  readonly channels: number;
  /** Whether the table has float32, and so has the output. */
  readonly isFloats: boolean;
}

/** Bytes that are written out without a loop. */
const group = 16;

/** Arguments: input, table of 256 elements, output. */
export function byteTable(target: KernelTarget, { axes, channels, isFloats }: ByteTableParams): Kernel {
  return positionKernel(target, {
    name: 'byte table',
    axes,
    pointers: 3,
    operations: product(axes.map(({ size }) => size)) * channels,
    work: channels,
    body: (f, [from, table, to]) => {
      const some = (count: number) => {
        for (let i = 0; i < count; i++) {
          const byte = load('i32.load8_u', from!, i);
          if (isFloats) f.run(memoryOp('i32.store', i * 4, to!, load('i32.load', add(table!, multiply(byte, 4)))));
          else f.run(memoryOp('i32.store8', i, to!, load('i32.load8_u', add(table!, byte))));
        }
      };
      repeat(f, Math.floor(channels / group), () => {
        some(group);
        f.increase(from!, group);
        f.increase(to!, isFloats ? group * 4 : group);
      });
      some(channels % group);
    },
  });
}
