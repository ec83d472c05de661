/** A bar chart of the ratios, as SVG. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PeerName } from './jobs/job.js';
import type { LatencyRow, Results } from './results.js';
import { resultsFile } from './results.js';
import { peerName } from './targets.js';

export const chartFile = path.join(path.dirname(resultsFile), 'ratios.svg');

const place = 'node24';
const threads = 1;
const series: readonly { readonly peer: PeerName; readonly tier: string; readonly color: string }[] = [
  { peer: 'node', tier: 'wide', color: '#2166ac' },
  { peer: 'web', tier: 'wide', color: '#92c5de' },
];

const labelWidth = 290;
const plotWidth = 520;
const barHeight = 9;
const rowHeight = 2 * barHeight + 7;
const top = 48;
const [lowest, highest] = [0.25, 32];

function x(ratio: number): number {
  const share = Math.log(ratio / lowest) / Math.log(highest / lowest);
  return labelWidth + plotWidth * Math.min(1, Math.max(0, share));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function drawChart({ rows }: Results): string {
  const latencies = rows.filter(
    (row): row is LatencyRow =>
      row.kind === 'latency' && row.place === place && row.threads === threads && row.latency !== undefined,
  );
  const names = [...new Set(latencies.filter(({ peer }) => peer !== 'tfjs').map(({ name }) => name))];
  const height = top + names.length * rowHeight + 16;
  const width = labelWidth + plotWidth + 60;
  const lines: string[] = [];
  for (let mark = lowest; mark <= highest; mark *= 2) {
    const isOne = mark === 1;
    lines.push(
      `<line x1="${x(mark)}" y1="${top - 6}" x2="${x(mark)}" y2="${height - 12}" stroke="${isOne ? '#000' : '#ddd'}"/>`,
      `<text x="${x(mark)}" y="${top - 10}" text-anchor="middle">${mark}×</text>`,
    );
  }
  for (const [i, name] of names.entries()) {
    const y = top + i * rowHeight;
    lines.push(`<text x="${labelWidth - 8}" y="${y + barHeight + 4}" text-anchor="end">${escapeXml(name)}</text>`);
    for (const [j, { peer, tier, color }] of series.entries()) {
      const ratio = latencies.find((row) => row.name === name && row.peer === peer && row.tier === tier)?.latency
        ?.ratio;
      if (ratio === undefined) continue;
      const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
      const at = y + j * barHeight;
      lines.push(
        `<rect x="${from.toFixed(1)}" y="${at}" width="${(to - from).toFixed(1)}" height="${barHeight - 1}" fill="${color}"/>`,
        `<text x="${(x(Math.max(ratio, 1)) + 4).toFixed(1)}" y="${at + barHeight - 1}" font-size="9">${ratio.toFixed(2)}</text>`,
      );
    }
  }
  const legend = series.map(
    ({ peer, color }, i) =>
      `<rect x="${8 + i * 150}" y="6" width="10" height="10" fill="${color}"/><text x="${22 + i * 150}" y="15">${peerName(peer)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>How many times as fast as its peers unstride is: Node 24, 1 thread</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...legend, ...lines].join('\n')}
</svg>
`;
}

export function writeChart(results: Results): void {
  writeFileSync(chartFile, drawChart(results));
}
