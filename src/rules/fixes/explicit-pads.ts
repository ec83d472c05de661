/** Writes ConvTranspose sizes given by auto_pad or output_shape as pads and output_padding. */

import type { DiagnosticCode } from '../../diagnostics.js';
import type { Attribute, Node } from '../../ir/graph.js';
import { intsAttribute } from '../../ir/graph-editor.js';
import {
  autoPadWithOutputPadding,
  autoPadWithPads,
  sameWithSmallKernel,
} from '../portability/conv-transpose-auto-pad.js';
import { oddPadding } from '../portability/conv-transpose-odd-padding.js';
import { outputShapeDecides, outputShapeOfFullRank } from '../portability/conv-transpose-output-shape.js';
import type { Rule } from '../rule.js';
import {
  type ExplicitAxis,
  explicitAxes,
  formatExplicit,
  type Transposed,
  transposedConvolutions,
} from '../transposed/geometry.js';
import { type Change, type Fix, replaceNodes } from './fix.js';

const rules: readonly Rule[] = [
  autoPadWithOutputPadding,
  sameWithSmallKernel,
  oddPadding,
  outputShapeDecides,
  outputShapeOfFullRank,
  autoPadWithPads,
];

export const explicitPads: Fix = {
  codes: rules.map(({ code }) => code),
  keepsEveryBit: true,
  apply(context, codes) {
    const found = new Map<Node, DiagnosticCode>();
    for (const rule of rules) {
      if (!codes.has(rule.code)) continue;
      for (const { node } of rule.check(context))
        if (node !== undefined && !found.has(node)) found.set(node, rule.code);
    }
    const replacements = new Map<Node, Node>();
    const changes: Change[] = [];
    for (const transposed of transposedConvolutions(context)) {
      const { node } = transposed;
      const code = found.get(node);
      const axes = code && explicitAxes(transposed);
      if (code === undefined || axes === undefined) continue;
      const replacement = { ...node, attributes: explicitAttributes(node, axes) };
      replacements.set(node, replacement);
      changes.push({ code, node, replacement, text: `${before(transposed)} → ${formatExplicit(axes)}` });
    }
    return { model: replaceNodes(context.model, replacements), changes };
  },
};

function explicitAttributes(node: Node, axes: readonly ExplicitAxis[]): Map<string, Attribute> {
  const attributes = new Map(node.attributes);
  for (const name of ['auto_pad', 'output_shape', 'output_padding']) attributes.delete(name);
  attributes.set('pads', intsAttribute([...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)]));
  const added = axes.map(({ outputPadding }) => outputPadding);
  if (added.some((value) => value !== 0)) attributes.set('output_padding', intsAttribute(added));
  return attributes;
}

/** The attributes that are replaced: `auto_pad = SAME_UPPER, output_padding = [1, 1]`. */
function before({ attributes }: Transposed): string {
  return (['auto_pad', 'output_shape', 'pads', 'output_padding'] as const)
    .flatMap((name) => {
      const value = attributes[name];
      if (value === undefined || value === 'NOTSET') return [];
      return `${name} = ${typeof value === 'string' ? value : `[${value.join(', ')}]`}`;
    })
    .join(', ');
}
