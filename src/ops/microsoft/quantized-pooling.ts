/**
 * QLinearAveragePool, QLinearGlobalAveragePool and NhwcMaxPool: onnxruntime's pooling of quantized tensors, of which some
 * have channels last.
 */

import type { Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { float32, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag } from '../attributes.js';
import { spatialAttributes } from '../convolution/window.js';
import type { Expansion } from '../expansion.js';
import type { InferContext } from '../infer-context.js';
import { transposeTensor } from '../movement/transpose.js';
import { defineOperator, family } from '../operator.js';
import { averageOfPlanes } from '../pooling/global-pool.js';
import { type PoolAttributes, poolShape } from '../pooling/pool.js';
import { averagePool, maxPool } from '../pooling/pool-reference.js';
import { checkParameters } from '../quantization/parameters.js';
import { optional, required } from '../signature.js';
import { bytes, float32s } from '../type-set.js';
import { channelsFirst, channelsLast, inOrder, seenAs } from '../view.js';
import { dequantized, quantized } from './affine.js';

const common = { domain: 'com.microsoft', versions: [1], types: { T: bytes } } as const;
const { dilations, ...undilated } = spatialAttributes;
const kernel_shape = spatialAttributes.kernel_shape.required();

/** A shape rule for [N, C, …], applied to a tensor with its channels last. */
function lastAxisRule(context: InferContext<unknown>, rule: (x: TensorType) => Shape | undefined): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 5 });
  if (x === undefined) return undefined;
  const shape = rule(tensorType(context.elementType(0), inOrder(x, channelsFirst(x.length))));
  return inOrder(shape, channelsLast(x.length));
}

function pooledShape(context: InferContext<PoolAttributes>, isLast: boolean): Shape | undefined {
  if (!isLast) return poolShape(context);
  const { version, attributes } = context;
  return lastAxisRule(context, (x) => poolShape(seenAs(context, { version, attributes, inputs: [x] })));
}

/** The function of a tensor [N, C, …], applied to one that may have its channels last. */
function withChannels<T extends Tensor>(x: T, isLast: boolean, apply: (x: Tensor) => Tensor): Tensor {
  if (!isLast) return apply(x);
  const rank = x.dims.length;
  return transposeTensor(apply(transposeTensor(x, channelsFirst(rank))), channelsLast(rank));
}

/** The same for the nodes of an expansion. `rank` is that of a tensor with channels last, 0 for others. */
function expandWithChannels(expansion: Expansion, x: Value, rank: number, apply: (x: Value) => Value): Value {
  if (rank === 0) return apply(x);
  return expansion.transpose(apply(expansion.transpose(x, channelsFirst(rank))), channelsLast(rank));
}

const unknownRank = 'a rank that is not known';
const unknownType = 'a type that is not known';

const averageInputs = [
  required('X', 'T'),
  required('x_scale', float32s),
  optional('x_zero_point', 'T'),
  required('y_scale', float32s),
  optional('y_zero_point', 'T'),
] as const;

const globalInputs = [
  required('X', 'T'),
  required('x_scale', float32s),
  required('x_zero_point', 'T'),
  required('y_scale', float32s),
  required('y_zero_point', 'T'),
] as const;

interface Averaging {
  readonly attributes: { readonly channels_last: boolean };
  readonly inputs: {
    readonly X: Value;
    readonly x_scale: Value;
    readonly x_zero_point?: Value | undefined;
    readonly y_scale: Value;
    readonly y_zero_point?: Value | undefined;
  };
  readonly outputs: { readonly Y: Value };
}

