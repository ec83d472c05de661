/** Zero padding before a Conv or an AveragePool that counts it: into the operator's own pads. */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node } from '../ir/graph.js';
import { type GraphEditor, intsAttribute, withAttributes } from '../ir/graph-editor.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { conv } from '../ops/convolution/conv.js';
import type { SpatialAttributes } from '../ops/convolution/window.js';
import { padded } from '../ops/movement/pad.js';
import { pooling } from '../ops/pooling/pool.js';
import { constantPads, padsWithZero } from './constant-pads.js';
import { rankOf } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

export const foldPad: Pass = {
  name: 'fold-pad',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes((node, editor, inference) => {
    if (node.opType !== 'Pad') return undefined;
    const outcome = fold(node, editor, inference);
    return `${formatNode(node)} ${typeof outcome === 'string' ? `stays: ${outcome}` : `is in ${formatNode(outcome)}`}`;
  }),
};

function fold(pad: Node, editor: GraphEditor, inference: Inference): Node | string {
  const bound = boundAs(padded.Pad, pad);
  if (bound === undefined) return 'its pads are not known';
  const { data: source } = bound.inputs;
  const reader = editor.onlyReader(bound.outputs.output);
  if (reader === undefined || reader.inputs[0] !== bound.outputs.output) return 'its result has other readers';
  const windows = windowsOfZeros(reader);
  if (windows === undefined) return `${formatNode(reader)} has no pads that mean the same`;
  if (windows.auto_pad !== 'NOTSET') return 'auto_pad decides';
  if (!padsWithZero(pad, inference)) return 'it does not pad with zeros';
  const rank = rankOf(source, inference);
  const pads = rank === undefined ? undefined : constantPads(pad, rank, inference);
  if (rank === undefined || pads === undefined) return 'its pads are not known';
  if (pads.some((size, i) => size < 0 || (i % rank < 2 && size !== 0))) return 'it crops, or pads batch or channels';
  const own = windows.pads;
  const sum = [...pads.slice(2, rank), ...pads.slice(rank + 2)].map((size, i) => size + (own?.[i] ?? 0));
  const folded: Node = {
    ...reader,
    inputs: [source, ...reader.inputs.slice(1)],
    attributes: withAttributes(reader, { pads: intsAttribute(sum) }),
  };
  editor.replace(reader, folded);
  editor.remove(pad);
  return folded;
}

/** The windows of an operator for which its own padding is zeros like any. */
function windowsOfZeros(node: Node): SpatialAttributes | undefined {
  const pool = attributesOf(pooling.AveragePool, node);
  return pool?.count_include_pad === true ? pool : attributesOf(conv.Conv, node);
}
