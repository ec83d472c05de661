import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol, symbolsOf } from '../../../src/ir/dim.js';
import { type Graph, Value } from '../../../src/ir/graph.js';
import { bool, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { type ExecuteOptions, execute } from '../../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../../support/graph.js';
import { elementsOf } from '../../support/tensors.js';

const n = symbol('N');

/** What a body works with: its own builder, the iteration, the condition, and what is carried. */
interface Body {
  readonly builder: GraphBuilder;
  readonly iteration: Value;
  readonly condition: Value;
  readonly carried: readonly Value[];
}

/** A body with `count` carried values that returns what `make` makes: the condition, the carried values, the scanned ones. */
function bodyOf(count: number, make: (body: Body) => readonly Value[]): Graph {
  const builder = new GraphBuilder();
  const iteration = builder.input('i', [], 'int64');
  const condition = builder.input('going', [], 'bool');
  const carried = Array.from({ length: count }, (_, k) => builder.input(`carried${k}`, undefined));
  const outputs = make({ builder, iteration, condition, carried });
  return builder.graph(...outputs);
}

function attributesOf(body: Graph) {
  return { body: { kind: 'graph', value: body } } as const;
}

/** A graph of one Loop. */
function loopOf(
  inputs: { readonly trips?: Tensor; readonly condition?: Tensor; readonly carried?: readonly Tensor[] },
  body: Graph,
  outputs = body.outputs.length - 1,
): Graph {
  const builder = new GraphBuilder();
  const constant = (tensor: Tensor | undefined) => tensor && builder.constant(tensor);
  const all = [constant(inputs.trips), constant(inputs.condition), ...(inputs.carried ?? []).map(constant)];
  return builder.graph(...builder.addMany('Loop', all, outputs, attributesOf(body)));
}

function run(graph: Graph, options: ExecuteOptions = {}) {
  return execute(scheduleReferences(graph), [], options).outputs;
}

const trips = (count: number | bigint) => int64([], [count]);
const yes = bool([], [true]);
const no = bool([], [false]);

/** Doubles what is carried and returns it as it was. */
const doubling = bodyOf(1, ({ builder, condition, carried: [x] }) => [
  builder.add('Identity', [condition]),
  builder.add('Add', [x!, x!]),
  builder.add('Identity', [x!]),
]);

/** Goes on while what is carried is below a limit. */
function below(limit: number): Graph {
  return bodyOf(1, ({ builder, carried: [x] }) => {
    const next = builder.add('Add', [x!, x!]);
    return [builder.add('Less', [next, builder.constant(float32([], [limit]))]), next, next];
  });
}

describe('Loop', () => {
  it('runs as often as the trip count says, carries and stacks', () => {
    const [last, seen] = run(loopOf({ trips: trips(4), carried: [float32([1], [3])] }, doubling));
    expect(elementsOf(last)).toEqual([48]);
    expect([seen!.dims, elementsOf(seen)]).toEqual([
      [4, 1],
      [3, 6, 12, 24],
    ]);
  });

  it('runs while the condition holds', () => {
    const body = below(100);
    const start = { carried: [float32([], [3])] };
    expect(run(loopOf({ condition: yes, ...start }, body)).map(elementsOf)).toEqual([
      [192 / 1],
      [6, 12, 24, 48, 96, 192],
    ]);
    expect(elementsOf(run(loopOf({ trips: trips(2), condition: yes, ...start }, body))[1])).toEqual([6, 12]);
    expect(elementsOf(run(loopOf({ trips: trips(50), condition: yes, ...start }, body))[1])).toHaveLength(6);
  });

  it('does not hear the condition of a body that it was given none for', () => {
    expect(elementsOf(run(loopOf({ trips: trips(8), carried: [float32([], [3])] }, below(10)))[1])).toHaveLength(8);
  });

  it('tells the body which iteration it is', () => {
    const body = bodyOf(0, ({ builder, iteration, condition }) => [
      builder.add('Identity', [condition]),
      builder.add('Mul', [iteration, iteration]),
    ]);
    expect(elementsOf(run(loopOf({ trips: trips(4) }, body))[0])).toEqual([0n, 1n, 4n, 9n]);
  });

  it('gives back what it was given when it never runs', () => {
    const declared = new Value('scanned', { kind: 'tensor', elementType: 'float32', shape: [n, 2] });
    const body: Graph = { ...doubling, outputs: [doubling.outputs[0]!, doubling.outputs[1]!] };
    for (const inputs of [
      { trips: trips(0) },
      { trips: trips(-3) },
      { trips: trips(5), condition: no },
      { condition: no },
    ]) {
      expect(elementsOf(run(loopOf({ ...inputs, carried: [float32([1], [3])] }, body))[0])).toEqual([3]);
    }
    const builder = new GraphBuilder();
    const going = builder.input('going', [], 'bool');
    const scanning: Graph = { ...builder.graph(going, declared), inputs: [new Value('i'), going] };
    expect(run(loopOf({ trips: trips(0) }, scanning))[0]!.dims).toEqual([0, 0, 2]);
    const undeclared: Graph = { ...scanning, outputs: [going, new Value('scanned')] };
    expect(() => run(loopOf({ trips: trips(0) }, undeclared))).toThrow(/US2007.*'scanned'/);
  });

  it('reads from around it, also from the loop around it', () => {
    const builder = new GraphBuilder();
    const step = builder.add('Neg', [builder.input('step', [1])]);
    const inner = (i: Value) =>
      bodyOf(1, ({ builder: b, condition, carried: [x] }) => [
        b.add('Identity', [condition]),
        b.add('Add', [x!, b.add('Mul', [step, b.add('Cast', [i], { to: 1 })])]),
      ]);
    const outer = bodyOf(1, ({ builder: b, iteration, condition, carried: [x] }) => [
      b.add('Identity', [condition]),
      b.add('Loop', [b.constant(trips(2)), undefined, x!], attributesOf(inner(iteration))),
    ]);
    const start = builder.constant(float32([1], [100]));
    const y = builder.add('Loop', [builder.constant(trips(3)), undefined, start], attributesOf(outer));
    const { outputs } = execute(scheduleReferences(builder.graph(y)), [float32([1], [5])]);
    // 100 − 5·(0 + 0 + 1 + 1 + 2 + 2)
    expect(elementsOf(outputs[0])).toEqual([70]);
  });

  it('sums like a loop', () => {
    const body = bodyOf(1, ({ builder, iteration, condition, carried: [x] }) => {
      const sum = builder.add('Add', [x!, builder.add('Cast', [iteration], { to: 1 })]);
      return [builder.add('Identity', [condition]), sum, sum];
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: -5, max: 5 }), (count, start) => {
        const sums = Array.from({ length: count }, (_, i) => start + (i * (i + 1)) / 2);
        const [last, all] = run(loopOf({ trips: trips(count), carried: [float32([], [start])] }, body));
        expect([elementsOf(last), elementsOf(all)]).toEqual([[sums.at(-1)], sums.map((sum) => sum + 0)]);
      }),
    );
  });

  it('holds on to no values of iterations that are over', () => {
    const big = float32([1000], new Float32Array(1000));
    const body = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Neg', [builder.add('Neg', [x!])]),
    ]);
    const peak = (count: number) =>
      execute(scheduleReferences(loopOf({ trips: trips(count), carried: [big] }, body)), []).peakBytes;
    expect(peak(100)).toBe(peak(2));
  });
});

