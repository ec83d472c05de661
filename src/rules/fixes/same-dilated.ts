/** Writes the pads of dilated windows that auto_pad SAME stands for, where they do not depend on open sizes. */
import type { Node } from '../../ir/graph.js';
import { intsAttribute } from '../../ir/graph-editor.js';
import { sameDilated, samePads } from '../portability/same-dilated.js';
import { slidingWindows } from '../portability/windows.js';
import { type Change, type Fix, replaceNodes } from './fix.js';

export const explicitSamePads: Fix = {
  codes: [sameDilated.code],
  keepsEveryBit: true,
  apply(context, codes) {
    const replacements = new Map<Node, Node>();
    const changes: Change[] = [];
    if (!codes.has(sameDilated.code)) return { model: context.model, changes };
    const found = new Set([...sameDilated.check(context)].map(({ node }) => node));
    for (const sliding of slidingWindows(context)) {
      const { node, axes } = sliding;
      const pads = found.has(node) ? samePads(sliding) : undefined;
      if (pads === undefined) continue;
      const attributes = new Map(node.attributes);
      attributes.delete('auto_pad');
      attributes.set('pads', intsAttribute(pads));
      const replacement = { ...node, attributes };
      replacements.set(node, replacement);
      const text = `auto_pad = ${axes[0]?.autoPad} → pads = [${pads.join(', ')}]`;
      changes.push({ code: sameDilated.code, node, replacement, text });
    }
    return { model: replaceNodes(context.model, replacements), changes };
  },
};
