import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import { emptyMetadata, type Model } from '../../src/ir/graph.js';
import { Tensor } from '../../src/ir/tensor.js';
import { describePart, type ExtractReport, renderExtract } from '../../src/report/extract.js';
import { inspectModel } from '../../src/report/inspect.js';
import { GraphBuilder } from '../support/graph.js';

function network(): Model {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [1, 2, symbol('H'), 8]);
  const weights = builder.constant(new Tensor('float32', [4, 2, 3, 3], new Float32Array(72)));
  const first = builder.add('Conv', [x, weights]);
  const second = builder.add('Mystery', [builder.add('Conv', [x, weights])]);
  const graph = builder.graph(builder.add('Relu', [first]), second);
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}

describe('a part', () => {
  it('is described as inspect describes it', () => {
    const model = network();
    const inference = infer(model.graph);
    const { totals, inputs, outputs } = describePart(model, inference);
    const whole = inspectModel({ model, inference });
    const { nodes, parameters, parameterBytes, macs } = whole.totals;
    expect(totals).toEqual({ nodes, parameters, parameterBytes, macs });
    expect([inputs, outputs]).toEqual([whole.inputs, whole.outputs]);
    expect(totals).toMatchObject({ nodes: 4, parameters: 72, parameterBytes: 288 });
  });

  it('is told in a table, names from files as text', () => {
    const cost = { nodes: 2, parameters: 1500, parameterBytes: 6000, macs: null };
    const report: ExtractReport = {
      file: 'a\nb.onnx',
      output: 'part.onnx',
      byteLength: 2048,
      weights: { file: 'part.onnx.data', byteLength: 6000 },
      inputs: [
        { name: 'x\u001b[31m', elementType: 'float32', shape: [symbol('N'), 3] },
        { name: 'skip', elementType: null, shape: null },
      ],
      outputs: [{ name: 'all', elementType: null, shape: null, description: 'sequence(tensor(float32))' }],
      added: ['skip'],
      part: cost,
      whole: { ...cost, nodes: 30, macs: 2_000_000 },
      diagnostics: [],
    };
    expect(renderExtract(report, createColors(false))).toBe(
      `a part of a\\nb.onnx
input   x\\x1b[31m     float32[N, 3]
input   skip (added)  not known
output  all           sequence(tensor(float32))

       nodes  parameters   weights    MACs
part       2      1.50 k  5.86 KiB       ?
whole     30      1.50 k  5.86 KiB  2.00 M

wrote part.onnx, 2.00 KiB and part.onnx.data, 5.86 KiB
`,
    );
  });
});
