/** Divisions that round towards zero, where the sign of what is divided follows from a requirement of a later node. */
import { expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { legalSizes } from '../../src/solve/legal-sizes.js';
import { GraphBuilder } from '../support/graph.js';

it('are those of sizes that windows ask for', () => {
  const builder = new GraphBuilder(18);
  const int = (...values: number[]) => builder.constant(int64([values.length], values));
  const x = builder.input('x', [1, 3, symbol('H'), symbol('W')]);
  // 1 + (H - 8)/8, as exporters write the number of windows of 8, before the convolution that has them.
  const rows = builder.add('Add', [
    builder.add('Div', [
      builder.add('Sub', [builder.add('Gather', [builder.add('Shape', [x]), int(2)]), int(8)]),
      int(8),
    ]),
    int(1),
  ]);
  const target = builder.add('Concat', [int(1), int(2), rows, int(-1)], { axis: 0 });
  const weight = builder.constant(float32([2, 3, 8, 8], new Float32Array(2 * 3 * 64)));
  const y = builder.add('Conv', [x, weight], { strides: [8, 8] });
  const graph = builder.graph(builder.add('Reshape', [builder.add('Flatten', [y]), target]));
  const inference = infer(graph);
  expect(inference.types.get(graph.outputs[0]!)?.shape?.map(String)).toEqual(['1', '2', 'floor(H/8)', 'floor(W/8)']);
  const { symbols, undecided } = legalSizes(graph, inference);
  expect(symbols.map(({ text }) => text)).toEqual(['at least 8', 'at least 8']);
  expect(undecided).toEqual([]);
});
