/** Waste: found in models that have it, not in those that do not. */
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { symbol } from '../../src/ir/dim.js';
import type { Constant, Graph, Value } from '../../src/ir/graph.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { externalFilesFrom } from '../../src/onnx/external-data.js';
import { readModel } from '../../src/onnx/read.js';
import { writeModel } from '../../src/onnx/write.js';
import { GraphBuilder } from '../support/graph.js';
import { codesOf, contextOf, filled, findingsOf, modelOf, reread } from './support.js';

function normalized(options: {
  readonly op?: 'Conv' | 'ConvTranspose' | 'Relu';
  readonly secondReader?: boolean;
  readonly computedMean?: boolean;
  readonly training?: boolean;
}) {
  const { op = 'ConvTranspose' } = options;
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [1, 3, 4, 4]);
  const weights = builder.constant(filled([3, 3, 1, 1]));
  const y = op === 'Relu' ? builder.add('Relu', [x]) : builder.add(op, [x, weights]);
  const parameters = [1, 2, 3, 4].map((seed) => builder.constant(filled([3], seed)));
  if (options.computedMean === true) parameters[2] = builder.input('mean', [3]);
  const z = builder.add(
    'BatchNormalization',
    [y, ...parameters],
    options.training === true ? { training_mode: 1 } : {},
  );
  const outputs = options.secondReader === true ? [z, builder.add('Relu', [y])] : [z];
  if (op === 'Relu') outputs.push(builder.add('Conv', [z, weights]));
  return reread(modelOf(builder.graph(...outputs)));
}

describe('US1501, BatchNormalization that could be folded', () => {
  it.each(['Conv', 'ConvTranspose'] as const)('after %s', (op) => {
    const [finding] = findingsOf(normalized({ op }), 'US1501');
    expect(finding).toMatchObject({ severity: 'info', node: { opType: 'BatchNormalization' } });
    expect(finding!.message).toContain(`(${op})`);
  });

  it.each([
    ['after something that has no weights', { op: 'Relu' as const }],
    ['where the layer has another reader', { secondReader: true }],
    ['where its statistics are computed', { computedMean: true }],
    ['in training mode', { training: true }],
  ])('not %s', (_, options) => {
    expect(findingsOf(normalized(options), 'US1501')).toEqual([]);
  });

  it('with parameters from Constant nodes and by way of Identity', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 3, 4, 4]);
    const w = builder.add('Constant', [], { value: filled([3, 3, 1, 1]) });
    const y = builder.add('Conv', [x, w]);
    const [scale, bias, variance] = [1, 2, 3].map((seed) => builder.add('Constant', [], { value: filled([3], seed) }));
    const mean = builder.add('Identity', [bias]);
    const z = builder.add('BatchNormalization', [y, scale, bias, mean, variance]);
    expect(codesOf(reread(modelOf(builder.graph(z))))).toEqual(['US1501']);
  });
});

describe('what nothing needs', () => {
  it('US1503: nodes that lead to no output', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [4]);
    builder.add('Relu', [builder.add('Neg', [x])]);
    const found = findingsOf(reread(modelOf(builder.graph(builder.add('Abs', [x])))), 'US1503');
    expect(found.map(({ node }) => node!.opType)).toEqual(['Neg', 'Relu']);
    const sound = new GraphBuilder(18);
    expect(
      codesOf(reread(modelOf(sound.graph(sound.add('Relu', [sound.add('Neg', [sound.input('x', [4])])]))))),
    ).toEqual([]);
  });

  it('US1503: what only a subgraph reads is needed', () => {
    const outer = new GraphBuilder(18);
    const condition = outer.input('c', []);
    const x = outer.input('x', [4]);
    const negated = outer.add('Neg', [x]);
    const branch = (): Graph => {
      const inner = new GraphBuilder(18);
      return inner.graph(inner.add('Relu', [negated]));
    };
    const flag = outer.add('Cast', [condition], { to: 9 });
    const y = outer.add('If', [flag], {
      then_branch: { kind: 'graph', value: branch() },
      else_branch: { kind: 'graph', value: branch() },
    });
    expect(findingsOf(reread(modelOf(outer.graph(y))), 'US1503')).toEqual([]);
  });

  it('US1504: initializers that nothing reads', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [4]);
    const returned = builder.constant(float32([2], [1, 2]));
    builder.constant(filled([300]));
    const y = builder.add('Add', [x, builder.constant(float32([4], [1, 2, 3, 4]))]);
    const found = findingsOf(reread(modelOf(builder.graph(y, returned))), 'US1504');
    expect(found.map(({ value, message }) => [value, message])).toEqual([
      ['c1', "nothing reads the initializer 'c1', float32[300], 1200 bytes"],
    ]);
  });
});

