/** The forward walk as a whole: what it finds in graphs with faults, and how far it goes on. Rules have tests of their own. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { formatRequirement } from '../../src/ir/constraint.js';
import { symbol } from '../../src/ir/dim.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { type Constant, constantFromTensor, type Graph, type Node, Value } from '../../src/ir/graph.js';
import { formatShape, type Shape } from '../../src/ir/shape.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { GraphBuilder } from '../support/graph.js';

const H = symbol('H');
const W = symbol('W');

function shapesOf(graph: Graph): string[] {
  const { types } = infer(graph);
  return graph.nodes.map((node) => formatShape(types.get(node.outputs[0]!)?.shape));
}

function found(graph: Graph, options = {}): string[] {
  return infer(graph, options).diagnostics.map(
    ({ code, node }) => `${code}${node === undefined ? '' : ` ${node.name}`}`,
  );
}

function asked(graph: Graph): string[] {
  return infer(graph).constraints.map((item) => `${item.node.name} ${item.kind}: ${formatRequirement(item)}`);
}

function weights(...dims: number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
}

/** The graph with types declared for what its nodes make, by place of the node. */
function declaring(graph: Graph, declared: Readonly<Record<number, Shape>>): Graph {
  const replaced = new Map<Value, Value>();
  for (const [index, shape] of Object.entries(declared)) {
    const value = graph.nodes[Number(index)]!.outputs[0]!;
    replaced.set(value, new Value(value.name, { kind: 'tensor', elementType: 'float32', shape }));
  }
  const swap = (value: Value | undefined) => (value && replaced.get(value)) ?? value;
  const nodes = graph.nodes.map(
    (node): Node => ({
      ...node,
      inputs: node.inputs.map(swap),
      outputs: node.outputs.map(swap),
    }),
  );
  return { ...graph, nodes, outputs: graph.outputs.map((value) => swap(value)!) };
}

describe('faults', () => {
  it('are all found in one run, in the order of the graph', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 3, H, W]);
    const a = builder.add('Conv', [x, builder.constant(weights(8, 4, 3, 3))]);
    const b = builder.add('MatMul', [x, builder.input('y', [1, 3, symbol('K'), 7])]);
    const c = builder.add('Transpose', [x], { perm: [0, 0, 1, 2] });
    const d = builder.add('Conv', [x, builder.constant(weights(8, 3, 3, 3))], { group: 5 });
    expect(found(builder.graph(a, b, c, d))).toEqual(['US1205 n0', 'US1208 n2', 'US1205 n3']);
  });

  it('leave the shape that the rule can tell, with the size in question open', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 3, 5, W]);
    const wide = builder.add('MaxPool', [x], { kernel_shape: [9, 1] });
    const sum = builder.add('Add', [x, builder.input('y', [1, 3, 7, W])]);
    const result = infer(builder.graph(wide, sum));
    expect(result.diagnostics.map(({ code }) => code)).toEqual(['US1207', 'US1204']);
    const [pooled, added] = [wide, sum].map((value) => result.types.get(value)!.shape!);
    expect([pooled![0], pooled![1], pooled![3]]).toEqual([1, 3, W]);
    expect(String(pooled![2])).toMatch(/^\?/);
    expect([added![0], added![1], added![3]]).toEqual([1, 3, W]);
    expect(String(added![2])).toMatch(/^\?/);
  });

  it('are not repeated by what follows from them', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 3, 5, 5]);
    const failed = builder.add('Transpose', [x], { perm: [9, 1, 2, 3] });
    const conv = builder.add('Conv', [failed, builder.constant(weights(8, 4, 3, 3))]);
    const sum = builder.add('Add', [conv, builder.constant(weights(9, 9))]);
    const pool = builder.add('MaxPool', [sum], { kernel_shape: [2, 2] });
    expect(found(builder.graph(pool))).toHaveLength(1);
    expect(shapesOf(builder.graph(pool)).every((shape) => shape.split(',').length === 4)).toBe(true);
  });

  it('beside the first are found after it', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 3, 5, 5]);
    builder.add('Transpose', [x], { perm: [9, 1, 2, 3] });
    const other = builder.add('Conv', [x, builder.constant(weights(8, 4, 3, 3))]);
    const last = builder.add('Conv', [other, builder.constant(weights(8, 9, 1, 1))]);
    expect(found(builder.graph(last))).toEqual(['US1208 n0', 'US1205 n1', 'US1205 n2']);
  });

  it('of both spatial axes are one finding', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [1, 2, 71, 73]), builder.input('y', [1, 2, 70, 72])];
    const { diagnostics, refuted } = infer(builder.graph(builder.add('Concat', [x, y], { axis: 1 })));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'US1203', expected: '71', actual: '70' });
    expect(diagnostics[0]!.notes).toEqual([expect.stringContaining('axis 3')]);
    expect(refuted.map(({ left, right }) => [left, right])).toEqual([
      [71, 70],
      [73, 72],
    ]);
  });

  it('of chains of any length do not exhaust the stack', () => {
    const builder = new GraphBuilder();
    let value = builder.input('x', [1, 2, H, W]);
    for (let i = 0; i < 20_000; i++) value = builder.add('Relu', [value]);
    expect(infer(builder.graph(value)).types.get(value)!.shape).toEqual([1, 2, H, W]);
  });
});

