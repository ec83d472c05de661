/** What formulas and guards see of a graph. */
import type { Inference } from '../../infer/infer.js';
import type { GraphEditor } from '../../ir/graph-editor.js';

export interface GraphView {
  readonly editor: GraphEditor;
  readonly inference: Inference;
}
