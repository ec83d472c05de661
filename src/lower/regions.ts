/** RoiAlign and MaxRoiPool, in NHWC8. */
import type { Node } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { mostPoints } from '../ops/pooling/regions.js';
import { maxRoiPoolSchema, roiAlignSchema } from '../ops/pooling/schemas.js';
import type { KernelSpec } from '../wasm/kernels/spec.js';
import type { View } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context/context.js';
import type { LoweredTensor } from './context/tensor.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { areReadable, elementOf } from './movement/computed-indices.js';

interface RegionStep {
  /** The image, and what says where the regions are. */
  readonly reads: readonly LoweredTensor[];
  readonly output: LoweredTensor;
  readonly images: number;
  readonly operations: number;
  readonly kernel: (input: View, output: View) => KernelSpec;
}

function addRegions(context: LoweringContext, node: Node, step: RegionStep): void {
  const { reads, output, images, operations, kernel } = step;
  const fault = context.fault(node, { kind: 'region that does not fit', images });
  context.add({
    kind: 'kernel',
    algorithm: 'regions',
    nodes: [node],
    reads,
    writes: [output],
    operations,
    build: (placement) => ({
      kernel: kernel(placement.view(reads[0]!), placement.view(output)),
      pointers: [...reads, output, fault].map((tensor) => ({ tensor })),
    }),
  });
}

const lowerRoiAlign = defineLowering(
  roiAlignSchema,
  kernelsOf(floats),
  (context, node, { version, attributes, inputs, outputs }) => {
    const { X: x, rois, batch_indices: indices } = inputs;
    const [dims, onto] = [context.values.floatDims(x), context.values.floatDims(outputs.Y)];
    const index = elementOf(context, indices);
    if (dims === undefined || onto === undefined || context.values.floatDims(rois) === undefined) return unfitValue;
    if (index === undefined || !areReadable(context, indices)) return unfitValue;
    const { coordinate_transformation_mode, mode, sampling_ratio, spatial_scale } = attributes;
    const points = (Math.max(0, sampling_ratio) || 2) ** 2;
    addRegions(context, node, {
      reads: [context.tensors.nhwc8(x), context.tensors.rowMajor(rois), context.tensors.stored(indices)],
      output: context.tensors.makeNhwc8(outputs.Y),
      images: dims[0]!,
      operations: elementCount(onto) * points * 8,
      kernel: (input, output) => ({
        name: 'roi align',
        params: {
          input,
          output,
          scale: spatial_scale,
          mode: mode === 'avg' ? 'average' : 'max',
          // Version 10 does not shift by half an element.
          isHalfPixel: version >= 16 && coordinate_transformation_mode === 'half_pixel',
          samplingRatio: Math.max(0, sampling_ratio),
          index,
          mostPoints,
        },
      }),
    });
    return undefined;
  },
);

const lowerMaxRoiPool = defineLowering(
  maxRoiPoolSchema,
  kernelsOf(floats),
  (context, node, { attributes, inputs: { X: x, rois }, outputs: { Y: y } }) => {
    const [dims, onto] = [context.values.floatDims(x), context.values.floatDims(y)];
    if (dims === undefined || onto === undefined || context.values.floatDims(rois) === undefined) return unfitValue;
    addRegions(context, node, {
      reads: [context.tensors.nhwc8(x), context.tensors.rowMajor(rois)],
      output: context.tensors.makeNhwc8(y),
      images: dims[0]!,
      operations: elementCount(onto) * 4,
      kernel: (input, output) => ({
        name: 'max roi pool',
        params: { input, output, scale: attributes.spatial_scale },
      }),
    });
    return undefined;
  },
);

export const regionLowerings: readonly Lowering[] = [lowerMaxRoiPool, lowerRoiAlign];
