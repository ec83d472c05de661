/** Remedies node by node: where they apply, what they change, and where there is none. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import type { Diagnostic } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { emptyMetadata, type Graph, type Value } from '../../src/ir/graph.js';
import { float32, Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { applyRemedy } from '../../src/remedies/edits.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../support/graph.js';

function firstError(graph: Graph): Diagnostic {
  const producer = { name: '', version: '' };
  const model = { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
  return checkModel(model).diagnostics.find(({ severity }) => severity === 'error')!;
}

function kinds(graph: Graph): string[] {
  return (firstError(graph).remedies ?? []).map(({ kind }) => kind);
}

function weights(...dims: number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1));
}

/** A row that is halved, doubled as told, and joined with what it was. */
function skip(
  length: number,
  up: Readonly<Record<string, number | string | readonly number[]>>,
  { kernel = 2, opset = 18, join = 'Concat' }: { kernel?: number; opset?: number; join?: string } = {},
): Graph {
  const builder = new GraphBuilder(opset);
  const x = builder.input('x', [1, 1, length]);
  const pool = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
  const doubled = builder.add('ConvTranspose', [pool, builder.constant(weights(1, 1, kernel))], {
    strides: [2],
    ...up,
  });
  return builder.graph(builder.add(join, [x, doubled], join === 'Concat' ? { axis: 1 } : {}));
}

describe('output_padding', () => {
  it('is offered where it stays below the stride', () => {
    expect(kinds(skip(7, {}))).toEqual(['output_padding', 'pad', 'crop']);
    expect(firstError(skip(7, {})).remedies![0]!.edits).toMatchObject([{ node: { name: 'n1' }, values: [1] }]);
  });

  it('adds to what is there', () => {
    const graph = skip(8, { strides: [3], pads: [2, 3], output_padding: [1] });
    expect(firstError(graph).remedies![0]).toMatchObject({ kind: 'output_padding', edits: [{ values: [2] }] });
  });

  it('is not proposed if it would reach the stride, if a size is too large, or if it has no effect', () => {
    expect(kinds(skip(7, { pads: [1, 1] }, { kernel: 3 }))).toEqual(['output_shape', 'pad', 'crop']);
    expect(kinds(skip(7, { pads: [1, 1] }))).toEqual(['pad', 'crop']);
    expect(kinds(skip(6, { pads: [0, 0] }, { kernel: 4 }))).toEqual(['output_shape', 'pad', 'crop']);
    expect(kinds(skip(7, { auto_pad: 'SAME_UPPER' }))).toEqual(['pad', 'crop']);
  });
});

describe('output_shape', () => {
  it('is offered where some padding gives the size', () => {
    const graph = skip(6, {}, { kernel: 4 });
    const remedy = firstError(graph).remedies!.find(({ kind }) => kind === 'output_shape')!;
    expect(remedy.edits).toMatchObject([{ node: { name: 'n1' }, values: [6] }]);
    expect(infer(applyRemedy(graph, remedy)).types.get(graph.outputs[0]!)!.shape).toEqual([1, 2, 6]);
  });
});

describe('padding and cropping', () => {
  it.each([9, 10, 11, 18])('are written as operator set %i has them', (opset) => {
    const graph = skip(7, {}, { opset });
    const results = firstError(graph)
      .remedies!.filter(({ kind }) => kind !== 'output_padding')
      .map((remedy) =>
        execute(scheduleReferences(applyRemedy(graph, remedy)), [float32([1, 1, 7], [1, 2, 3, 4, 5, 6, 7])]),
      );
    // Largest of each pair, twice; a row of zeros where padded, without the last one where cropped.
    expect(results.map(({ outputs }) => [...outputs[0]!.data])).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 2, 2, 4, 4, 6, 6, 0],
      [1, 2, 3, 4, 5, 6, 2, 2, 4, 4, 6, 6],
    ]);
  });

  it('divide an even difference between both ends', () => {
    const graph = skip(8, { pads: [1, 1] }, { join: 'Add' });
    const [pad, crop] = firstError(graph).remedies!.filter(({ kind }) => kind === 'pad' || kind === 'crop');
    expect(pad).toMatchObject({ edits: [{ input: 1, values: [0, 0, 1, 0, 0, 1] }] });
    expect(crop).toMatchObject({ edits: [{ input: 0, values: [0, 0, 1, 0, 0, 1] }] });
    expect(pad!.text).toContain("pad 'v1' [1, 1, 6] by 1 and 1 along axis 2 before n2 (Add)");
  });
});

