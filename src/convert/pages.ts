/** What the codes of rewriting nodes for another operator set mean. */
import type { Pages } from '../diagnostics/page.js';

export const convertPages: Pages = {
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