describe('a Loop that does not end', () => {
  const counting = bodyOf(1, ({ builder, carried: [x] }) => [builder.constant(yes), builder.add('Neg', [x!])]);
  const carried = [float32([], [1])];

  it('is refused where it has no end', () => {
    expect(() => run(loopOf({ carried }, counting))).toThrow(/US2007.*neither a trip count nor a condition/);
  });

  it('is stopped after as many runs as a run may have, loops inside of loops counted together', () => {
    const options = { maxSubgraphRuns: 50 };
    expect(() => run(loopOf({ condition: yes, carried }, counting), options)).toThrow(/US2008.*ran 50 times/);
    expect(() => run(loopOf({ trips: trips(2n ** 62n), carried }, counting), options)).toThrow(
      /US2008.*maxSubgraphRuns/,
    );
    expect(elementsOf(run(loopOf({ trips: trips(50), carried }, counting), options)[0])).toEqual([1]);
    const nested = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Loop', [builder.constant(trips(10)), undefined, x!], attributesOf(counting)),
    ]);
    // 1 + 10 runs an iteration.
    expect(elementsOf(run(loopOf({ trips: trips(4), carried }, nested), options)[0])).toEqual([1]);
    expect(() => run(loopOf({ trips: trips(5), carried }, nested), options)).toThrow(/US2008/);
  });

  it('is stopped without being told to', () => {
    expect(() =>
      run(
        loopOf(
          { condition: yes, carried },
          { ...counting, outputs: [counting.outputs[0]!, counting.inputs[2]!], nodes: [] },
        ),
      ),
    ).toThrow(/US2008.*ran 1048576 times/);
  });
});

