import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import { type Graph, Value } from '../../../src/ir/graph.js';
import { float32, int64, type Tensor, zeros } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { GraphBuilder } from '../../support/graph.js';
import { type AttributeInput, graphOf, runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

const n = symbol('N');
const t = symbol('T');

/** A body of one state that adds up elements, and returns the sums as well. */
const summing: Graph = (() => {
  const builder = new GraphBuilder();
  const sum = builder.add('Add', [builder.input('sum', undefined), builder.input('element', undefined)]);
  return builder.graph(sum, builder.add('Identity', [sum]));
})();

/** A body without states that hands on each of its `count` elements. */
function handing(count: number): Graph {
  const builder = new GraphBuilder();
  const elements = Array.from({ length: count }, (_, i) => builder.input(`element${i}`, undefined));
  return builder.graph(...elements.map((element) => builder.add('Identity', [element])));
}

function scan(
  body: Graph,
  inputs: readonly (Tensor | undefined)[],
  attributes: Readonly<Record<string, AttributeInput>>,
  opset = 22,
): readonly Tensor[] {
  const outputs = body.outputs.length;
  return runOperator({
    op: 'Scan',
    opset,
    inputs,
    attributes: { body: { kind: 'graph', value: body }, ...attributes },
    outputs,
  });
}

const one = { num_scan_inputs: 1 };

describe('Scan', () => {
  it('carries states and stacks what else the body returns', () => {
    const x = float32([3, 2], [1, 2, 3, 4, 5, 6]);
    const [sum, sums] = scan(summing, [float32([2], [10, 20]), x], one);
    expect(elementsOf(sum)).toEqual([19, 32]);
    expect([sums!.dims, elementsOf(sums)]).toEqual([
      [3, 2],
      [11, 22, 14, 26, 19, 32],
    ]);
  });

  it('goes backwards where it is told', () => {
    const x = float32([3], [1, 2, 4]);
    const start = float32([], [0]);
    const [, backward] = scan(summing, [start, x], { ...one, scan_input_directions: [1] });
    expect(elementsOf(backward)).toEqual([4, 6, 7]);
    const [, prepended] = scan(summing, [start, x], { ...one, scan_output_directions: [1] });
    expect(elementsOf(prepended)).toEqual([7, 3, 1]);
  });

  it('cuts along any axis and stacks along any other: elements handed on are a transposition', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 });
    const axis = fc.integer({ min: -3, max: 2 });
    fc.assert(
      fc.property(dims, axis, axis, fc.boolean(), fc.boolean(), (shape, from, to, isReversed, isPrepended) => {
        const [y] = scan(handing(1), [counting(shape)], {
          ...one,
          scan_input_axes: [from],
          scan_output_axes: [to],
          scan_input_directions: [Number(isReversed)],
          scan_output_directions: [Number(isPrepended)],
        });
        const [source, target] = [from, to].map((value) => (value < 0 ? value + 3 : value)) as [number, number];
        const length = shape[source]!;
        expect(y!.dims).toEqual(shape.toSpliced(source, 1).toSpliced(target, 0, length));
        expect(elementsOf(y)).toEqual(
          positionsOf(y!.dims).map((position) => {
            const at = position[target]!;
            const read = isReversed !== isPrepended ? length - 1 - at : at;
            return countAt(shape, position.toSpliced(target, 1).toSpliced(source, 0, read));
          }),
        );
      }),
    );
  });

  it('takes several inputs in step, each along its own axis', () => {
    const [a, b] = scan(handing(2), [counting([2, 3]), counting([3, 1])], {
      num_scan_inputs: 2,
      scan_input_axes: [1, 0],
    });
    expect([a!.dims, elementsOf(a)]).toEqual([
      [3, 2],
      [0, 3, 1, 4, 2, 5],
    ]);
    expect(elementsOf(b)).toEqual([0, 1, 2]);
    expect(() => scan(handing(2), [counting([2]), counting([3])], { num_scan_inputs: 2 })).toThrow(/US1202/);
  });

  it('returns the states as they were when there is nothing to scan', () => {
    const declared = new Value('sums', { kind: 'tensor', elementType: 'float32', shape: [2, t] });
    const body: Graph = { ...summing, outputs: [summing.inputs[0]!, declared] };
    const [state, sums] = scan(body, [float32([1], [7]), zeros('float32', [0, 1])], one);
    expect([elementsOf(state), sums!.dims]).toEqual([[7], [0, 2, 0]]);
  });

  it('has shapes with symbols', () => {
    const builder = new GraphBuilder();
    const body = { kind: 'graph', value: summing } as const;
    const axes = { ...one, scan_input_axes: [1], scan_output_axes: [1] };
    const inputs = [builder.input('state', [4, n]), builder.input('x', [4, t, n])];
    const outputs = builder.addMany('Scan', inputs, 2, { body, ...axes });
    const changing = builder.addMany('Scan', [builder.input('narrow', [n]), inputs[1]], 2, { body, ...axes });
    const { types, diagnostics } = infer(builder.graph(...outputs, ...changing));
    expect(outputs.map((output) => types.get(output)!.shape)).toEqual([
      [4, n],
      [4, t, n],
    ]);
    // A state [N] becomes [4, N] in the body, so it does not keep its shape.
    expect(diagnostics.map(({ message, actual }) => [message, actual])).toEqual([
      ['the body changes the shape of state 0', '[4, N]'],
    ]);
  });

  it('reports attributes that do not fit', () => {
    const x = counting([3]);
    const start = float32([], [0]);
    expect(() => scan(summing, [start, x], { num_scan_inputs: 3 })).toThrow(/US1304.*num_scan_inputs/);
    expect(() => scan(summing, [start, x], { num_scan_inputs: 2 })).toThrow(/US1208/);
    expect(() => scan(summing, [start, x], { ...one, scan_input_axes: [0, 1] })).toThrow(/US1209.*scan_input_axes/);
    expect(() => scan(summing, [start, x], { ...one, scan_input_axes: [1] })).toThrow(/US1208/);
    expect(() => scan(handing(1), [start, x], one)).toThrow(/US1306/);
    const tooMany = {
      op: 'Scan',
      inputs: [start, x],
      attributes: { body: { kind: 'graph', value: summing }, ...one },
    } as const;
    expect(() => runOperator({ ...tooMany, outputs: 3 })).toThrow(
      /US1306: the body returns too few values .expected at least 3/,
    );
  });

  it('is stopped over lengths that no data stands behind', () => {
    const attributes = { body: { kind: 'graph', value: handing(1) }, ...one } as const;
    const graph = graphOf({ op: 'Scan', inputs: [zeros('float32', [2 ** 40, 0])], attributes });
    const run = () => execute(scheduleReferences(graph), [zeros('float32', [2 ** 40, 0])], { maxSubgraphRuns: 100 });
    expect(run).toThrow(/US2008.*ran 100 times/);
  });
});

