/**
 * Nearest-neighbour upsampling written as repetition: a new axis behind each spatial one, Expand or Tile along it, and a
 * Reshape that joins the two. Keras and einops write it so. It becomes a Resize by whole scales.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { type Dim, mul } from '../ir/dim.js';
import type { Attribute, Node, Value } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import type { Shape } from '../ir/shape.js';
import { float32 } from '../ir/tensor.js';
import type { Pass } from './pass.js';
import { fuse, fuseNote, madeBy, nodeInPlace } from './pattern.js';

/** From here on Resize has the coordinates of PyTorch and TensorFlow, and takes no region. */
const resizeSince = 13;

export const fuseUpsampling: Pass = {
  name: 'fuse-upsampling',
  readsTypes: true,
  keepsTypes: true,
  run(graph, inference) {
    const editor = new GraphEditor(graph);
    const notes: string[] = [];
    for (const { outputs } of graph.nodes) {
      const last = madeBy(outputs[0], editor, 'Reshape', 'Flatten');
      const note = last && upsampling(last, editor, inference);
      if (note !== undefined) notes.push(note);
    }
    return { graph: editor.finish(), notes };
  },
};

function upsampling(last: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const repetition = madeBy(last.inputs[0], editor, 'Expand', 'Tile');
  let source = repetition?.inputs[0];
  // One Unsqueeze for each axis, or one Reshape.
  for (let node = madeBy(source, editor, 'Unsqueeze', 'Reshape'); node !== undefined; ) {
    source = node.inputs[0];
    node = node.opType === 'Unsqueeze' ? madeBy(source, editor, 'Unsqueeze') : undefined;
  }
  if (repetition === undefined || source === undefined || source === repetition.inputs[0]) return undefined;
  const shapeOf = (value: Value | undefined) => value && inference.types.get(value)?.shape;
  const from = shapeOf(source);
  const between = shapeOf(repetition.inputs[0]);
  const repeated = shapeOf(repetition.outputs[0]);
  const to = shapeOf(last.outputs[0]);
  if (from === undefined || between === undefined || repeated === undefined || to === undefined) return undefined;
  const scales = repetitions(from, between, repeated);
  if (scales === undefined || to.length !== from.length || from.length < 3) return undefined;
  if (!from.every((size, axis) => mul(size, scales[axis]!) === to[axis])) return undefined;
  if (scales[0] !== 1 || scales[1] !== 1) return `${formatNode(repetition)} stays: it repeats images or channels`;
  const text = (value: string): Attribute => ({ kind: 'string', value: new TextEncoder().encode(value) });
  const attributes = new Map([
    ['mode', text('nearest')],
    ['coordinate_transformation_mode', text('asymmetric')],
    ['nearest_mode', text('floor')],
  ]);
  const factor = editor.addConstant(`${last.outputs[0]!.name}/scales`, float32([scales.length], scales));
  const node = nodeInPlace(last, 'Resize', resizeSince, [source, undefined, factor], attributes);
  return fuseNote(last, 'Resize', fuse(last, [source], node, editor));
}

/**
 * How often each axis is repeated element by element: `between` has the axes of `from` in their order and axes of size 1
 * behind them, which grow in `repeated`. Nothing where an axis is repeated as a whole.
 */
function repetitions(from: Shape, between: Shape, repeated: Shape): number[] | undefined {
  if (between.length !== repeated.length) return undefined;
  const scales: number[] = [];
  for (const [i, size] of between.entries()) {
    const grown: Dim = repeated[i]!;
    const axis = scales.length;
    if (axis < from.length && size === from[axis] && grown === size) scales.push(1);
    else if (size === 1 && typeof grown === 'number' && axis > 0) scales[axis - 1]! *= grown;
    else return undefined;
  }
  return scales.length === from.length ? scales : undefined;
}
