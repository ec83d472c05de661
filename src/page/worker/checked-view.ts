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

/** The checked model, and its nodes as rows. */
export interface CheckedViews {
  readonly view: CheckedView;
  readonly layers: readonly LayerRow[];
}

/** More findings than these nobody reads, and they would hold up the page. */
const mostFindings = 100;

export function checkedViews(checked: CheckedModel): CheckedViews {
  const { model, inference, sizes, diagnostics } = checked;
  const { nodes, inputs, outputs } = inspectModel({ model, inference });
  const placeOf = nodePlaces(model.graph);
  const errors = diagnostics.filter(isError);
  const broken = new Set(errors.map(({ node }) => node && placeOf(node)));
  const layers = nodes.map((node, place) => layerRow(node, place, broken.has(place)));
  const findings = locate(diagnostics, model.graph);
  const view: CheckedView = {
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
    findings: findings.slice(0, mostFindings).map((finding) => findingView(finding, placeOf)),
    findingCount: findings.length,
    errorCount: errors.length,
    layerCount: layers.length,
  };
  return { view, layers };
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
