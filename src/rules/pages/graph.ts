/** Codes for graphs: names, order, functions. */
import type { Pages } from './pages.js';

export const graphPages: Pages = {
  US1101: {
    meaning: 'The model does not say for which operator set it was written (opset_import is empty).',
    reason:
      'Operators change from set to set: Softmax normalizes over other axes before 13, Resize and Upsample place pixels differently. unstride takes the set that was current with the IR version of the file; other tools refuse the model or take their own.',
    bad: 'opset_import: []',
    good: 'opset_import: [ai.onnx 17]',
    remedy:
      'Set the version that the exporter used: `model.opset_import.append(onnx.helper.make_opsetid("", 17))`. `unstride fix` writes the version that was assumed.',
  },
  US1102: {
    meaning: 'The model is written for an operator set that unstride does not read.',
    reason: 'Its operators may mean something else than those that are known.',
    bad: 'opset_import: [ai.onnx 4]',
    good: 'opset_import: [ai.onnx 17]',
    remedy:
      'Older: convert the model with onnx.version_converter. Newer: export with an older opset_version, or use a newer unstride.',
  },
  US1103: {
    meaning: 'A node reads, or the graph returns, a value that no input, initializer or node makes.',
    reason: 'The graph cannot be computed. A renamed layer or a cut at the wrong place leaves such loose ends.',
    bad: 'y = Relu (conv1)        # the value is named conv_1',
    good: 'y = Relu (conv_1)',
    remedy:
      'Follow the hint, which names the most similar value, or cut the model out again with the missing value as an input.',
  },
  US1104: {
    meaning: 'Two nodes make a value of the same name, or a node makes what an input or initializer is already.',
    reason: 'Values have one producer (static single assignment); which of the two readers see depends on the tool.',
    bad: 'x1 = Conv (x, w)\nx1 = Relu (x1)',
    good: 'x1 = Conv (x, w)\nx2 = Relu (x1)',
    remedy:
      'Give each result its own name. Graphs that were joined by hand need a prefix on one side (onnx.compose.add_prefix).',
  },
  US1105: {
    meaning: 'Nodes wait for one another: there is no order in which they could run.',
    reason: 'ONNX graphs have no loops but those inside Loop and Scan.',
    bad: 'a = Add (x, b)\nb = Relu (a)',
    good: 'a = Add (x, b_before)\nb = Relu (a)',
    remedy: 'Look for the value that should come from outside; the message names the nodes in the circle.',
  },
  US1106: {
    meaning:
      'A model-local function calls itself, or the functions call one another so often that a million nodes come out.',
    reason: 'Calls are replaced by the nodes of the function, which has to end.',
    bad: 'function f (x) => (y) { y = f (x) }',
    good: 'function f (x) => (y) { y = Relu (x) }',
    remedy: 'Export again; no exporter writes recursion. Repetition belongs into Loop.',
  },
  US1107: {
    meaning: 'A node reads a value that a later node makes: the list of nodes is not in topological order.',
    reason:
      'The specification demands the order, and onnxruntime and onnx.checker refuse others. unstride sorts the nodes and goes on.',
    bad: 'y = Relu (z)\nz = Conv (x, w)',
    good: 'z = Conv (x, w)\ny = Relu (z)',
    remedy: '`unstride fix` writes the nodes in order, changing as little as possible.',
  },
  US1108: {
    meaning:
      'An attribute does not hold what its type says, has a type that the specification does not have, or nests graphs too deep.',
    reason: 'Its value cannot be known.',
    bad: 'attribute axis: type INTS, with only i set',
    good: 'attribute axis: type INT, i = 1',
    remedy: 'Export again, or write the attribute with onnx.helper.make_attribute.',
  },
};