describe('Scan of version 8', () => {
  const x = float32([2, 3, 1], [1, 2, 3, 4, 5, 6]);
  const start = float32([2, 1], [0, 10]);

  it('scans each element of the batch', () => {
    const [sum, sums] = scan(summing, [undefined, start, x], one, 8);
    expect([sum!.dims, elementsOf(sum)]).toEqual([
      [2, 1],
      [6, 25],
    ]);
    expect([sums!.dims, elementsOf(sums)]).toEqual([
      [2, 3, 1],
      [1, 3, 6, 14, 19, 25],
    ]);
    const [, backward] = scan(summing, [undefined, start, x], { ...one, directions: [1] }, 8);
    expect(elementsOf(backward)).toEqual([3, 5, 6, 16, 21, 25]);
  });

  it('ends sequences where their lengths say, with zeros after', () => {
    const [sum, sums] = scan(summing, [int64([2], [3, 1]), start, x], one, 8);
    expect(elementsOf(sum)).toEqual([6, 14]);
    expect(elementsOf(sums)).toEqual([1, 3, 6, 14, 0, 0]);
    expect(() => scan(summing, [int64([2], [3, 4]), start, x], one, 8)).toThrow(/US1211.*sequence_lens/);
    expect(() => scan(summing, [int64([1], [3]), start, x], one, 8)).toThrow(/US1211/);
  });

  it('has shapes with symbols', () => {
    const builder = new GraphBuilder(8);
    const inputs = [undefined, builder.input('state', [n, 4]), builder.input('x', [n, t, 4])];
    const outputs = builder.addMany('Scan', inputs, 2, { body: { kind: 'graph', value: summing }, ...one });
    const { types, diagnostics, constraints } = infer(builder.graph(...outputs));
    expect(outputs.map((output) => types.get(output)!.shape)).toEqual([
      [n, 4],
      [n, t, 4],
    ]);
    expect([diagnostics, constraints]).toEqual([[], []]);
  });

  it('refuses ranks and batches that it cannot take apart', () => {
    expect(() => scan(summing, [undefined, start, float32([2], [1, 2])], one, 8)).toThrow(/US1208/);
    expect(() => scan(summing, [undefined, float32([3, 1], [0, 0, 0]), x], one, 8)).toThrow(/US1202/);
    const body = handing(1);
    expect(() => scan(body, [undefined, zeros('float32', [2 ** 40, 0, 1])], one, 8)).toThrow(/US2007.*batch/);
  });

  it('knows no shape of what it does not know the rank of', () => {
    const builder = new GraphBuilder(8);
    const attributes = { body: { kind: 'graph', value: handing(1) }, ...one } as const;
    const y = builder.add('Scan', [undefined, builder.input('x', undefined)], attributes);
    expect(infer(builder.graph(y)).types.get(y)).toEqual({ elementType: 'float32', shape: undefined });
  });
});
