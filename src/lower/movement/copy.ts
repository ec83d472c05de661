/** Copies between tensors at strides: slices, transposes, what is padded. */
import type { Node, Value } from '../../ir/graph.js';
import { type IntegerType, wordsOf } from '../../wasm/kernels/cells.js';
import type { PointerAxis } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import type { LoweredTensor, RowMajorTensor } from '../context/tensor.js';
import type { TensorPlacement } from '../context/unplaced-step.js';

export interface Copy {
  readonly node: Node;
  readonly source: LoweredTensor;
  readonly target: LoweredTensor;
  readonly elements: number;
  /** Whether other steps write the rest of the target: they need not wait for one another. */
  readonly isDisjoint?: boolean;
  /**
   * The axes of the copied box, in any order, with strides in source and target in words; offsets in words where the box begins
   * in each.
   */
  readonly boxOf: (placement: TensorPlacement) => {
    readonly axes: readonly PointerAxis[];
    readonly sourceOffset?: number;
    readonly targetOffset?: number;
  };
}

/** The axes of a box of `sizes`, with its strides in source and target. */
export function boxAxes(sizes: readonly number[], from: readonly number[], to: readonly number[]): PointerAxis[] {
  return sizes.map((size, axis) => ({ size, strides: [from[axis]!, to[axis]!] }));
}

export function addCopy(
  context: LoweringContext,
  { node, source, target, elements, isDisjoint = false, boxOf }: Copy,
): void {
  const isWide = source.layout === 'row-major' && source.cells === 'int64';
  context.add({
    kind: 'kernel',
    algorithm: 'copy',
    nodes: [node],
    reads: [source],
    writes: [target],
    isDisjoint,
    operations: 0,
    work: elements * (isWide ? 8 : 4),
    build: (placement) => {
      const { axes, sourceOffset = 0, targetOffset = 0 } = boxOf(placement);
      return {
        kernel: { name: 'copy', params: { axes: isWide ? [...axes, { size: 2, strides: [1, 1] }] : axes } },
        pointers: [
          { tensor: source, offset: sourceOffset },
          { tensor: target, offset: targetOffset },
        ],
      };
    },
  });
}

/** Sets every element to a number. */
export function addFill(
  context: LoweringContext,
  node: Node,
  target: LoweredTensor,
  value: number,
  axesOf: (placement: TensorPlacement) => readonly PointerAxis[],
  elements: number,
): void {
  context.add({
    kind: 'kernel',
    algorithm: 'fill',
    nodes: [node],
    reads: [],
    writes: [target],
    operations: 0,
    work: elements * 2,
    build: (placement) => ({
      kernel: { name: 'fill', params: { value, axes: axesOf(placement) } },
      pointers: [{ tensor: target }],
    }),
  });
}

/** Sets every element of an integer tensor to a number. */
export function addIntegerFill(
  context: LoweringContext,
  node: Node,
  value: Value,
  target: RowMajorTensor,
  number: number | bigint | string,
): void {
  const type = context.values.elementType(value) as IntegerType;
  const { cells } = target;
  const count = target.floats / wordsOf(cells);
  const params = {
    tree: { kind: 'constant', value: String(number), type },
    axes: [{ size: count, strides: [wordsOf(cells)] }],
    inputs: [],
    output: { type, cells },
  } as const;
  context.add({
    kind: 'kernel',
    algorithm: 'fill',
    nodes: [node],
    reads: [],
    writes: [target],
    operations: 0,
    work: count * 4,
    build: () => ({ kernel: { name: 'integer elementwise', params }, pointers: [{ tensor: target }] }),
  });
}

/** The first element of a tensor, so many times. */
export function addSpread(
  context: LoweringContext,
  node: Node,
  source: RowMajorTensor,
  target: RowMajorTensor,
  count: number,
): void {
  const axes = [{ size: count, strides: [0, wordsOf(target.cells)] }];
  addCopy(context, { node, source, target, elements: count, boxOf: () => ({ axes }) });
}