describe('what the file declares', () => {
  function doubled(): Graph {
    const builder = new GraphBuilder();
    const pooled = builder.add('MaxPool', [builder.input('x', [1, 2, H, W])], {
      kernel_shape: [2, 2],
      strides: [2, 2],
    });
    return builder.graph(
      builder.add('ConvTranspose', [pooled, builder.constant(weights(2, 2, 2, 2))], { strides: [2, 2] }),
    );
  }

  it('is a fault where it can never be true', () => {
    const { diagnostics } = infer(declaring(doubled(), { 1: [1, 3, H, W] }));
    expect(diagnostics).toMatchObject([{ code: 'US1214', severity: 'warning', node: { name: 'n1' } }]);
    expect(diagnostics[0]!.expected).toContain('[1, 2, 2*floor(H/2), 2*floor(W/2)]');
    expect(diagnostics[0]!.actual).toContain('[1, 3, H, W]');
  });

  it('is none where it is true for some sizes, or says less', () => {
    expect(found(declaring(doubled(), { 1: [1, 2, H, W] }))).toEqual([]);
    expect(found(declaring(doubled(), { 0: [1, 2, symbol('h'), symbol('w')] }))).toEqual([]);
  });

  it('is held against the sizes that are given', () => {
    const graph = declaring(doubled(), { 1: [1, 2, H, W] });
    expect(found(graph, { bindings: new Map([['H', 6]]) })).toEqual([]);
    expect(found(graph, { bindings: new Map([['H', 7]]) })).toEqual(['US1214 n1']);
  });

  it('does not become the type', () => {
    const graph = declaring(doubled(), { 1: [1, 2, 64, 64] });
    expect(formatShape(infer(graph).types.get(graph.outputs[0]!)!.shape)).toBe('[1, 2, 2*floor(H/2), 2*floor(W/2)]');
  });

  it('of another rank is a fault too', () => {
    expect(found(declaring(doubled(), { 0: [1, 2, H] }))).toEqual(['US1214 n0']);
  });

  it('of an input is held against the initializer of that name', () => {
    const declared = (shape: Shape, elementType: ElementType = 'float32') => {
      const builder = new GraphBuilder();
      const w = builder.input('w', shape, elementType);
      const graph = builder.graph(builder.add('Relu', [w]));
      return { ...graph, constants: new Map([[w, constantFromTensor(weights(2, 3))]]) };
    };
    expect(found(declared([2, 3]))).toEqual([]);
    expect(found(declared([2, H]))).toEqual([]);
    expect(found(declared([2, 4]))).toEqual(['US1214']);
    expect(found(declared([2, 3], 'float16'))).toEqual(['US1214']);
    expect(found(declared([2, H]), { bindings: new Map([['H', 4]]) })).toEqual(['US1214']);
    const [finding] = infer(declared([2, 4])).diagnostics;
    expect(finding).toMatchObject({ expected: 'float32[2, 3], as its initializer holds', value: 'w' });
  });

  it('stands in for operators that are not known', () => {
    const builder = new GraphBuilder();
    const made = builder.add('Mystery', [builder.input('x', [1, 2, H])]);
    const graph = builder.graph(builder.add('Conv', [made, builder.constant(weights(4, 2, 3, 3))]));
    const told = declaring(graph, { 0: [1, 2, H, W] });
    expect(shapesOf(told)).toEqual(['[1, 2, H, W]', '[1, 4, H - 2, W - 2]']);
    expect(found(told)).toEqual(['US1305 n0']);
    expect(infer(told).diagnostics[0]!.message).toContain('taken from the file');
    expect(infer(graph).diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining('not known')]);
  });
});

