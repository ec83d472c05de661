/** Copies between tensors at strides: slices, transposes, what is padded. */
import type { Node } from '../../ir/graph.js';
import type { PointerAxis } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import type { LoweredTensor } from '../context/tensor.js';
import type { TensorPlacement } from '../context/unplaced-step.js';

export interface Copy {
  readonly node: Node;
  readonly source: LoweredTensor;
  readonly target: LoweredTensor;
  readonly elements: number;
  /** Steps that fill one target together do not wait for one another. */
  readonly isDisjoint?: boolean;
  /** Strides of source and target along the axes, in any order; where both begin, in floats from their first elements. */
  readonly place: (placement: TensorPlacement) => {
    readonly axes: readonly PointerAxis[];
    readonly sourceOffset?: number;
    readonly targetOffset?: number;
  };
}

/** The axes of a box that lies at other strides here and there. */
export function boxAxes(sizes: readonly number[], from: readonly number[], to: readonly number[]): PointerAxis[] {
  return sizes.map((size, axis) => ({ size, strides: [from[axis]!, to[axis]!] }));
}

export function addCopy(
  context: LoweringContext,
  { node, source, target, elements, isDisjoint = false, place }: Copy,
): void {
  context.add({
    kind: 'kernel',
    algorithm: 'copy',
    nodes: [node],
    reads: [source],
    writes: [target],
    isDisjoint,
    operations: 0,
    work: elements * 4,
    build: (placement) => {
      const { axes, sourceOffset = 0, targetOffset = 0 } = place(placement);
      return {
        kernel: { name: 'copy', params: { axes } },
        pointers: [
          { tensor: source, offset: sourceOffset },
          { tensor: target, offset: targetOffset },
        ],
      };
    },
  });
}

/** Puts a number everywhere. */
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
