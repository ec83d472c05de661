/** States of Scan and Loop whose shape data change, where what follows was compiled for another. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../src/ir/dim.js';
import { type Graph, Value } from '../../src/ir/graph.js';
import { bool, int64 } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

/** Reshapes the state [3, 4] to what is scanned, [steps, 2]. */
function scanning(): Graph {
  const body = new GraphBuilder();
  const state = body.input('state', undefined);
  const shape = body.input('shape', undefined, 'int64');
  const reshaped = body.graph(body.add('Reshape', [state, shape]));
  const builder = new GraphBuilder();
  const inputs = [builder.input('x', [3, 4]), builder.input('shapes', [symbol('S'), 2], 'int64')];
  const scanned = builder.add('Scan', inputs, { body: { kind: 'graph', value: reshaped }, num_scan_inputs: 1 });
  return builder.graph(builder.add('Softmax', [scanned]));
}

/** Gives the state the shape that is fed; the file declares that it is [3, 4]. */
function looping(): Graph {
  const body = new GraphBuilder();
  body.input('i', [], 'int64');
  const going = body.input('going', [], 'bool');
  const state = body.input('state', undefined);
  const shape = new Value('shape', { kind: 'tensor', elementType: 'int64', shape: undefined });
  const inner = body.graph(body.add('Identity', [going]), body.add('Reshape', [state, shape]));
  const builder = new GraphBuilder();
  const x = builder.input('x', [3, 4]);
  const graph = builder.graph();
  const declared = new Value('y', { kind: 'tensor', elementType: 'float32', shape: [3, 4] });
  const inputs = [builder.constant(int64([], [1])), builder.constant(bool([], [true])), x];
  builder.add('Loop', inputs, { body: { kind: 'graph', value: inner } });
  const [loop] = graph.nodes;
  return {
    ...graph,
    inputs: [x, shape],
    nodes: [{ ...loop!, outputs: [declared] }],
    outputs: [declared],
  };
}

describe.each(['compiled', 'reference'] as const)('a state that changes its shape, %s', (executor) => {
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: 12 }, (_, i) => i),
    [3, 4],
  );
  const sizes = (...rows: number[][]) => new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, 2]);

  const run = async (graph: Graph, feeds: Record<string, Tensor>) => {
    const session = await InferenceSession.create(modelOf(graph), { executor, threads: 1 });
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  };

  it('is refused in a Scan', async () => {
    const [found] = await diagnosticsOfAsync(() => run(scanning(), { x, shapes: sizes([3, 4], [4, 3]) }));
    expect(found).toMatchObject({ code: 'US1202', node: { opType: 'Scan' }, expected: '[3, 4]', actual: '[4, 3]' });
    const [output] = Object.values(await run(scanning(), { x, shapes: sizes([3, 4], [-1, 4]) }));
    expect(output!.dims).toEqual([3, 4]);
  });

  it('is what it becomes in a Loop, whatever the file declares', async () => {
    for (const dims of [
      [3, 4],
      [4, 3],
      [2, 2, 3],
    ]) {
      const shape = new Tensor('int64', BigInt64Array.from(dims, BigInt), [dims.length]);
      const [output] = Object.values(await run(looping(), { x, shape }));
      expect(output!.dims).toEqual(dims);
      expect([...output!.data]).toEqual([...x.data]);
    }
  });
});
