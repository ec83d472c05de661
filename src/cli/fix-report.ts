/** What `unstride fix` did, as text and as JSON. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import { type Diagnostic, type DiagnosticCode, formatNode } from '../diagnostics.js';
import { textTable } from '../report/text-table.js';
import { formatBytes } from '../report/units.js';
import type { Change } from '../rules/fixes/fix.js';
import type { Verification } from './fix-check.js';
import { widthOf } from './terminal.js';

export interface Outcome {
  readonly file: string;
  /** Where the model was written. */
  readonly output: string | undefined;
  readonly byteLength: number | undefined;
  readonly changes: readonly Change[];
  readonly verification: Verification | undefined;
  /** Findings of the selected codes that no fix removed. */
  readonly remaining: readonly Diagnostic[];
}

export function describe({ file, output, byteLength, changes, verification, remaining }: Outcome) {
  return {
    file,
    output: output ?? null,
    byteLength: byteLength ?? null,
    changes: changes.map(({ code, node, text }) => ({
      code: code ?? null,
      node:
        node === undefined ? null : { name: node.name, opType: node.opType, domain: node.domain, index: node.index },
      text,
    })),
    verification: verification ?? null,
    remaining,
  };
}

export function render(
  { file, output, byteLength, changes, verification }: Outcome,
  isDry: boolean,
  colors: Colors,
): string {
  if (changes.length === 0) return `${printable(file)}: nothing to fix\n`;
  const columns = [{ title: 'code' }, { title: 'node', shrinkTo: 16 }, { title: 'change', shrinkTo: 24 }];
  const rows = shortened(changes);
  const [titles = '', ...lines] = textTable(columns, rows, widthOf(process.stdout));
  const { comparedShapes, comparedNodes, comparedResults, reason } = verification!;
  const nodes =
    comparedNodes === 0
      ? ''
      : `, ${comparedNodes} replaced ${comparedNodes === 1 ? 'node gives' : 'nodes give'} the same on integers`;
  const results = comparedResults
    ? ', the whole model gives the same on random input'
    : `; results were not compared: ${reason}`;
  const end =
    output === undefined
      ? `${isDry ? 'nothing is written: this is a dry run' : 'nothing is written'}`
      : `wrote ${printable(output)}, ${formatBytes(byteLength!)}`;
  return `${[colors.bold(titles), ...lines, `${comparedShapes} shapes are the same${nodes}${results}`, end].join(
    '\n',
  )}\n`;
}

/** The first changes of each code, and the number of the others. */
function shortened(changes: readonly Change[]): string[][] {
  const most = 20;
  const counts = new Map<DiagnosticCode | undefined, number>();
  const rows: string[][] = [];
  for (const { code, node, text } of changes) {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= most) rows.push([code ?? 'set', node === undefined ? '' : formatNode(node), text]);
  }
  for (const [code, count] of counts)
    if (count > most) rows.push([code ?? 'set', '', `${count - most} more (--json lists them all)`]);
  return rows;
}