/** X as floats, averaged by the nodes that `apply` adds for [N, C, …], and quantized again. */
function expandAveraging(
  { attributes, inputs, outputs }: Averaging,
  expansion: Expansion,
  apply: (x: Value) => Value,
): string | undefined {
  const type = expansion.facts.elementType(inputs.X);
  if (type === undefined) return unknownType;
  const rank = attributes.channels_last ? expansion.facts.shape(inputs.X)?.length : 0;
  if (rank === undefined) return unknownRank;
  const x = expansion.dequantize(inputs.X, inputs.x_scale, inputs.x_zero_point);
  const result = expandWithChannels(expansion, x, rank, apply);
  expansion.quantize(result, inputs.y_scale, inputs.y_zero_point, type, outputs.Y);
  return undefined;
}

export const quantizedPooling = family(
  defineOperator({
    ...common,
    name: 'QLinearAveragePool',
    inputs: averageInputs,
    outputs: [required('Y', 'T')],
    attributes: {
      ...undilated,
      kernel_shape,
      ceil_mode: flag(false),
      channels_last: flag(false),
      count_include_pad: flag(false),
    },
    infer: (context) => {
      checkParameters(context, averageInputs, [1, 2, 3, 4]);
      return [tensorType(context.elementType(0), pooledShape(context, context.attributes.channels_last))];
    },
    reference: ({ attributes, inputs }) => {
      const [x, scale] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 1)];
      const result = withChannels(dequantized(x, scale, inputs[2]), attributes.channels_last, (image) =>
        averagePool(attributes, image),
      );
      return [quantized(result, tensorAt({ inputs }, 3), inputs[4], x.type)];
    },
    expand: (node, expansion) => {
      const attributes = expansion.copied([
        'auto_pad',
        'ceil_mode',
        'count_include_pad',
        'kernel_shape',
        'pads',
        'strides',
      ]);
      return expandAveraging(node, expansion, (image) => expansion.add('AveragePool', [image], { attributes }));
    },
  }),
  defineOperator({
    ...common,
    name: 'QLinearGlobalAveragePool',
    inputs: globalInputs,
    outputs: [required('Y', 'T')],
    attributes: { channels_last: flag(false) },
    infer: (context) => {
      checkParameters(context, globalInputs, [1, 2, 3, 4]);
      const x = shapeOfRank(context, 0, 'X', { min: 3 });
      const channels = context.attributes.channels_last ? (x?.length ?? 0) - 1 : 1;
      const shape = x?.map((size, axis) => (axis === 0 || axis === channels ? size : 1));
      return [tensorType(context.elementType(0), shape)];
    },
    reference: ({ attributes, inputs }) => {
      const [x, scale] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 1)];
      const result = withChannels(dequantized(x, scale, inputs[2]), attributes.channels_last, averageOfPlanes);
      return [
        quantized(
          float32(result.dims, Float32Array.from(numbersOf(result))),
          tensorAt({ inputs }, 3),
          inputs[4],
          x.type,
        ),
      ];
    },
    expand: (node, expansion) =>
      expandAveraging(node, expansion, (image) => expansion.add('GlobalAveragePool', [image])),
  }),
  defineOperator({
    ...common,
    name: 'NhwcMaxPool',
    inputs: [required('x', 'T')],
    outputs: [required('y', 'T')],
    attributes: { ...undilated, dilations, kernel_shape, ceil_mode: flag(false) },
    infer: (context) => [tensorType(context.elementType(0), pooledShape(context, true))],
    reference: ({ attributes, inputs }) => [
      withChannels(
        tensorAt({ inputs }, 0),
        true,
        (image) => maxPool({ ...attributes, storage_order: 0 }, image, 1)[0]!,
      ),
    ],
    expand: ({ inputs, outputs }, expansion) => {
      const rank = expansion.facts.shape(inputs.x)?.length;
      if (rank === undefined) return unknownRank;
      const copied = expansion.copied(['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'strides']);
      const image = expansion.transpose(inputs.x, channelsFirst(rank));
      const pooled = expansion.add('MaxPool', [image], { attributes: copied });
      expansion.transpose(pooled, channelsLast(rank), outputs.y);
      return undefined;
    },
  }),
);