describe('a Loop that cannot be run', () => {
  const start = { trips: trips(3), carried: [float32([1], [1])] };

  it('carries something that is no tensor', () => {
    const body = bodyOf(1, ({ condition, carried: [x] }) => [condition, x!]);
    const sequence = new Value('words', { kind: 'other', description: 'sequence of string tensors' });
    const inputs = [...body.inputs.slice(0, 2), sequence];
    expect(() => run(loopOf(start, { ...body, inputs, outputs: [body.inputs[1]!, sequence] }))).toThrow(
      /US2009.*'words'.*sequence of string tensors/,
    );
  });

  it('scans what changes from iteration to iteration', () => {
    const growing = bodyOf(1, ({ builder, condition, carried: [x] }) => {
      const longer = builder.add('Concat', [x!, x!], { axis: 0 });
      return [builder.add('Identity', [condition]), longer, longer];
    });
    expect(() => run(loopOf(start, growing))).toThrow(
      /US1202.*changes from iteration to iteration.*float32\[4\] in iteration 1/,
    );
  });

  it('has a body that takes or returns other numbers of values, or no condition', () => {
    const body = bodyOf(0, ({ builder, condition }) => [builder.add('Identity', [condition])]);
    expect(() => run(loopOf(start, body, 1))).toThrow(/US1306/);
    const odd = bodyOf(1, ({ builder, carried: [x] }) => [
      builder.add('Identity', [x!]),
      builder.add('Identity', [x!]),
    ]);
    expect(() => run(loopOf(start, odd))).toThrow(/US2003.*the condition that the body returns/);
  });
});

