/** Weights and biases that are computed: steps pack them in the run as constants are packed before it. */
import { packedBiasSize, packedSize, type TileSize } from '../../wasm/kernels/convolution.js';
import { product } from '../../wasm/kernels/kernel.js';
import type { PackPanelsParams } from '../../wasm/kernels/pack-panels.js';
import type { PointerAxis } from '../../wasm/kernels/rows.js';
import { readableAfter } from '../../wasm/kernels/views.js';
import { RowMajorTensor } from '../context/tensor.js';
import { addCopy, addFill } from '../movement/copy.js';
import { type AxisWindow, tapCount } from './geometry.js';
import type { ConvolutionSteps } from './steps.js';
import type { Subconvolution } from './windows.js';

/** The taps of an axis as steps through the kernel: whatever a window leaves out, they are at equal distances. */
function stepsThrough({ taps }: AxisWindow): { readonly first: number; readonly size: number; readonly step: number } {
  const [first = 0, second = first + 1] = taps;
  const step = second - first;
  if (taps.some((tap, i) => tap !== first + i * step)) throw new RangeError(`taps ${taps.join()} in no equal steps`);
  return { first, size: taps.length, step };
}

/**
 * Packs computed weights, the subconvolutions one after another.
 * @param starts where each begins, in floats; all take `floats`
 */
export function packComputedWeights(
  steps: ConvolutionSteps,
  subconvolutions: readonly Subconvolution[],
  { tile, isDepthwise }: { readonly tile: TileSize; readonly isDepthwise: boolean },
  { starts, floats }: { readonly starts: readonly number[]; readonly floats: number },
): RowMajorTensor {
  const { context, layer } = steps;
  const { weights, strides, groups, input, output } = layer;
  const source = context.tensors.rowMajor(weights);
  const packed = new RowMajorTensor(`${weights.name} packed`, floats + readableAfter);
  const [channels, columns] = isDepthwise ? [1, output.channels] : [input.channels / groups, output.channels / groups];
  for (const [i, subconvolution] of subconvolutions.entries()) {
    const taps = tapCount(subconvolution);
    if (taps === 0) continue;
    const axes: PointerAxis[] = [];
    let [offset, inner] = [0, taps];
    const along = [
      [subconvolution.depth, strides.slice],
      [subconvolution.height, strides.row],
      [subconvolution.width, strides.column],
    ] as const;
    for (const [window, stride] of along) {
      const { first, size, step } = stepsThrough(window);
      inner /= size;
      offset += first * stride;
      axes.push({ size, strides: [step * stride, inner * channels] });
    }
    const params: PackPanelsParams = {
      batches: isDepthwise
        ? []
        : [{ size: groups, strides: [strides.group, packedSize(taps * channels, columns, tile)] }],
      taps: axes,
      sum: channels,
      sumStride: strides.channel,
      columns,
      columnStride: isDepthwise ? strides.group : strides.output,
      tile,
    };
    context.add({
      kind: 'kernel',
      algorithm: 'pack panels',
      nodes: [layer.node],
      reads: [source],
      writes: [packed],
      isDisjoint: true,
      operations: 0,
      work: product([groups, taps, channels, columns]) * 4,
      build: () => ({
        kernel: { name: 'pack panels', params },
        pointers: [
          { tensor: source, offset },
          { tensor: packed, offset: starts[i]! },
        ],
      }),
    });
  }
  return packed;
}

/** The bias in rows of whole panels, one for each group. */
export function packComputedBias(
  steps: ConvolutionSteps,
  columns: number,
  groups: number,
  tile: TileSize,
): RowMajorTensor {
  const { context, layer } = steps;
  const source = context.tensors.rowMajor(layer.bias!);
  const stride = packedBiasSize(columns, tile);
  const packed = new RowMajorTensor(`${layer.bias!.name} packed`, groups * stride + readableAfter);
  // What follows a row is read, though it does not count: it has to be finite.
  addFill(context, layer.node, packed, 0, () => [{ size: packed.floats, strides: [1] }], packed.floats);
  addCopy(context, {
    node: layer.node,
    source,
    target: packed,
    elements: groups * columns,
    boxOf: () => ({
      axes: [
        { size: groups, strides: [columns, stride] },
        { size: columns, strides: [1, 1] },
      ],
    }),
  });
  return packed;
}