describe('no remedy', () => {
  function errorOf(make: (builder: GraphBuilder, x: Value) => Value): Diagnostic {
    const builder = new GraphBuilder(18);
    return firstError(builder.graph(make(builder, builder.input('x', [1, 4, 8]))));
  }

  it('is offered for channels', () => {
    const error = errorOf((builder, x) =>
      builder.add('Add', [x, builder.add('Conv', [x, builder.constant(weights(6, 4, 1))])]),
    );
    expect(error.code).toBe('US1204');
    expect(error.remedies).toBeUndefined();
  });

  it('is offered for ranks', () => {
    expect(errorOf((builder, x) => builder.add('MaxPool', [x], { kernel_shape: [2, 2] })).remedies).toBeUndefined();
  });

  it('is offered where another fault remains', () => {
    const error = errorOf((builder, x) => {
      const pool = builder.add('MaxPool', [x], { kernel_shape: [3], strides: [2] });
      const up = builder.add('ConvTranspose', [pool, builder.constant(weights(4, 4, 2))], { strides: [2] });
      return builder.add('Conv', [builder.add('Concat', [x, up], { axis: 1 }), builder.constant(weights(1, 99, 1))]);
    });
    expect(error.code).toBe('US1203');
    expect(error.notes!.length).toBeGreaterThan(0);
    expect(error.remedies).toBeUndefined();
  });
});

describe('the way of a size', () => {
  it('goes through transpositions, and past what keeps it', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 9, 4, 2]);
    const planes = builder.add('Transpose', [x], { perm: [0, 3, 1, 2] });
    const pool = builder.add('MaxPool', [builder.add('Relu', [planes])], { kernel_shape: [2, 1], strides: [2, 1] });
    const back = builder.add('Transpose', [pool], { perm: [0, 2, 3, 1] });
    const { notes } = firstError(builder.graph(builder.add('Add', [x, back])));
    expect(notes).toEqual(["'x' has 9 at axis 1: x 9", "'v3' has 4 at axis 1: x 9 → 4 n2 (MaxPool)"]);
  });

  it('counts layers that only add to it or cut from it', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 1, 20]);
    const w = builder.constant(weights(1, 1, 3));
    const convs = builder.add('Conv', [builder.add('Conv', [builder.add('Conv', [x, w]), w]), w]);
    const pool = builder.add('MaxPool', [convs], { kernel_shape: [2], strides: [2] });
    const { notes } = firstError(
      builder.graph(builder.add('Concat', [x, builder.add('Conv', [pool, w])], { axis: 1 })),
    );
    expect(notes![1]).toBe("'v4' has 5 at axis 2: x 20 → 14 3 layers up to n2 (Conv) → 7 n3 (MaxPool) → 5 n4 (Conv)");
  });
});

describe('an edit', () => {
  it('of a node that is not in the graph is refused', () => {
    const node = { name: 'gone', opType: 'ConvTranspose', domain: '', index: 3 };
    expect(() => applyRemedy(skip(7, {}), { kind: 'output_padding', edits: [{ node, values: [1] }] })).toThrow(/gone/);
  });

  it('leaves the graph that it is made to as it was', () => {
    const graph = skip(7, {});
    const [remedy] = firstError(graph).remedies!;
    applyRemedy(graph, remedy!);
    expect(firstError(graph).remedies).toHaveLength(3);
  });
});
