import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile.js';
import { infer } from '../../../src/infer/infer.js';
import { symbol, symbolsOf } from '../../../src/ir/dim.js';
import type { Graph, Model, Value } from '../../../src/ir/graph.js';
import { bool, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { runModel } from '../../../src/runtime/run.js';
import { GraphBuilder } from '../../support/graph.js';
import { elementsOf } from '../../support/tensors.js';

const n = symbol('N');

/** A branch that returns one constant. */
function constantBranch(tensor: Tensor): Graph {
  const branch = new GraphBuilder();
  return branch.graph(branch.constant(tensor));
}

/** A branch of one node. */
function nodeBranch(op: string, inputs: readonly Value[], attributes = {}): Graph {
  const branch = new GraphBuilder();
  return branch.graph(branch.add(op, inputs, attributes));
}

function branches(thenBranch: Graph, elseBranch: Graph) {
  return {
    then_branch: { kind: 'graph', value: thenBranch },
    else_branch: { kind: 'graph', value: elseBranch },
  } as const;
}

function run(graph: Graph, feeds: readonly Tensor[]) {
  return execute(scheduleReferences(graph), feeds).outputs.map(elementsOf);
}

function modelOf(graph: Graph): Model {
  return {
    graph,
    irVersion: 10,
    opsets: new Map([['', 22]]),
    producer: { name: '', version: '' },
    metadata: new Map(),
  };
}

describe('If', () => {
  it('runs the branch that the condition chooses', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const y = builder.add(
      'If',
      [condition],
      branches(constantBranch(float32([2], [1, 2])), constantBranch(float32([1], [3]))),
    );
    const graph = builder.graph(y);
    expect(run(graph, [bool([], [true])])).toEqual([[1, 2]]);
    expect(run(graph, [bool([], [false])])).toEqual([[3]]);
    expect(run(graph, [bool([1], [true])])).toEqual([[1, 2]]);
  });

  it('reads values from around it, which live until then and through every pass', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const x = builder.input('x', [2]);
    const same = builder.add('Identity', [builder.add('Identity', [x])]);
    const weight = builder.add('Add', [builder.constant(float32([2], [10, 20])), builder.constant(float32([1], [1]))]);
    const doubled = builder.add('Add', [x, x]);
    const y = builder.add('If', [condition], branches(nodeBranch('Add', [same, weight]), nodeBranch('Neg', [doubled])));
    const graph = builder.graph(y);
    for (const [choice, expected] of [
      [true, [12, 23]],
      [false, [-2, -4]],
    ] as const) {
      const feeds = [bool([], [choice]), float32([2], [1, 2])];
      expect(run(graph, feeds)).toEqual([expected]);
      const { outputs } = runModel(modelOf(graph), { condition: feeds[0]!, x: feeds[1]! });
      expect(elementsOf(outputs.get(y.name))).toEqual(expected);
    }
    const folding = compile(modelOf(graph)).passes.find(({ name }) => name === 'fold-constants');
    expect(folding?.notes).toContain('n2 (Add) is constant');
  });

  it('nests, and returns what it only reads', () => {
    const builder = new GraphBuilder();
    const outer = builder.input('outer', [], 'bool');
    const inner = builder.input('inner', [], 'bool');
    const x = builder.input('x', [1]);
    const returned: Graph = { name: '', inputs: [], outputs: [x], nodes: [], constants: new Map() };
    const nested = nodeBranch('If', [inner], branches(returned, constantBranch(float32([1], [2]))));
    const y = builder.add('If', [outer], branches(nested, constantBranch(float32([1], [3]))));
    const graph = builder.graph(y);
    const outputs = (a: boolean, b: boolean) => run(graph, [bool([], [a]), bool([], [b]), float32([1], [1])]);
    expect([outputs(true, true), outputs(true, false), outputs(false, true)]).toEqual([[[1]], [[2]], [[3]]]);
  });

  it('infers the branch that a known condition chooses, values and all', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [n, 3]);
    const shape = builder.add('Shape', [x]);
    const three = builder.constant(int64([1], [3]));
    const isThree = builder.add('Equal', [
      builder.add('Slice', [shape, builder.constant(int64([1], [1])), three]),
      three,
    ]);
    const size = builder.add(
      'If',
      [isThree],
      branches(nodeBranch('Identity', [shape]), constantBranch(int64([0], []))),
    );
    const y = builder.add('ConstantOfShape', [size]);
    const { types, diagnostics } = infer(builder.graph(y));
    expect(types.get(y)!.shape).toEqual([n, 3]);
    expect(diagnostics).toEqual([]);
  });

  it('keeps the sizes that both branches share and gives others a name', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const x = builder.input('x', [n, 4]);
    const longer = nodeBranch('Concat', [x, x], { axis: 1 });
    const y = builder.add('If', [condition], branches(longer, nodeBranch('Identity', [x])));
    const flat = builder.add(
      'If',
      [condition],
      branches(nodeBranch('Flatten', [x], { axis: 0 }), nodeBranch('ReduceSum', [x], { keepdims: 0 })),
    );
    const { types, diagnostics } = infer(builder.graph(y, flat));
    const [batch, columns] = types.get(y)!.shape!;
    expect(batch).toBe(n);
    const [reason] = [...symbolsOf(columns!).values()].map((symbolFacts) => symbolFacts.reason);
    expect(reason).toBe('the branches give [N, 8] and [N, 4] (n0)');
    expect(types.get(flat)).toEqual({ elementType: 'float32', shape: undefined });
    expect(diagnostics).toEqual([]);
  });

  it('knows a value that both branches give alike', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const shape = builder.add('Shape', [builder.input('x', [n, 4])]);
    const y = builder.add(
      'If',
      [condition],
      branches(nodeBranch('Identity', [shape]), nodeBranch('Identity', [shape])),
    );
    const other = builder.add(
      'If',
      [condition],
      branches(nodeBranch('Identity', [shape]), constantBranch(int64([2], [1, 4]))),
    );
    const { known } = infer(builder.graph(y, other));
    expect(known.get(y)?.elements).toEqual([n, 4]);
    expect(known.has(other)).toBe(false);
  });

  it('warns of what is wrong in a branch that may not run, and asks nothing of sizes for it', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const x = builder.input('x', [symbol('H'), 3]);
    const w = builder.input('w', [symbol('W'), 4]);
    const y = builder.add(
      'If',
      [condition],
      branches(nodeBranch('Concat', [x, w], { axis: 0 }), nodeBranch('Identity', [x])),
    );
    const { diagnostics, constraints } = infer(builder.graph(y));
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['US1203', 'warning']]);
    const fitting = builder.add(
      'If',
      [condition],
      branches(nodeBranch('MatMul', [x, builder.input('v', [symbol('V'), 2])]), nodeBranch('Identity', [x])),
    );
    expect([constraints, infer(builder.graph(fitting)).constraints]).toEqual([[], []]);
  });

  it('wants one element type, and as many outputs as the node has', () => {
    const codesOf = (outputs: number, thenBranch: Graph, elseBranch: Graph) => {
      const builder = new GraphBuilder();
      const condition = builder.input('condition', [], 'bool');
      const results = builder.addMany('If', [condition], outputs, branches(thenBranch, elseBranch));
      return infer(builder.graph(...results)).diagnostics.map(({ code }) => code);
    };
    const floats = constantBranch(float32([1], [1]));
    expect(codesOf(1, floats, floats)).toEqual([]);
    expect(codesOf(1, floats, constantBranch(int64([1], [1])))).toEqual(['US1210']);
    expect(codesOf(2, floats, floats)).toEqual(['US1306']);
  });

  it('names the node inside that cannot compute', () => {
    const builder = new GraphBuilder();
    const condition = builder.input('condition', [], 'bool');
    const index = builder.input('index', [1], 'int64');
    const data = builder.constant(float32([2], [1, 2]));
    const y = builder.add(
      'If',
      [condition],
      branches(nodeBranch('Gather', [data, index]), constantBranch(float32([1], [0]))),
    );
    expect(() => run(builder.graph(y), [bool([], [true]), int64([1], [2])])).toThrow(/^n0 \(Gather\): error US2006/);
    expect(run(builder.graph(y), [bool([], [false]), int64([1], [2])])).toEqual([[0]]);
  });
});
