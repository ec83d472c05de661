/** Small models, written to bytes and read again, and what one rule says of them. */
import type { Diagnostic, DiagnosticCode } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Model } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes } from '../../src/onnx/write.js';
import type { RuleContext } from '../../src/rules/index.js';
import { runRules } from '../../src/rules/index.js';
import { smallIntegers } from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

export function modelOf(graph: Graph, more: Partial<Model> = {}): Model {
  const opset = graph.nodes[0]?.opset ?? 18;
  return {
    graph,
    irVersion: 10,
    opsets: new Map([['', opset]]),
    producer: { name: 'tests', version: '' },
    metadata: new Map(),
    ...more,
  };
}

/** The model as the reader gives it. */
export function reread(model: Model): RuleContext {
  const read = readModel(modelBytes(model), { file: 'test.onnx' });
  return contextOf(read.model, read.diagnostics);
}

export function contextOf(model: Model, readDiagnostics: readonly Diagnostic[] = []): RuleContext {
  return { model, inference: infer(model.graph), file: 'test.onnx', readDiagnostics };
}

/** Every code that the rules report of a graph, each once, sorted. */
export function codesOf(context: RuleContext): DiagnosticCode[] {
  return [...new Set(runRules(context).map(({ code }) => code))].sort();
}

export function findingsOf(context: RuleContext, code: DiagnosticCode): Diagnostic[] {
  return runRules(context).filter((item) => item.code === code);
}

export function filled(dims: readonly number[], seed = 1): Tensor<Float32Array> {
  return float32(
    dims,
    smallIntegers(
      dims.reduce((product, dim) => product * dim, 1),
      seed,
    ),
  );
}

/** One ConvTranspose from 2 channels to 3 over the spatial sizes `input`. */
export function transposed(
  input: Shape,
  kernel: readonly number[],
  attributes: Readonly<Record<string, AttributeInput>>,
): RuleContext {
  const builder = new GraphBuilder();
  const x = builder.input('x', [1, 2, ...input]);
  const y = builder.add('ConvTranspose', [x, builder.constant(filled([2, 3, ...kernel]))], attributes);
  return reread(modelOf(builder.graph(y)));
}
