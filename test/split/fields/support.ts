/** What networks really read: one position of the picture is spoilt at a time. */
import { infer } from '../../../src/infer/infer.js';
import type { Graph } from '../../../src/ir/graph.js';
import { elementCount, rowMajorStrides, Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import type { Fields } from '../../../src/split/fields/fields.js';
import { fieldsOf } from '../../../src/split/fields/follow.js';
import { pictureAxes } from '../../../src/split/tiles/picture-axes.js';

/** Fields of a network with one input `x` of these sizes. */
export function fieldsAt(graph: Graph, dims: readonly number[], isChannelsLast = false): Fields {
  const shapes = new Map([['x', dims]]);
  const inference = infer(graph, { inputShapes: shapes });
  return fieldsOf(
    graph,
    inference,
    pictureAxes(graph, shapes, () => isChannelsLast),
  );
}

/**
 * For each position of the output's axis the positions of the input's that are read for it: those that, not being numbers,
 * make something there none.
 */
export function readsAlong(graph: Graph, dims: readonly number[], inputAxis: number, outputAxis: number): number[][] {
  const plan = scheduleReferences(graph);
  const found: number[][] = [];
  for (let position = 0; position < dims[inputAxis]!; position++) {
    const { outputs } = execute(plan, [spoilt(dims, inputAxis, position)]);
    const output = outputs[0]!;
    const size = output.dims[outputAxis]!;
    const inner = rowMajorStrides(output.dims)[outputAxis]!;
    for (let o = 0; o < size; o++) found[o] ??= [];
    const seen = new Set<number>();
    output.data.forEach((value, i) => {
      if (Number.isNaN(value)) seen.add(Math.floor(i / inner) % size);
    });
    for (const o of seen) found[o]!.push(position);
  }
  return found;
}

function spoilt(dims: readonly number[], axis: number, position: number): Tensor {
  const inner = rowMajorStrides(dims)[axis]!;
  const data = Float32Array.from({ length: elementCount(dims) }, (_, i) =>
    Math.floor(i / inner) % dims[axis]! === position ? Number.NaN : 1,
  );
  return new Tensor('float32', dims, data);
}
