/** Floats of other types become float32, and go on existing at the borders alone. */
import { describe, expect, it } from 'vitest';
import { kernelTypes } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import type { Attribute, Graph, Node } from '../../src/ir/graph.js';
import { Value } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { computeInFloat32 } from '../../src/passes/compute-in-float32.js';
import { float32Constant } from '../../src/passes/float32-constant.js';
import { removeIdentity } from '../../src/passes/remove-identity.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../support/graph.js';

const fast = kernelTypes('fast', false);
const strict = kernelTypes('strict', false);

function float16(dims: readonly number[], numbers: readonly number[]): Tensor {
  return tensorFromNumbers('float16', dims, Float32Array.from(numbers));
}

function castTo(type: 'float32' | 'float16' | 'bfloat16'): Record<string, number> {
  return { to: { float32: 1, float16: 10, bfloat16: 16 }[type] };
}

/** The graph after the pass and the one that takes identities out, whole and of the types that inference gives. */
function converted(graph: Graph, float32 = fast): Graph {
  const first = computeInFloat32.run(graph, infer(graph), { float32 }).graph;
  expect(verify(first)).toEqual([]);
  const inference = infer(first);
  expect(inference.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return removeIdentity.run(first, inference).graph;
}

function opsOf({ nodes }: Graph): string[] {
  return nodes.map(({ opType }) => opType);
}

function typesOf(graph: Graph, node: Node | undefined): (ElementType | undefined)[] {
  const { types } = infer(graph);
  return [...(node?.inputs ?? []), ...(node?.outputs ?? [])].map((value) => value && types.get(value)?.elementType);
}

function run(graph: Graph, ...feeds: Tensor[]): readonly Tensor[] {
  return execute(scheduleReferences(graph), feeds).outputs;
}

describe('compute-in-float32', () => {
  it('leaves a graph without such floats, and any where nobody asks', () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.add('Relu', [b.input('x', [4])]));
    expect(computeInFloat32.run(graph, infer(graph), { float32: fast }).graph).toBe(graph);
    const half = new GraphBuilder();
    const halves = half.graph(half.add('Relu', [half.input('x', [4], 'float16')]));
    expect(computeInFloat32.run(halves, infer(halves)).graph).toBe(halves);
  });

  it('keeps the types of inputs and outputs, and converts weights without loading them', () => {
    const b = new GraphBuilder();
    const weights = b.constant(float16([2, 1, 1, 1], [0.1, -3]));
    const conv = b.add('Conv', [b.input('x', [1, 1, 2, 2], 'float16'), weights]);
    const graph = b.graph(b.add('Relu', [conv]));
    const result = converted(graph);
    expect(opsOf(result)).toEqual(['Cast', 'Conv', 'Relu', 'Cast']);
    expect(typesOf(result, result.nodes[1])).toEqual(['float32', 'float32', 'float32']);
    expect(result.inputs).toEqual(graph.inputs);
    expect(result.outputs).toEqual(graph.outputs);
    const x = float16([1, 1, 2, 2], [1, 2, 3, 0.3]);
    const [actual] = run(result, x);
    expect(actual!.type).toBe('float16');
    expect([...actual!.data]).toEqual([...run(graph, x)[0]!.data]);
  });

  it('takes out the Casts that networks of mixed precision have around operators', () => {
    const b = new GraphBuilder();
    const half = b.add('Cast', [b.input('x', [4])], castTo('float16'));
    const wide = b.add('Cast', [b.add('Relu', [half])], castTo('float32'));
    const back = b.add('Cast', [b.add('Exp', [wide])], castTo('bfloat16'));
    const graph = b.graph(b.add('Cast', [b.add('Neg', [back])], castTo('float32')));
    expect(opsOf(converted(graph))).toEqual(['Relu', 'Exp', 'Neg', 'Cast']);
    // Exp alone is rounded once more: what Relu makes of halves are halves.
    expect(opsOf(converted(graph, strict))).toEqual('Cast Cast Relu Exp Cast Cast Neg Cast'.split(' '));
  });

  it('rounds what an operator makes in strict precision only', () => {
    const b = new GraphBuilder();
    const one = b.constant(float16([], [1]));
    const graph = b.graph(b.add('Sub', [b.add('Add', [b.input('x', [3], 'float16'), one]), one]));
    const x = float16([3], [2 ** -12, 3 * 2 ** -11, 0.25]);
    const numbers = (result: Graph) => [...numbersOf(run(result, x)[0]!)];
    const rounded = [0, 2 ** -9, 0.25];
    expect(numbers(graph)).toEqual(rounded);
    expect(numbers(converted(graph, strict))).toEqual(rounded);
    expect(numbers(converted(graph))).toEqual([2 ** -12, 3 * 2 ** -11, 0.25]);
  });

  it('gives subgraphs, and operators that draw or read bits, their own types', () => {
    const b = new GraphBuilder(26);
    const x = b.add('Relu', [b.input('x', [4], 'float16')]);
    const body = { inputs: [], nodes: [], constants: new Map() };
    const branch: Attribute = { kind: 'graph', value: { ...body, name: 'branch', outputs: [x] } };
    const chosen = b.add('If', [b.input('c', [], 'bool')], { then_branch: branch, else_branch: branch });
    const bits = b.add('BitCast', [b.add('Neg', [chosen])], { to: 4 });
    const noise = b.add('RandomUniformLike', [x], { seed: { kind: 'float', value: 1 } });
    const graph = b.graph(bits, b.add('Abs', [noise]));
    const result = converted(graph);
    const original = new Set(graph.nodes);
    expect(result.nodes.filter((node) => original.has(node)).map(({ opType }) => opType)).toEqual([
      'If',
      'BitCast',
      'RandomUniformLike',
    ]);
    const feeds = [float16([4], [1, -2, 3, 4]), tensorFromNumbers('bool', [], [1])];
    expect(run(result, ...feeds).map(({ data }) => [...data])).toEqual(
      run(graph, ...feeds).map(({ data }) => [...data]),
    );
  });

  it('says of DequantizeLinear and Cast that they make float32', () => {
    const b = new GraphBuilder(23);
    const x = b.input('x', [2], 'int8');
    const scale = b.constant(float16([], [0.5]));
    const real = b.add('DequantizeLinear', [x, scale], { output_dtype: 10 });
    const like = b.add('Cast', [b.input('n', [2], 'int32')], { to: 10 });
    const graph = b.graph(b.add('Add', [real, like]));
    const result = converted(graph);
    expect(opsOf(result)).toEqual(['DequantizeLinear', 'Cast', 'Add', 'Cast']);
    expect(typesOf(result, result.nodes[2])).toEqual(['float32', 'float32', 'float32']);
    const feeds = [tensorFromNumbers('int8', [2], [3, -4]), tensorFromNumbers('int32', [2], [10, 20])];
    expect([...numbersOf(run(result, ...feeds)[0]!)]).toEqual([11.5, 18]);
  });

  it('gives what text shows its own type: other digits are no other number, but another text', () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.add('Cast', [b.input('x', [1], 'float16')], { to: 8 }));
    expect(converted(graph)).toBe(graph);
  });

  it('gives each twin of a constant a name of its own', () => {
    const half = float16([], [2]);
    const b = new GraphBuilder();
    const x = b.input('x', [1], 'float16');
    const first = b.constant(half);
    const graph = b.graph(b.add('Mul', [x, first]), first);
    const taken = new Map([
      ...graph.constants,
      [new Value('c0/float32'), float32Constant(graph.constants.get(first)!)],
    ]);
    const names = [...converted({ ...graph, constants: taken }).constants.keys()].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('c0/float32.2');
  });
});

describe('constants as float32', () => {
  it('reads pieces of a file at any place, of every type', () => {
    for (const [type, size] of [
      ['float16', 2],
      ['bfloat16', 2],
      ['float64', 8],
    ] as const) {
      const tensor = tensorFromNumbers(type, [5], Float32Array.from([1, -0.5, 65504, 0, 3]));
      const data = tensor.data as Uint16Array | Float64Array;
      // Bytes that begin at an odd place, as in a file.
      const file = new Uint8Array(5 * size + 1);
      file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 1);
      const source = {
        type,
        dims: [5],
        byteLength: 5 * size,
        storage: 'inline',
        load: () => tensor,
        part: (start: number, length: number) => file.subarray(1 + start, 1 + start + length),
      } as const;
      const constant = float32Constant(source);
      expect(float32Constant(source)).toBe(constant);
      const target = new Float32Array(3);
      constant.readInto!(target, 1);
      expect([...target]).toEqual([...numbersOf(tensor)].slice(1, 4));
      expect(constant.load()).toEqual(float32([5], Float32Array.from(numbersOf(tensor))));
    }
  });
});
