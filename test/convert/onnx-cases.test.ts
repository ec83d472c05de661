/** ONNX's own cases of single operators, each written for another operator set: the results that ONNX expects, or refused. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertModel } from '../../src/convert/convert-model.js';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Model } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { opsets } from '../../src/onnx/opsets.js';
import { readModel } from '../../src/onnx/read.js';
import { readTensorProto } from '../../src/onnx/tensor-proto.js';
import { runModel } from '../../src/runtime/run.js';
import { Random } from '../lower/nodes/random.js';
import { elementwise } from '../support/compare.js';
import { isAbsent, onnxTests, titleFor } from '../support/shared-data.js';

const folder = path.join(onnxTests, 'node');
const names = isAbsent(onnxTests) ? [] : readdirSync(folder).sort();
const compare = elementwise(1e-3, 1e-5);
/** Each case is tried in as many sets; by default one in six in one. */
const soak = Number(process.env['UNSTRIDE_SOAK_SETS'] ?? 0);
const rounds = Math.max(1, soak);
const tried = soak > 0 ? names : names.filter((_, i) => i % 6 === 0);

function tensors(name: string, prefix: string): Tensor[] {
  const set = path.join(folder, name, 'test_data_set_0');
  const files = readdirSync(set).filter((file) => file.startsWith(prefix));
  return files
    .sort((a, b) => Number(a.slice(prefix.length, -3)) - Number(b.slice(prefix.length, -3)))
    .map((file) => readTensorProto(readFileSync(path.join(set, file))).tensor);
}

/** As many inputs as there are, and of tensors alone. */
function dataOf(name: string, { graph }: Model) {
  try {
    const inputs = tensors(name, 'input_');
    const feeds = new Map(graph.inputs.flatMap((input, i) => (inputs[i] ? [[input.name, inputs[i]] as const] : [])));
    return { feeds, expected: tensors(name, 'output_') };
  } catch {
    return undefined;
  }
}

function results(model: Model, feeds: ReadonlyMap<string, Tensor>): readonly Tensor[] | undefined {
  try {
    return [...runModel(model, feeds).outputs.values()];
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** All nodes as the file would have them. */
function inSet(graph: Graph, opset: number): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.domain === '' ? { ...node, opset } : node)) };
}

describe.skipIf(isAbsent(onnxTests))(titleFor('cases of ONNX in other operator sets', onnxTests), () => {
  it('give what ONNX expects', () => {
    const wrong: string[] = [];
    const counts = { converted: 0, refused: 0, without: 0 };
    for (const [i, name] of tried.entries()) {
      let model: Model;
      try {
        ({ model } = readModel(readFileSync(path.join(folder, name, 'model.onnx')), { file: name }));
      } catch (error) {
        if (error instanceof ModelError) continue;
        throw error;
      }
      const data = dataOf(name, model);
      const before = data && results(model, data.feeds);
      if (data === undefined || before === undefined) {
        counts.without++;
        continue;
      }
      const inference = infer(model.graph);
      const random = new Random(i);
      for (let round = 0; round < rounds; round++) {
        const opset = random.int(7, opsets.newest);
        const { model: converted, refused } = convertModel(model, opset, inference);
        if (refused.length > 0) {
          counts.refused++;
          continue;
        }
        counts.converted++;
        const after = results({ ...converted, graph: inSet(converted.graph, opset) }, data.feeds);
        const difference =
          after === undefined
            ? 'it does not run'
            : before.map((tensor, k) => compare(after[k]!, tensor)).find((text) => text !== undefined);
        if (difference !== undefined) wrong.push(`${name} for set ${opset}: ${difference}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(counts.converted).toBeGreaterThan(tried.length / 3);
  });
});
