/** Networks whose weights are zeros, with random ones. */
import { constantFromTensor, type Graph } from '../../src/ir/graph.js';
import { elementCount, Tensor } from '../../src/ir/tensor.js';
import { RandomSource } from '../../src/ops/random-source.js';

/** The same graph; every float32 constant that is zeros is drawn from -1 to 1 in eighths, so that sums are exact. */
export function withRandomWeights(graph: Graph, seed: number): Graph {
  const random = new RandomSource(seed);
  const constants = [...graph.constants].map(([value, constant]) => {
    if (constant.type !== 'float32' || constant.load().data.some((item) => item !== 0))
      return [value, constant] as const;
    return [value, constantFromTensor(randomFloats(constant.dims, random))] as const;
  });
  return { ...graph, constants: new Map(constants) };
}

export function randomFloats(dims: readonly number[], random: RandomSource): Tensor {
  const data = Float32Array.from({ length: elementCount(dims) }, () => Math.round(random.uniform() * 16 - 8) / 8);
  return new Tensor('float32', dims, data);
}
