/** Outdated versions that tools write. */
import { defineRule } from '../rule.js';

/** The lowest opsets that tools state to support. */
const readers: readonly { readonly tool: string; readonly oldest: number }[] = [
  { tool: 'onnxruntime', oldest: 7 },
  { tool: "TensorRT's parser", oldest: 9 },
];

/** The first IR version in which initializers need not be inputs. */
export const separateInitializers = 4;

export const oldOpset = defineRule({
  code: 'US1506',
  explanation: {
    meaning: 'The model is written for an operator set that tools of today no longer promise to read.',
    reason:
      "onnxruntime promises operator sets from 7, TensorRT's parser from 9; converters and optimizers test even fewer. Old sets also lack operators that later passes want to write, and have broadcasting by attribute (below 7) that many tools ignore silently.",
    bad: 'opset_import: [ai.onnx 6]',
    good: 'opset_import: [ai.onnx 17]',
    remedy:
      'Export again with a newer opset_version, or convert: `unstride fix --opset 17` writes each node in its newer form, and compares results.',
  },
  data: { opset: 'integer', tools: 'strings', oldest: 'integers' },
  words: ({ opset, tools, oldest }) => ({
    message: `operator set ${opset} is older than ${tools.map((tool, i) => `${tool} guarantees (from ${oldest[i]})`).join(' and ')}`,
    expected: `at least ${Math.max(...oldest)}`,
    actual: String(opset),
    hint: 'export again, or move it: unstride fix --opset 17',
  }),
  *check({ model }) {
    const opset = model.opsets.get('');
    const left = readers.filter(({ oldest }) => opset !== undefined && opset < oldest);
    if (opset === undefined || left.length === 0) return;
    yield {
      data: {
        opset,
        tools: left.map(({ tool }) => tool),
        oldest: left.map(({ oldest }) => oldest),
      },
    };
  },
});

export const oldIr = defineRule({
  code: 'US1507',
  explanation: {
    meaning: 'The file is of IR version 3, in which every initializer is listed among the inputs of the graph.',
    reason:
      'A weight that is an input can be replaced by the caller, so tools may not treat it as a constant: onnxruntime warns and folds nothing, and user interfaces ask for hundreds of inputs. IR version 4 (2019) keeps them apart.',
    bad: 'ir_version: 3\ninput: x, w\ninitializer: w',
    good: 'ir_version: 4\ninput: x\ninitializer: w',
    remedy:
      'Write it as IR version 4 without the weights among the inputs: `unstride fix` does. Results stay the same.',
  },
  data: { irVersion: 'integer', initializers: 'integer' },
  words: ({ irVersion, initializers }) => ({
    message: `in IR version ${irVersion} all ${initializers} initializers are inputs as well, so tools cannot treat them as constants`,
    expected: `IR version ${separateInitializers} or newer`,
    actual: String(irVersion),
    hint: 'unstride fix writes it as IR version 4',
  }),
  *check({ model }) {
    if (model.irVersion >= separateInitializers || model.graph.constants.size === 0) return;
    yield { data: { irVersion: model.irVersion, initializers: model.graph.constants.size } };
  },
});
