/** Adds blocks, one from each column, into images where they overlap: Col2Im. */
import { add, multiply, repeat } from '../arithmetic.js';
import { type Local, memoryFill, type Operand, op } from '../expression.js';
import { type Element, type IntegerType, loadElement, storeElement, wordsOf, wrapped } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { rowKernel } from './rows.js';

/** A spatial axis: of the image, and of the blocks that are laid over it. */
export interface FoldAxis {
  readonly image: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the image. */
  readonly pad: number;
  /** Places of blocks. */
  readonly count: number;
}

export interface FoldColumnsParams {
  /** Images of one channel, one after another. */
  readonly planes: number;
  readonly axes: readonly FoldAxis[];
  readonly element: Element;
}

/** Arguments: columns (of a plane: elements of the block, then places), output. Units are planes. */
export function foldColumns(target: KernelTarget, params: FoldColumnsParams): Kernel {
  const { planes, axes, element } = params;
  const words = wordsOf(element.cells);
  const kind = element.type === 'float32' ? 'f32' : 'i64';
  const elements = product(axes.map(({ image }) => image));
  const columns = product(axes.map(({ kernel, count }) => kernel * count));
  return rowKernel(target, {
    name: 'fold columns',
    axes: [{ size: planes, strides: [columns * words, elements * words] }],
    pointers: 2,
    operations: planes * columns,
    body: (f, [from, to]) => {
      const at = f.local('i32', from);
      f.run(memoryFill(to!, 0, elements * words * 4));
      const inner = (axis: number, of: (axis: FoldAxis) => number) => product(axes.slice(axis + 1).map(of));
      const places = (axis: number, starts: readonly Local[], into: Operand): void => {
        const { image, stride, count } = axes[axis]!;
        const position = f.local('i32', starts[axis]!);
        const bytes = inner(axis, (other) => other.image) * words * 4;
        const skipped = inner(axis, (other) => other.count) * words * 4;
        repeat(f, count, () => {
          f.if(
            op('i32.lt_u', position, image),
            () => {
              const place = f.local('i32', add(into, multiply(position, bytes)));
              if (axis < axes.length - 1) {
                places(axis + 1, starts, place);
                return;
              }
              const [old, value] = [place, at].map((pointer) => f.local(kind, loadElement(element, pointer)));
              const sum =
                kind === 'f32'
                  ? op('f32.add', old!, value!)
                  : wrapped(element.type as IntegerType, op('i64.add', old!, value!));
              storeElement(f, element, place, f.local(kind, sum));
              f.increase(at, words * 4);
            },
            () => f.increase(at, skipped),
          );
          f.increase(position, stride);
        });
      };
      const taps = (axis: number, starts: readonly Local[]): void => {
        const current = axes[axis];
        if (current === undefined) {
          places(0, starts, to!);
          return;
        }
        const start = f.local('i32', -current.pad);
        repeat(f, current.kernel, () => {
          taps(axis + 1, [...starts, start]);
          f.increase(start, current.dilation);
        });
      };
      taps(0, []);
    },
  });
}
