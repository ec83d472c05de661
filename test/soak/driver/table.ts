/** Outcomes of a soak as a table, for people. */
import type { PartResult } from './soak.js';

export function tableOf(results: readonly PartResult[]): string {
  const rows = results.map(({ part, trials, steps, outcomes }) => [
    part,
    String(trials),
    steps === undefined ? '' : `${steps.count} ${steps.of}`,
    Object.entries(outcomes)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', '),
  ]);
  const all = [['part', 'trials', 'of', 'outcomes'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
