/** Codes for operators and their attributes. */
import type { Pages } from './pages.js';

export const operatorPages: Pages = {
  US1301: {
    meaning:
      'A node has an attribute that its operator does not have, or not in the version of this operator set. It is not used.',
    reason:
      'What it was to do is not done: a MaxPool of operator set 8 with dilations is not dilated. Strict tools (onnx.checker, onnxruntime) refuse the model.',
    bad: 'opset_import: [ai.onnx 8]\ny = MaxPool <kernel_shape = [2, 2], dilations = [2, 2]> (x)',
    good: 'opset_import: [ai.onnx 10]\ny = MaxPool <kernel_shape = [2, 2], dilations = [2, 2]> (x)',
    remedy:
      'If the attribute belongs to another version, `unstride fix` writes the node as that version meant it, for the set that is imported. `unstride fix --select US1301` also removes attributes that no version has, which keeps results as they are.',
  },
  US1302: {
    meaning: 'An attribute that has no default is missing.',
    reason: 'The operator is not defined without it.',
    bad: 'y = MaxPool (x)',
    good: 'y = MaxPool <kernel_shape = [2, 2]> (x)',
    remedy: 'Give the attribute; the name is in the message.',
  },
  US1303: {
    meaning: 'An attribute is of another kind than the operator declares, such as a float where integers are wanted.',
    reason: 'Tools convert, ignore or refuse it, each as it likes.',
    bad: 'y = Conv <strides = 2> (x, w)',
    good: 'y = Conv <strides = [2, 2]> (x, w)',
    remedy: 'Write it as the kind that the message expects.',
  },
  US1304: {
    meaning: 'An attribute has a value to which the specification gives no meaning.',
    reason: 'Each tool would do something of its own, mostly fail.',
    bad: 'y = Conv <auto_pad = "SAME"> (x, w)',
    good: 'y = Conv <auto_pad = "SAME_UPPER"> (x, w)',
    remedy: 'Choose one of the values in the message.',
  },
  US1305: {
    meaning:
      'unstride does not know the operator. The shapes of its outputs are taken from the file, where it gives them.',
    reason:
      'After the node nothing is proved but what the file declares, and the model cannot be run past it. The operator may be custom, newer than unstride, or misspelt.',
    bad: 'y = ConvTransposed (x, w)',
    good: 'y = ConvTranspose (x, w)',
    remedy:
      'Check the spelling and the domain; export the layer as standard operators or as a model-local function; for a custom operator that is meant so, tolerate the code.',
  },
  US1306: {
    meaning:
      'A node has more or fewer inputs or outputs than its operator takes, or an empty name where an input is required.',
    reason: 'The node cannot be computed. In another operator set attributes may be inputs, or the other way round.',
    bad: 'opset_import: [ai.onnx 13]\ny = Squeeze (x, axes, z)',
    good: 'opset_import: [ai.onnx 13]\ny = Squeeze (x, axes)',
    remedy:
      'Compare the node with its operator in the operator set that the model imports; optional inputs in the middle are left out by an empty name. Where the node is one of another set, `unstride fix` turns attributes into inputs, or the other way round.',
  },
  US1307: {
    meaning:
      'The operator set that the model imports does not have the operator: it came later, or was taken out before.',
    reason: 'Tools refuse the model, as the operator has no meaning in that set.',
    bad: 'opset_import: [ai.onnx 13]\ny = HardSwish (x)',
    good: 'opset_import: [ai.onnx 14]\ny = HardSwish (x)',
    remedy:
      'Export for an operator set that has the operator, or move the model there: `unstride fix --opset 14`. `unstride fix` alone keeps the set, and writes what took the place of the operator, such as Resize for Upsample, or its parts.',
  },
  US1308: {
    meaning:
      '`unstride fix --opset` was to write the model for another operator set, and a node has no form there that computes the same, or none that is known. Nothing was written.',
    reason:
      'Operators came, went and changed from set to set. Some changes can be undone node by node, as when an attribute became an input; others need what the set does not have.',
    bad: 'unstride fix model.onnx --opset 12      # y = Trilu (x), which came with set 14',
    good: 'unstride fix model.onnx --opset 14',
    remedy:
      'Choose a set that has what the node needs; the message says what that is. Inputs that a run computes can be made constants where older sets have attributes. Or export again for the set.',
  },
};
