/** Models with inputs that decide shapes: compiled for what is in them. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../src/ir/dim.js';
import { emptyMetadata, type Graph, type Model } from '../../src/ir/graph.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import type { RunReport } from '../../src/runtime/session-options.js';
import { sizeInputsOf } from '../../src/runtime/size-inputs.js';
import { GraphBuilder } from '../support/graph.js';

function modelOf(graph: Graph): Model {
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}

/** Resizes x to the last two of `shape`, scales it by `step`, and convolves. */
function network(): Graph {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [1, 1, symbol('H'), symbol('W')]);
  const shape = builder.input('shape', [4], 'int64');
  const step = builder.input('step', [1], 'int64');
  const spatial = builder.add('Slice', [shape, builder.constant(int64([1], [2])), builder.constant(int64([1], [4]))]);
  const sizes = builder.add('Concat', [builder.constant(int64([2], [1, 1])), spatial], { axis: 0 });
  const resized = builder.add('Resize', [x, undefined, undefined, sizes], { mode: 'nearest' });
  const scaled = builder.add('Mul', [resized, builder.add('Cast', [step], { to: 1 })]);
  return builder.graph(builder.add('Conv', [scaled, builder.constant(float32([1, 1, 1, 1], [2]))]));
}

describe('inputs of sizes', () => {
  it('are told from other integers', () => {
    expect([...sizeInputsOf(network(), new Map())]).toEqual(['shape']);
    const plain = new GraphBuilder(18);
    const x = plain.input('x', [2], 'int64');
    expect(sizeInputsOf(plain.graph(plain.add('Neg', [x])), new Map()).size).toBe(0);
  });

  it('are compiled for, once for what is in them', async () => {
    const session = await InferenceSession.create(modelOf(network()));
    try {
      const run = async (height: number, width: number, factor: bigint) => {
        let report: RunReport | undefined;
        const shape = new Tensor('int64', [4], BigInt64Array.of(9n, 9n, BigInt(height), BigInt(width)));
        const x = new Tensor('float32', [1, 1, 1, 2], Float32Array.of(1, 3));
        const { v5 } = await session.run(
          { x, shape, step: new Tensor('int64', [1], BigInt64Array.of(factor)) },
          {
            onReport: (given) => {
              report = given;
            },
          },
        );
        // Nothing that was fed is held on to.
        shape.data.fill(0n);
        return { dims: v5!.dims, data: [...(v5!.data as Float32Array)], compiled: report!.compileMilliseconds > 0 };
      };
      expect(await run(1, 4, 1n)).toEqual({ dims: [1, 1, 1, 4], data: [2, 2, 6, 6], compiled: true });
      expect(await run(1, 4, 5n)).toEqual({ dims: [1, 1, 1, 4], data: [10, 10, 30, 30], compiled: false });
      expect(await run(2, 2, 1n)).toEqual({ dims: [1, 1, 2, 2], data: [2, 6, 2, 6], compiled: true });
    } finally {
      await session.release();
    }
  });
});
