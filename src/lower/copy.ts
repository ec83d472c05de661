/** Copies between tensors at strides: slices, transposes, what is padded. */
import type { Node } from '../ir/graph.js';
import type { ElementwiseParams } from '../wasm/kernels/elementwise.js';
import { constant, input } from '../wasm/kernels/elementwise-expression.js';
import { mergePointerAxes, type PointerAxis } from '../wasm/kernels/rows.js';
import type { LoweringContext } from './context.js';
import type { Places } from './draft.js';
import type { LoweredTensor } from './tensor.js';

export interface Copy {
  readonly node: Node;
  readonly source: LoweredTensor;
  readonly target: LoweredTensor;
  readonly elements: number;
  /** Strides of source and target along the axes, and where both begin, in floats from their first elements. */
  readonly place: (places: Places) => {
    readonly axes: readonly PointerAxis[];
    readonly sourceOffset: number;
    readonly targetOffset: number;
  };
}

export function addCopy(context: LoweringContext, { node, source, target, elements, place }: Copy): void {
  context.add({
    kind: 'kernel',
    algorithm: 'copy',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 0,
    work: elements * 4,
    build: (places) => {
      const { axes, sourceOffset, targetOffset } = place(places);
      return {
        kernel: { name: 'elementwise', params: copyParams(axes) },
        pointers: [
          { tensor: source, offset: sourceOffset },
          { tensor: target, offset: targetOffset },
        ],
      };
    },
  });
}

function copyParams(axes: readonly PointerAxis[]): ElementwiseParams {
  const merged = mergePointerAxes(axes);
  const last = merged.at(-1);
  const [from, to] = last?.strides ?? [];
  const isRun = last !== undefined && to === 1 && (from === 1 || from === 0);
  return {
    tree: input(0),
    axes: isRun ? merged.slice(0, -1) : merged,
    channels: isRun ? last.size : 1,
    writable: isRun ? last.size : 1,
    isSpread: [isRun && from === 0],
  };
}

/** Puts a number everywhere. */
export function addFill(
  context: LoweringContext,
  node: Node,
  target: LoweredTensor,
  value: number,
  axesOf: (places: Places) => readonly PointerAxis[],
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
    build: (places) => {
      const merged = mergePointerAxes(axesOf(places));
      const last = merged.at(-1);
      const isRun = last?.strides[0] === 1;
      const size = isRun ? last.size : 1;
      const params: ElementwiseParams = {
        tree: constant(value),
        axes: isRun ? merged.slice(0, -1) : merged,
        channels: size,
        writable: size,
        isSpread: [],
      };
      return { kernel: { name: 'elementwise', params }, pointers: [{ tensor: target }] };
    },
  });
}
