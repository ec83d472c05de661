/** Max pooling by windows of two by two that steps of Winograd's filtering do with each tile of outputs, while it is in the nearest cache. */
import type { Node, Value } from '../ir/graph.js';
import { channelBlock } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context/context.js';
import type { Nhwc8Tensor } from './context/tensor.js';
import type { OutputTiles, TileFollower, UnplacedKernel } from './context/unplaced-step.js';

/** Has the steps that make `x` pool it, if all of them can: windows have to lie in tiles whole. */
export function poolsInTiles(
  { steps, uses, done }: LoweringContext,
  node: Node,
  x: Value,
  input: Nhwc8Tensor,
  output: Nhwc8Tensor,
): boolean {
  const { channels } = input.size;
  const isCut = (['height', 'width'] as const).some((axis) => output.size[axis] * 2 > input.size[axis]);
  if (isCut || channels % channelBlock !== 0) return false;
  const writers = steps.flatMap((step, i) =>
    step.kind === 'kernel' && step.writes.includes(input) ? [{ step, i }] : [],
  );
  const makes = ({ nodes }: UnplacedKernel) => nodes.some(({ outputs }) => outputs.includes(x));
  if (writers.length === 0 || !writers.every(({ step }) => makes(step) && fitsWindows(step.tiles))) return false;
  // Outputs that nothing else reads do not leave the cache: each tile takes the place of the one before.
  const isOnly = !uses.isReturned(x) && uses.readers(x).length === 1;
  const operand: TileFollower['operand'] = {
    reads: [],
    pointer: { tensor: output },
    // As of the outputs' size.
    view: (placement) => {
      const view = placement.view(output);
      return { ...view, rowStride: view.rowStride / 2, pixelStride: view.pixelStride / 2 };
    },
    isBroadcast: false,
  };
  for (const {
    step: { tiles, ...step },
    i,
  } of writers) {
    const { height, width, build } = tiles!;
    const { scratch = 0 } = step;
    const strides = {
      imageStride: 0,
      sliceStride: 0,
      rowStride: width * channels,
      pixelStride: channels,
      writable: channels,
    };
    const follower: TileFollower = {
      pooled: isOnly ? 'only' : 'too',
      operand,
      ...(isOnly && { target: { strides, pointer: { scratch } } }),
    };
    steps[i] = {
      ...step,
      algorithm: `${step.algorithm}, max pool`,
      nodes: [...step.nodes, node],
      writes: isOnly ? [output] : [...step.writes, output],
      scratch: scratch + height * width * channels,
      build: (placement) => build(placement, follower),
    };
  }
  done.add(node);
  return true;
}

function fitsWindows(tiles: OutputTiles | undefined): boolean {
  return tiles?.areWhole === true && tiles.height % 2 === 0 && tiles.width % 2 === 0;
}
