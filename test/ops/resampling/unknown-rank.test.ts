/** Where nothing or little is known of the inputs, the shape rules say so; they do not fail. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Shape } from '../../../src/ir/shape.js';
import { GraphBuilder } from '../../support/graph.js';
import type { AttributeInput } from '../../support/run-operator.js';

interface Unknown {
  readonly op: string;
  readonly opset: number;
  /** Shapes that fit, one an input. */
  readonly inputs: readonly Shape[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
}

const cases: readonly Unknown[] = [
  { op: 'Resize', opset: 10, inputs: [[1, 2], [2]] },
  { op: 'Resize', opset: 11, inputs: [[1, 2], [4], [2]] },
  { op: 'Resize', opset: 19, inputs: [[1, 2], [4], [2], [0]] },
  { op: 'Resize', opset: 19, inputs: [[1, 2], [4], [0], [2]] },
  { op: 'Upsample', opset: 7, inputs: [[1, 2]], attributes: { scales: { kind: 'floats', value: [2, 2] } } },
  { op: 'Upsample', opset: 9, inputs: [[1, 2], [2]] },
  {
    op: 'GridSample',
    opset: 22,
    inputs: [
      [1, 2, 3, 4],
      [1, 5, 5, 2],
    ],
  },
  { op: 'AffineGrid', opset: 20, inputs: [[1, 2, 3], [4]] },
  { op: 'RoiAlign', opset: 10, inputs: [[1, 2, 8, 8], [3, 4], [3]] },
  { op: 'RoiAlign', opset: 22, inputs: [[1, 2, 8, 8], [3, 4], [3]] },
  {
    op: 'MaxRoiPool',
    opset: 22,
    inputs: [
      [1, 2, 8, 8],
      [3, 5],
    ],
    attributes: { pooled_shape: [2, 2] },
  },
  { op: 'DeformConv', opset: 22, inputs: [[1, 2, 8, 8], [4, 2, 3, 3], [1, 18, 6, 6], [4], [1, 9, 6, 6]] },
  { op: 'Affine', opset: 6, inputs: [[3]] },
  { op: 'ImageScaler', opset: 6, inputs: [[1, 2, 3]] },
];

function inferKnowing({ op, opset, inputs, attributes }: Unknown, known: number | undefined) {
  const builder = new GraphBuilder(opset);
  const values = inputs.map((shape, i) => (i === known ? builder.input(`x${i}`, shape) : builder.add('Unheard', [])));
  const output = builder.add(op, values, attributes);
  const { types, diagnostics } = infer(builder.graph(output));
  return { shape: types.get(output)!.shape, errors: diagnostics.filter(({ severity }) => severity === 'error') };
}

describe('inputs of which nothing is known', () => {
  it.each(cases)('$op of version $opset', (test) => {
    expect(inferKnowing(test, undefined)).toEqual({ shape: undefined, errors: [] });
  });

  it.each(cases)('$op of version $opset, with one input known', (test) => {
    for (const i of test.inputs.keys()) expect(inferKnowing(test, i).errors, `input ${i}`).toEqual([]);
  });
});