describe('what cannot be known', () => {
  it('is said of inputs without shapes', () => {
    const builder = new GraphBuilder();
    const value = builder.add('Relu', [builder.add('Relu', [builder.input('x', undefined)])]);
    expect(found(builder.graph(value))).toEqual(['US1215']);
  });

  it('is a symbol of its own with the reason', () => {
    const builder = new GraphBuilder();
    const count = builder.add('NonZero', [builder.input('x', [H])]);
    const { types, diagnostics } = infer(builder.graph(count));
    const [rank, size] = types.get(count)!.shape!;
    expect(rank).toBe(1);
    expect(String(size)).toMatch(/^\?/);
    expect(diagnostics).toEqual([]);
  });

  it('of a rank is said once', () => {
    const builder = new GraphBuilder();
    const shape = builder.input('shape', [symbol('K')], 'int64');
    const reshaped = builder.add('Reshape', [builder.input('x', [H, W]), shape]);
    const value = builder.add('Relu', [builder.add('Relu', [reshaped])]);
    expect(found(builder.graph(value))).toEqual(['US1217 n0']);
  });
});

describe('subgraphs', () => {
  function relu(x: Value): Graph {
    const inner = new GraphBuilder();
    return inner.graph(inner.add('Relu', [x]));
  }

  /** A graph whose every run would fail. */
  function failing(x: Value): Graph {
    const inner = new GraphBuilder();
    return inner.graph(inner.add('Relu', [inner.add('Conv', [x, inner.constant(weights(4, 9, 3))])]));
  }

  it('of branches that are not taken have types too, and no faults', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const [taken, other] = [relu(x), failing(x)];
    const condition = builder.constant(new Tensor('bool', [], Uint8Array.of(1)));
    const result = builder.add('If', [condition], {
      then_branch: { kind: 'graph', value: taken },
      else_branch: { kind: 'graph', value: other },
    });
    const { types, diagnostics } = infer(builder.graph(result));
    expect(diagnostics).toEqual([]);
    expect(types.get(result)!.shape).toEqual([1, 2, H]);
    expect(formatShape(types.get(other.outputs[0]!)!.shape)).toBe('[1, 4, H - 2]');
  });

  it('of operators that are not known have types', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const inner = relu(x);
    const { types } = infer(builder.graph(builder.add('Mystery', [x], { body: { kind: 'graph', value: inner } })));
    expect(types.get(inner.outputs[0]!)!.shape).toEqual([1, 2, H]);
  });
});

describe('the ledger', () => {
  function skip(builder: GraphBuilder, x: Value): Value {
    const pooled = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
    const up = builder.add('ConvTranspose', [pooled, builder.constant(weights(2, 2, 2))], { strides: [2] });
    return builder.add('Concat', [x, up], { axis: 1 });
  }

  it('records what depends on the sizes, with the node that asks', () => {
    const builder = new GraphBuilder();
    const graph = builder.graph(skip(builder, builder.input('x', [1, 2, H])));
    expect(asked(graph)).toEqual(['n0 at-least: floor(H/2) ≥ 1', 'n2 equal: H = 2*floor(H/2)']);
  });

  it('records it once, however often and whichever way round it is asked', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const pooled = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
    const up = builder.add('ConvTranspose', [pooled, builder.constant(weights(2, 2, 2))], { strides: [2] });
    const first = builder.add('Concat', [x, up], { axis: 1 });
    const second = builder.add('Concat', [up, x], { axis: 1 });
    const graph = builder.graph(first, second, builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] }));
    expect(asked(graph)).toEqual(['n0 at-least: floor(H/2) ≥ 1', 'n2 equal: H = 2*floor(H/2)']);
  });

  it('does not take a lower bound, or a broadcast, for the equality of the same sizes', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [H]);
    const y = builder.input('y', [W]);
    const zero = builder.constant(int64([1], [0]));
    const sum = builder.add('Add', [x, y]);
    const rows = [x, y].map((value) => builder.add('Unsqueeze', [value, zero]));
    const graph = builder.graph(sum, builder.add('Concat', rows, { axis: 0 }));
    expect(asked(graph)).toEqual(['n0 broadcast: H = W, or one of them 1', 'n3 equal: H = W']);
  });

  it('proves, and then says nothing', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const padded = builder.add('Pad', [x, builder.constant(int64([6], [0, 0, 1, 0, 0, 1]))]);
    const same = builder.add('MaxPool', [padded], { kernel_shape: [3] });
    expect(asked(builder.graph(builder.add('Concat', [x, same], { axis: 1 })))).toEqual([]);
  });

  it('knows that a size which is pooled cannot be 1', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const pooled = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
    const up = builder.add('ConvTranspose', [pooled, builder.constant(weights(2, 2, 2))], { strides: [2] });
    const graph = builder.graph(builder.add('Add', [x, up]));
    expect(asked(graph)).toEqual(['n0 at-least: floor(H/2) ≥ 1', 'n2 equal: H = 2*floor(H/2)']);
    expect(shapesOf(graph).at(-1)).toBe('[1, 2, H]');
  });

  it('keeps apart what only a branch asks for', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, H]);
    const inner = new GraphBuilder();
    const thenGraph = inner.graph(skip(inner, x));
    const outer = new GraphBuilder();
    const elseGraph = outer.graph(outer.add('Concat', [x, x], { axis: 1 }));
    const graph = builder.graph(
      builder.add('If', [builder.input('c', [], 'bool')], {
        then_branch: { kind: 'graph', value: thenGraph },
        else_branch: { kind: 'graph', value: elseGraph },
      }),
    );
    const { types, constraints } = infer(graph);
    expect(constraints).toEqual([]);
    expect(thenGraph.nodes.map((node) => formatShape(types.get(node.outputs[0]!)?.shape))).toEqual([
      '[1, 2, floor(H/2)]',
      '[1, 2, 2*floor(H/2)]',
      '[1, 4, H]',
    ]);
  });
});

