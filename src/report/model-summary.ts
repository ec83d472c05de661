/** What a model is made of, in a few lines: who wrote it, its operators, its cost. */
import type { ModelSummary } from './check.js';
import type { InspectReport, NodeReport } from './inspect.js';
import { isApproximate } from './leading-terms.js';
import { formatBytes, formatCount, formatDimCount } from './units.js';

/** Operators that are listed; the others are counted. */
const mostOperators = 6;

export function modelSummary({ byteLength, producer, opsets, totals, nodes }: InspectReport): ModelSummary {
  const counts = new Map<string, number>();
  const visit = (list: readonly NodeReport[]) => {
    for (const { opType, domain, subgraphs } of list) {
      const op = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
      counts.set(op, (counts.get(op) ?? 0) + 1);
      for (const { nodes: inner } of subgraphs) visit(inner);
    }
  };
  visit(nodes);
  const operators = [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count);
  return { byteLength, producer, opsets, totals, operators };
}

/** `[label, text]` for each line. */
export function summaryLines({ byteLength, producer, opsets, totals, operators }: ModelSummary): [string, string][] {
  const sets = Object.entries(opsets).map(([domain, version]) => `${domain === '' ? 'opset' : domain} ${version}`);
  const exporter = [producer.name, producer.version].filter((part) => part !== '').join(' ');
  const facts = [exporter, ...sets, byteLength === null ? '' : formatBytes(byteLength)];
  const listed = operators.slice(0, mostOperators).map(({ op, count }) => `${count} ${op}`);
  const rest = operators.length - listed.length;
  if (rest > 0) listed.push(`${rest} other ${rest === 1 ? 'operator' : 'operators'}`);
  const macs =
    totals.macs === null ? '' : `${isApproximate(totals.macs) ? '≈ ' : ''}${formatDimCount(totals.macs)} MACs`;
  const peak = totals.peakActivationBytes;
  const cost = [
    `${formatCount(totals.parameters)} parameters (${formatBytes(totals.parameterBytes)})`,
    macs,
    peak === null ? '' : `${formatBytes(peak)} of activations at most`,
  ];
  const present = (texts: readonly string[]) => texts.filter((text) => text !== '').join(', ');
  return [
    ['model', present(facts)],
    ['layers', `${totals.nodes}${listed.length === 0 ? '' : `: ${listed.join(', ')}`}`],
    ['cost', present(cost)],
  ];
}
