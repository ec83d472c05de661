/** A checked model as the page shows it. */

import type { CheckedModel } from '../../check.js';
import { printable, printableReport } from '../../diagnostics/printable.js';
import { nodeLabel } from '../../diagnostics.js';
import { bytesText, countText } from '../../draw/amounts.js';
import { formatShape } from '../../ir/shape.js';
import { locate } from '../../report/finding.js';
import { inspectModel, type NodeReport, type ValueReport } from '../../report/inspect.js';
import { describeValue } from '../../report/inspect-text.js';
import { operatorName } from '../../runtime/trace.js';
import type { CheckedView, LayerRow, PortView } from '../protocol.js';
import { findingView, isError, nodePlaces } from './findings.js';

export function checkedView(checked: CheckedModel): CheckedView {
  const { model, inference, sizes, diagnostics } = checked;
  const { nodes, inputs, outputs, totals } = inspectModel({ model, inference });
  const placeOf = nodePlaces(model.graph);
  const broken = new Set(diagnostics.filter(isError).map(({ node }) => node && placeOf(node)));
  return {
    inputs: inputs.map(portView),
    outputs: outputs.map(portView),
    sizes: sizes.symbols.map(({ name, text, example, askedBy }) => ({
      // The page gives sizes by it; it is shown as text.
      name,
      legal: printable(text),
      example,
      askedBy: askedBy.map((node) => printable(nodeLabel(node))),
    })),
    relations: sizes.relations.map(({ text }) => printable(text)),
    findings: locate(diagnostics, model.graph).map((finding) => findingView(finding, placeOf)),
    layers: nodes.map((node, place) => layerRow(node, place, broken.has(place))),
    totals: printable(
      `${totals.nodes} nodes, ${countText(totals.parameters)} parameters, ${countText(totals.macs ?? undefined)} multiply-accumulates`,
    ),
  };
}

export function portView(value: ValueReport): PortView {
  return printableReport({ name: value.name, type: describeValue(value) });
}

function layerRow(node: NodeReport, place: number, isBroken: boolean): LayerRow {
  const { outputs, parameters, macs, activationBytes } = node;
  return printableReport({
    place,
    name: nodeLabel(node),
    operator: operatorName(node),
    shape: outputs.map(({ shape }) => formatShape(shape ?? undefined)).join(', '),
    parameters: parameters === 0 ? '' : countText(parameters),
    macs: macs === 0 ? '' : countText(macs ?? undefined),
    bytes: bytesText(activationBytes ?? undefined),
    isBroken,
  });
}
