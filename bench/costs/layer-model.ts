/** A layer of the grid as a graph, and what the cost model says of the algorithms that it can take. */
import { registerAllParts } from '../../src/compile/all.js';
import { compile } from '../../src/compile.js';
import type { Costs } from '../../src/lower/context/cost-tables.js';
import { type ConvolutionAlgorithm, type LowerOptions, lower } from '../../src/lower/lower.js';
import { readModel } from '../../src/onnx/read.js';
import type { ExecutionPlan } from '../../src/plan/execution-plan.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { Layer } from '../cases.js';
import { singleNodeModel } from '../peer-model.js';

registerAllParts();

export interface LayerModel {
  /** Expected microseconds by the plan's words for each algorithm, the one that would be taken first. */
  expected(costs?: Costs): ReadonlyMap<string, number>;
  plan(algorithm: ConvolutionAlgorithm): ExecutionPlan;
}

export function layerModel(layer: Layer, tier: Tier): LayerModel {
  const { op, from, to, kernel, stride = 1, pad = 0, outputPadding = 0, size } = layer;
  const weights = { dims: [...(op === 'Conv' ? [to, from] : [from, to]), kernel, kernel] };
  const file = singleNodeModel({
    op,
    attributes: {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      ...(op === 'ConvTranspose' ? { output_padding: [outputPadding, outputPadding] } : {}),
    },
    input: [1, from, size, size],
    initializers: [weights, { dims: [to] }].map(({ dims }) => ({
      dims,
      data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
    })),
  });
  const { graph, types } = compile(readModel(file).model);
  const planned = (options: Partial<LowerOptions>) =>
    lower(graph, { types }, { tier, precision: 'fast', threads: 1, ...options });
  return {
    expected: (costs) => {
      const { steps } = planned(costs === undefined ? {} : { costs });
      const step = steps.find((one) => one.kind === 'kernel' && one.algorithmCosts.length > 0);
      if (step?.kind !== 'kernel') throw new Error('a layer without algorithms');
      return new Map(step.algorithmCosts.map(({ algorithm, microseconds }) => [algorithm, microseconds]));
    },
    plan: (prefer) => planned({ prefer }),
  };
}

const names = { ' in three steps': 'winograd steps', ' in panels': 'winograd panels' } as const;

/** `direct`, `winograd steps F(4)`: the algorithm in the words of a plan without what depends on the layer. */
export function keyOfLabel(label: string): string | undefined {
  const found = label.match(/^winograd F\((\d+)\)( in three steps| in panels)?(?:,|$)/);
  if (found !== null) {
    const words = found[2] as keyof typeof names | undefined;
    return `${words === undefined ? 'winograd' : names[words]} F(${found[1]})`;
  }
  if (/^rows of \d+ phases$/.test(label)) return 'phase rows';
  return /^(direct|matrix product)(?:,|$)/.test(label) ? 'direct' : label.match(/^(small-N|depthwise)(?:,|$)/)?.[1];
}

export function algorithmOfKey(key: string): ConvolutionAlgorithm {
  const found = key.match(/^(.*) F\((\d+)\)$/);
  return (found === null ? { name: key } : { name: found[1], outputs: Number(found[2]) }) as ConvolutionAlgorithm;
}