describe('US1505, initializers with the same content', () => {
  function withWeights(...weights: readonly Tensor[]) {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [weights[0]!.size]);
    const sum = weights.reduce((value, weight) => builder.add('Add', [value, builder.constant(weight)]), x);
    return modelOf(builder.graph(sum));
  }
  const same = filled([300], 1);

  it('are reported together', () => {
    const found = findingsOf(reread(withWeights(same, filled([300], 2), same, filled([300], 1))), 'US1505');
    expect(found).toHaveLength(1);
    expect(found[0]!.message).toBe("3 initializers are the same, 2400 bytes too many: 'c0', 'c2', 'c3'");
  });

  it('differ by one element, by shape, or are too small to matter', () => {
    const other = Float32Array.from(same.data);
    // Between the places that a sample would look at.
    other[7]! += 1;
    expect(codesOf(reread(withWeights(same, float32([300], other))))).toEqual([]);
    expect(codesOf(reread(withWeights(same, float32([1, 300], same.data))))).toEqual([]);
    expect(codesOf(reread(withWeights(float32([2], [1, 2]), float32([2], [1, 2]))))).toEqual([]);
  });

  it('outside the model are not read', () => {
    const { model, weights } = writeModel(withWeights(same, same), { weights: { location: 'w' } });
    const bytes = new Uint8Array(Buffer.concat([...model.chunks()]));
    let reads = 0;
    const files = externalFilesFrom({ w: new Uint8Array(Buffer.concat([...weights!.chunks()])) });
    const counting = {
      read(location: string, offset: number, length: number) {
        if (length > 0) reads++;
        return files.read(location, offset, length);
      },
    };
    const read = readModel(bytes, { externalFiles: counting });
    expect(codesOf(contextOf(read.model))).toEqual([]);
    expect(reads).toBe(0);
  });
});

describe('versions', () => {
  const relu = (opset: number, irVersion: number, weight = false) => {
    const builder = new GraphBuilder(opset);
    const x = builder.input('x', [2]);
    const y = weight ? builder.add('Add', [x, builder.constant(float32([2], [1, 2]))]) : builder.add('Relu', [x]);
    return reread(modelOf(builder.graph(y), { irVersion }));
  };

  it('US1506: operator sets that tools have left behind', () => {
    expect(findingsOf(relu(6, 4), 'US1506')[0]!.message).toContain('onnxruntime guarantees (from 7) and TensorRT');
    expect(findingsOf(relu(8, 4), 'US1506')[0]!.message).not.toContain('onnxruntime');
    expect(codesOf(relu(9, 4))).toEqual([]);
  });

  it('US1507: weights among the inputs', () => {
    expect(codesOf(relu(11, 3, true))).toEqual(['US1507']);
    expect(codesOf(relu(11, 3))).toEqual([]);
    expect(codesOf(relu(11, 4, true))).toEqual([]);
  });
});

describe('US1508, open sizes that are fixed', () => {
  function flattened(height: ReturnType<typeof symbol> | number, rows: number) {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [symbol('N'), height]);
    const y = builder.add('MatMul', [builder.add('Concat', [x, x], { axis: 1 }), builder.constant(filled([rows, 3]))]);
    return reread(modelOf(builder.graph(y)));
  }

  it('by what a node further on needs', () => {
    const [finding] = findingsOf(flattened(symbol('H'), 10), 'US1508');
    expect(finding).toMatchObject({ value: 'H', expected: '5 in place of H', node: { opType: 'MatMul' } });
    expect(finding!.message).toContain("the open size H, axis 1 of 'x', can only be 5");
  });

  it('not where several sizes go, or the number is declared', () => {
    expect(codesOf(flattened(5, 10))).toEqual([]);
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 1, symbol('H'), 4]);
    const pooled = builder.add('MaxPool', [x], { kernel_shape: [2, 1], strides: [2, 1] });
    // floor(H/2) = 3 has two solutions.
    const y = builder.add('Concat', [pooled, builder.constant(filled([1, 1, 3, 4]))], { axis: 1 });
    expect(codesOf(reread(modelOf(builder.graph(y))))).toEqual([]);
  });
});

