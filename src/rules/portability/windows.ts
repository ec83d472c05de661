/** The windows of convolutions and poolings, axis by axis, with open sizes as symbols. */
import { ProblemError } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import type { Node, Value } from '../../ir/graph.js';
import { isConcrete } from '../../ir/shape.js';
import { attributesOf, boundAs } from '../../ops/bind.js';
import { conv } from '../../ops/convolution/conv.js';
import { type SpatialAttributes, type WindowAxis, windowAxes } from '../../ops/convolution/window.js';
import { lpPooling } from '../../ops/pooling/lp-pool.js';
import { pooling } from '../../ops/pooling/pool.js';
import { factsOf } from '../facts.js';
import type { RuleContext } from '../rule.js';

export interface SlidingAxis extends WindowAxis {
  /** Axis of the tensor; the first spatial axis is 2. */
  readonly axis: number;
  readonly input: Dim;
}

export interface Sliding {
  readonly node: Node;
  readonly kind: 'Conv' | 'MaxPool' | 'AveragePool' | 'LpPool';
  readonly axes: readonly SlidingAxis[];
  readonly ceilMode: boolean;
  /** Whether an average counts padding as zeros. */
  readonly countsPadding: boolean;
}

/** Every Conv and pooling whose kernel and rank are known and whose attributes fit it; inference reports the others. */
export function* slidingWindows(context: RuleContext): Iterable<Sliding> {
  for (const node of factsOf(context.model).nodes()) {
    const found = describe(node, context);
    if (found !== undefined) yield found;
  }
}

function describe(node: Node, { inference: { types } }: RuleContext): Sliding | undefined {
  const x = node.inputs[0] && types.get(node.inputs[0])?.shape;
  if (x === undefined) return undefined;
  const found = kindOf(node);
  if (found === undefined) return undefined;
  const { attributes, weights, ...facts } = found;
  const kernel = attributes.kernel_shape ?? (weights && types.get(weights)?.shape?.slice(2));
  if (kernel === undefined || !isConcrete(kernel) || kernel.length !== x.length - 2) return undefined;
  try {
    const axes = windowAxes(attributes, kernel).map((axis, i) => ({ ...axis, axis: i + 2, input: x[i + 2] ?? 0 }));
    return { node, ...facts, axes };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

type Found = Pick<Sliding, 'kind' | 'ceilMode' | 'countsPadding'> & {
  readonly weights?: Value;
  readonly attributes: SpatialAttributes & { readonly kernel_shape: readonly number[] | undefined };
};

function kindOf(node: Node): Found | undefined {
  const convolution = boundAs(conv.Conv, node);
  if (convolution !== undefined) {
    const { attributes, inputs } = convolution;
    return { kind: 'Conv', attributes, weights: inputs.W, ceilMode: false, countsPadding: false };
  }
  const average = attributesOf(pooling.AveragePool, node);
  if (average !== undefined) {
    const { ceil_mode: ceilMode, count_include_pad: countsPadding } = average;
    return { kind: 'AveragePool', attributes: average, ceilMode, countsPadding };
  }
  const most = attributesOf(pooling.MaxPool, node);
  if (most !== undefined) return { kind: 'MaxPool', attributes: most, ceilMode: most.ceil_mode, countsPadding: false };
  const norm = attributesOf(lpPooling.LpPool, node);
  return norm && { kind: 'LpPool', attributes: norm, ceilMode: norm.ceil_mode, countsPadding: false };
}