describe('weights', () => {
  /** A constant that says what it is, and not what it holds. */
  function closed(dims: readonly number[], storage: Constant['storage']): Constant {
    return {
      type: 'float32',
      dims,
      byteLength: 4 * dims.reduce((a, b) => a * b, 1),
      storage,
      load: () => {
        throw new Error('the weights were read');
      },
    };
  }

  it('in other files are not read, nor large ones in the model', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 8, H, W]);
    const [outside, inside, bias] = [
      new Value('outside'),
      new Value('inside'),
      builder.constant(float32([64], new Array(64).fill(0))),
    ];
    const a = builder.add('Conv', [x, outside, bias]);
    const graph = builder.graph(builder.add('Conv', [a, inside]));
    const constants = new Map([
      ...graph.constants,
      [outside, closed([64, 8, 3, 3], 'external')],
      [inside, closed([64, 64, 3, 3], 'inline')],
    ]);
    expect(shapesOf({ ...graph, constants })).toEqual(['[1, 64, H - 2, W - 2]', '[1, 64, H - 4, W - 4]']);
  });
});

describe('given sizes', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [1, 2, H, 8]);
  const graph = builder.graph(builder.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }));
  const shape = (options: object) => formatShape(infer(graph, options).types.get(graph.outputs[0]!)!.shape);

  it('replace symbols', () => {
    expect(shape({ bindings: new Map([['H', 7]]) })).toBe('[1, 2, 3, 4]');
  });

  it('replace what the file says of an input', () => {
    expect(shape({ inputShapes: new Map([['x', [5, 2, H, 100]]]) })).toBe('[5, 2, floor(H/2), 50]');
  });
});

describe('sizes that grow with every node', () => {
  const all = ['A', 'B', 'C', 'D'].map((name) => symbol(name));

  it('are given up once, with a warning, and what is said stays short', () => {
    const builder = new GraphBuilder();
    const order = builder.constant(int64([4], [1, 2, 3, 0]));
    let sizes = builder.add('Shape', [builder.input('x', all)]);
    for (let i = 0; i < 20; i++) {
      const turned = builder.add('Gather', [sizes, order]);
      sizes = builder.add('Add', [builder.add('Max', [sizes, turned]), turned]);
    }
    const graph = builder.graph(builder.add('ConstantOfShape', [sizes]));
    expect(found(graph).map((text) => text.slice(0, 6))).toEqual(['US1213']);
    expect(shapesOf(graph).join().length).toBeLessThan(100_000);
  });

  it('are given up where thousands of open sizes are broadcast', () => {
    const builder = new GraphBuilder();
    const inputs = Array.from({ length: 5000 }, (_, i) => builder.input(`x${i}`, [symbol(`N${i}`)]));
    const inference = infer(builder.graph(builder.add('Sum', inputs)));
    expect(inference.diagnostics.map(({ code }) => code)).toEqual(['US1213']);
    expect(inference.constraints.length).toBeLessThan(100);
  });

  it('are unknown after a division by more than a number holds', () => {
    const builder = new GraphBuilder();
    const sizes = builder.add('Shape', [builder.input('x', [H])]);
    const divisor = builder.constant(new Tensor('int64', [1], BigInt64Array.of(2n ** 63n - 1n)));
    for (const op of ['Div', 'Mod']) {
      const graph = builder.graph(builder.add('ConstantOfShape', [builder.add(op, [sizes, divisor])]));
      expect(found(graph).map((text) => text.slice(0, 6))).toContain('US1213');
    }
  });
});