describe('the types of a Loop', () => {
  /** Shapes of the outputs of a Loop whose first carried value is `x`, [N, 4]. */
  function shapesOf(
    body: Graph,
    {
      count,
      condition,
      shape = [n, 4],
    }: { count?: Tensor | 'fed'; condition?: Tensor; shape?: (typeof n | number)[] } = {},
  ) {
    const builder = new GraphBuilder();
    const first = count === 'fed' ? builder.input('count', [], 'int64') : count && builder.constant(count);
    const inputs = [first, condition && builder.constant(condition), builder.input('x', shape)];
    const outputs = builder.addMany('Loop', inputs, body.outputs.length - 1, attributesOf(body));
    const inference = infer(builder.graph(...outputs));
    return { ...inference, shapes: outputs.map((output) => inference.types.get(output)?.shape) };
  }

  it('have a trip count in front of what is scanned, where nothing can end it before', () => {
    expect(shapesOf(doubling, { count: trips(5) }).shapes).toEqual([
      [n, 4],
      [5, n, 4],
    ]);
    expect(shapesOf(doubling, { count: trips(5), condition: yes }).shapes[1]).toEqual([5, n, 4]);
    expect(shapesOf(doubling, { count: trips(-2) }).shapes).toEqual([
      [n, 4],
      [0, n, 4],
    ]);
    expect(shapesOf(doubling, { count: trips(5), condition: no }).shapes[1]).toEqual([0, n, 4]);
    for (const { shapes, diagnostics } of [
      shapesOf(below(9), { count: trips(5), condition: yes, shape: [] }),
      shapesOf(doubling, { count: 'fed', shape: [] }),
    ]) {
      const [reason] = [...symbolsOf(shapes[1]![0]!).values()].map((facts) => facts.reason);
      expect([shapes[1]!.length, reason]).toEqual([1, 'the number of iterations shows at run time (n0)']);
      expect(diagnostics).toEqual([]);
    }
  });

  it('give up the sizes that change, and only those', () => {
    const growing = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Concat', [x!, x!], { axis: 0 }),
    ]);
    const { shapes, diagnostics } = shapesOf(growing, { count: trips(5) });
    const [rows, columns] = shapes[0]!;
    expect([...symbolsOf(rows!).values()].map(({ reason }) => reason)).toEqual([
      'the size changes from iteration to iteration (n0)',
    ]);
    expect([columns, diagnostics]).toEqual([4, []]);
  });

  it('give up the rank that changes', () => {
    const deeper = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Unsqueeze', [x!, builder.constant(int64([1], [0]))]),
    ]);
    expect(shapesOf(deeper, { count: trips(5) }).shapes).toEqual([undefined]);
  });

  it('come to an end when one size pulls the other', () => {
    // What is carried turns around, so its second size changes as soon as its first has.
    const turning = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Transpose', [builder.add('Concat', [x!, x!], { axis: 0 })]),
    ]);
    const { shapes, diagnostics } = shapesOf(turning, { count: trips(5), shape: [4, 4] });
    expect(shapes[0]!.map((dim) => typeof dim)).toEqual(['object', 'object']);
    expect(diagnostics).toEqual([]);
  });

  it('report what is wrong inside once, at its node', () => {
    const broken = bodyOf(1, ({ builder, condition, carried: [x] }) => [
      builder.add('Identity', [condition]),
      builder.add('Concat', [x!, builder.add('Gather', [x!, builder.constant(int64([], [9]))], { axis: 1 })], {
        axis: 0,
      }),
    ]);
    const { diagnostics } = shapesOf(broken, { count: trips(5) });
    expect(diagnostics.map(({ code, node, severity }) => [code, node?.opType, severity])).toEqual([
      ['US2006', 'Gather', 'error'],
    ]);
  });

  it('ask of sizes what the body asks, once', () => {
    const builder = new GraphBuilder();
    const w = builder.input('w', [symbol('K'), symbol('M')]);
    const body = bodyOf(1, ({ builder: b, condition, carried: [x] }) => [
      b.add('Identity', [condition]),
      b.add('MatMul', [x!, w]),
    ]);
    const y = builder.add(
      'Loop',
      [builder.constant(trips(2)), undefined, builder.input('x', [2, n])],
      attributesOf(body),
    );
    const { constraints, types } = infer(builder.graph(y));
    expect(types.get(y)!.shape).toHaveLength(2);
    expect(constraints.map(({ left, right }) => `${left} = ${right}`)).toEqual(['N = K']);
  });

  it('are found in time, however deep loops lie inside of loops', () => {
    const nest = (depth: number): Graph =>
      bodyOf(2, ({ builder, condition, carried: [x, y] }) => {
        const grown = builder.add('Concat', [x!, y!], { axis: 0 });
        const inner =
          depth === 0
            ? [grown, y!]
            : builder.addMany(
                'Loop',
                [builder.constant(trips(2)), undefined, grown, x!],
                2,
                attributesOf(nest(depth - 1)),
              );
        return [builder.add('Identity', [condition]), ...inner];
      });
    const builder = new GraphBuilder();
    const outputs = builder.addMany(
      'Loop',
      [builder.constant(trips(2)), undefined, builder.input('x', [1]), builder.input('y', [2])],
      2,
      attributesOf(nest(40)),
    );
    expect(infer(builder.graph(...outputs)).diagnostics).toEqual([]);
  });
});