describe('US1509, weights in float64', () => {
  const double = (count: number) => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1]);
    const cast = builder.add('Cast', [x], { to: 11 });
    const weight = builder.constant(
      new Tensor('float64', count === 0 ? [] : [count], new Float64Array(Math.max(1, count))),
    );
    return reread(modelOf(builder.graph(builder.add('Mul', [cast, weight]))));
  };

  it('of more than one element', () => {
    const [finding] = findingsOf(double(3), 'US1509');
    expect(finding).toMatchObject({ actual: 'float64', node: { opType: 'Mul' } });
    expect(finding!.message).toContain('24 bytes');
    expect(codesOf(double(0))).toEqual([]);
    expect(codesOf(double(1))).toEqual([]);
  });
});

describe('weights that cannot be read', () => {
  it('end the rule that wants them, not the run', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 1, 4, 4]);
    const graph = builder.graph(
      builder.add('ConvTranspose', [x, builder.constant(float32([1, 1, 2, 2], [1, 1, 1, 1]))], { strides: [2, 2] }),
    );
    const broken: Constant = {
      ...[...graph.constants.values()][0]!,
      load: () => {
        throw new ProblemError({ code: 'US1006', message: 'gone', data: {} });
      },
    };
    const constants = new Map([...graph.constants.keys()].map((value): [Value, Constant] => [value, broken]));
    expect(codesOf(contextOf(modelOf(graph)))).toEqual(['US1502']);
    expect(codesOf({ ...contextOf(modelOf(graph)), model: modelOf({ ...graph, constants }) })).toEqual([]);
  });

  it('of a message by onnx-proto are compared like others', () => {
    const floats = Array.from({ length: 300 }, (_, i) => i / 7);
    const initializer = ['a', 'b'].map((name) => ({ name, dataType: 1, dims: [300], floatData: floats }));
    const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 300 }] } } };
    const message = onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'g',
        input: [{ name: 'x', type }],
        output: [{ name: 'y', type }],
        initializer,
        node: [
          { opType: 'Add', name: 'one', input: ['x', 'a'], output: ['z'] },
          { opType: 'Add', name: 'two', input: ['z', 'b'], output: ['y'] },
        ],
      },
    });
    const fromBytes = readModel(new Uint8Array(onnx.ModelProto.encode(message).finish()));
    expect(codesOf(contextOf(fromBytes.model))).toEqual(['US1505']);
  });
});

describe('shape arithmetic', () => {
  it('of int64 constants is no waste', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [2, 6]);
    const y = builder.add('Reshape', [x, builder.constant(int64([2], [3, 4]))]);
    expect(codesOf(reread(modelOf(builder.graph(y))))).toEqual([]);
  });
});

describe('US1510, a symbol that inputs cannot share', () => {
  function recurrent(size: string) {
    const builder = new GraphBuilder(18);
    const frame = builder.input('frame', [symbol('N'), 1, symbol('H')]);
    const state = builder.input('state', [symbol('N'), 1, symbol(size)]);
    const half = builder.add('Conv', [frame, builder.constant(filled([1, 1, 3]))], { strides: [2], pads: [1, 1] });
    return reread(modelOf(builder.graph(builder.add('Concat', [half, state], { axis: 1 }))));
  }

  it('where one is the half of another', () => {
    const [finding] = findingsOf(recurrent('H'), 'US1510');
    expect(finding).toMatchObject({ value: 'H', node: { opType: 'Concat' }, severity: 'warning' });
    expect(finding!.expected).toBe("a name of its own for the size of 'state'");
  });

  it('not where each has its own, nor where sizes fit that are larger', () => {
    expect(codesOf(recurrent('H2'))).not.toContain('US1510');
    const builder = new GraphBuilder(18);
    const a = builder.input('a', [1, 1, symbol('H')]);
    const b = builder.input('b', [1, 1, symbol('H')]);
    const half = builder.add('Conv', [a, builder.constant(filled([1, 1, 2]))], { strides: [2] });
    const whole = builder.add('ConvTranspose', [half, builder.constant(filled([1, 1, 2]))], { strides: [2] });
    // H has to be even, for both.
    const model = reread(modelOf(builder.graph(builder.add('Concat', [whole, b], { axis: 1 }))));
    expect(codesOf(model)).not.toContain('US1510');
  });
});
