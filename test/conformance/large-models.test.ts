/**
 * Real models that references would take minutes for: on the engine as a whole, against onnxruntime, and by references one
 * node of each kind, on what the engine has in between.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { type Inference, infer } from '../../src/infer/infer.js';
import { substitute } from '../../src/ir/dim.js';
import { constantFromTensor, type Graph, type Node, type Value } from '../../src/ir/graph.js';
import { elementCount, type Tensor } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { Executor } from '../../src/runtime/executor.js';
import { bindFeeds } from '../../src/runtime/feeds.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../support/compare.js';
import { engineNames, largeNames, mostWork, openReal, openSmall, patience } from '../support/real-models.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

const target = { tier: 'baseline', precision: 'strict', threads: 2 } as const;
/** Multiplications and elements of a node that is run whatever others there are. */
const littleWork = 2e4;

let executor: Executor;
beforeAll(async () => {
  executor = await Executor.create(target);
});
afterAll(() => executor.dispose());

/** The outputs of the graph as its nodes are, without passes. */
async function runNodes(graph: Graph, inference: Inference, tensors: readonly Tensor[]): Promise<Map<Value, Tensor>> {
  const program = await executor.load(graph, lower(graph, inference, target));
  const outputs = await program.run(tensors);
  program.dispose();
  return new Map(graph.outputs.map((value, i) => [value, outputs[i]!]));
}

/** The outputs of a node by its reference. */
function runNode(node: Node, graph: Graph, values: ReadonlyMap<Value, Tensor>): [Value, Tensor][] {
  const inputs = [...new Set(node.inputs)].filter((input) => input !== undefined && !graph.constants.has(input));
  const outputs = node.outputs.filter((output) => output !== undefined);
  const alone = { name: '', inputs: inputs as Value[], outputs, nodes: [node], constants: graph.constants };
  const feeds = alone.inputs.map((input) => values.get(input)!);
  const results = execute(scheduleReferences(alone), feeds).outputs;
  return outputs.map((output, i) => [output, results[i]!]);
}

/** The graph with what depends on no input as constants. */
function withoutConstantNodes(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.filter((node) => {
    if (node.inputs.some((input) => input !== undefined && !constants.has(input))) return true;
    for (const [output, tensor] of runNode(node, { ...graph, constants }, new Map()))
      constants.set(output, constantFromTensor(tensor));
    return false;
  });
  return { ...graph, nodes, constants };
}

/** Nodes with little work, and of those that differ in nothing but their sizes the one with the least. */
function chosenNodes(graph: Graph, inference: Inference): Node[] {
  const work = new Map(graph.nodes.map((node) => [node, workOf(node, inference)]));
  const least = new Map<string, Node>();
  for (const node of graph.nodes) {
    const known = least.get(kindOf(node));
    if (known === undefined || work.get(node)! < work.get(known)!) least.set(kindOf(node), node);
  }
  const kinds = new Set([...least.values()].filter((node) => work.get(node)! <= mostWork));
  return graph.nodes.filter((node) => kinds.has(node) || work.get(node)! <= littleWork);
}

function kindOf({ opType, inputs, attributes }: Node): string {
  const values = [...attributes].map(([name, { value }]) => [name, value]);
  return JSON.stringify([opType, inputs.length, values], (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}

/** Multiplications, and elements read and written. */
function workOf(node: Node, inference: Inference): number {
  const shapes = (values: readonly (Value | undefined)[]) =>
    values.map((value) => value && inference.types.get(value)?.shape);
  const [inputs, outputs] = [shapes(node.inputs), shapes(node.outputs)];
  const elements = [...inputs, ...outputs].map((shape) => (shape === undefined ? 0 : elementCount(shape.map(Number))));
  const macs = inference.operators.get(node)?.macs({ inputs, outputs }) ?? 0;
  return Number(macs) + elements.reduce((sum, count) => sum + count, 0);
}

describe.skipIf(isAbsent(realModels))(titleFor('large real models', realModels), () => {
  // What rounding does to u2netp, which is quantized, is a matter of codegen/quantized.test.ts.
  it.each(engineNames.filter((name) => name !== 'u2netp-int8'))(
    '%s: the engine computes what onnxruntime does',
    { timeout: patience },
    async (name) => {
      const { model, graph, feeds, expected } = await openReal(name);
      const { tensors, bindings } = bindFeeds(graph, feeds);
      const compiled = compile(model, { bindings });
      const program = await executor.load(compiled.graph, lower(compiled.graph, compiled, target));
      const results = await program.run(tensors);
      program.dispose();
      const compare = largestMagnitude(1e-3);
      for (const [i, output] of graph.outputs.entries())
        expect(compare(results[i]!, expected.get(output)!), output.name).toBeUndefined();
    },
  );

  it.each(largeNames)('%s: a node of each kind is what its reference says', { timeout: patience }, async (name) => {
    const { model, feeds } = await openSmall(name);
    const graph = withoutConstantNodes(model.graph);
    const { tensors, bindings } = bindFeeds(graph, feeds);
    const inference = infer(graph, { bindings });
    const symbolic = infer(graph);
    const nodes = chosenNodes(graph, inference);
    const isMade = (value: Value | undefined): value is Value =>
      value !== undefined && !graph.constants.has(value) && !graph.inputs.includes(value);
    const wanted = new Set(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].filter(isMade)));
    const values = await runNodes({ ...graph, outputs: [...wanted] }, inference, tensors);
    for (const [i, input] of graph.inputs.entries()) values.set(input, tensors[i]!);

    const compare = largestMagnitude(1e-4);
    for (const node of nodes) {
      for (const [output, tensor] of runNode(node, graph, values)) {
        const { dims } = tensor;
        expect(inference.types.get(output)?.shape, output.name).toEqual(dims);
        const open = symbolic.types.get(output)?.shape?.map((dim) => substitute(dim, bindings));
        expect(open, `${output.name} of open sizes`).toEqual(dims);
        expect(compare(values.get(output)!, tensor), output.name).toBeUndefined();
      }
    }
    expect(nodes.length).toBeGreaterThan(2);
  });
});
