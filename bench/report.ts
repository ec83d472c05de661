/** Results as text. */
import { shareText } from './limits/share.js';
import type { FirstResultRow, LatencyRow, Results, SizeRow } from './results.js';
import { judge, peerName } from './targets.js';

function milliseconds(time: number): string {
  return time >= 100 ? time.toFixed(0) : time.toPrecision(3);
}

/** GFLOP/s of what the definition needs: more than a processor can do where an algorithm needs less. */
function rate(operations: number | undefined, time: number): string {
  return operations === undefined ? '' : ` ${(operations / time / 1e6).toFixed(0)} GFLOP/s`;
}

export function latencyLine(row: LatencyRow): string {
  const { name, peer, place, threads, operations, latency, limit, note, skipped, failed } = row;
  const head = `${place} ×${threads} ${peer.padEnd(4)} ${name.padEnd(44)}`;
  if (latency === undefined) return `${head} ${skipped === undefined ? `FAILED ${failed}` : `skipped: ${skipped}`}`;
  const { ours, peer: other, ratio, ratioQuartiles, comparison, rounds } = latency;
  const spread = ratioQuartiles.map((value) => value.toFixed(2)).join('…');
  return [
    head,
    `${ratio.toFixed(2)}× (${spread}, ${rounds} rounds)`,
    `ours ${milliseconds(ours)} ms${rate(operations, ours)}`,
    `peer ${milliseconds(other)} ms${rate(operations, other)}`,
    ...(limit === undefined ? [] : [shareText(limit)]),
    `error ${comparison.error.toExponential(0)}`,
    ...(note === undefined ? [] : [note]),
  ].join('  ');
}

export function firstResultLine({ name, peer, place, ours, warm, others, failed }: FirstResultRow): string {
  const head = `${place} first ${peer.padEnd(4)} ${name.padEnd(44)}`;
  if (ours === undefined || others === undefined) return `${head} FAILED ${failed}`;
  return [
    head,
    `ours ${milliseconds(ours.milliseconds)} ms, ${ours.peakMemory.toFixed(0)} MiB`,
    ...(warm === undefined ? [] : [`with a cache ${milliseconds(warm.milliseconds)} ms`]),
    `peer ${milliseconds(others.milliseconds)} ms, ${others.peakMemory.toFixed(0)} MiB`,
  ].join('  ');
}

export function sizeLine({ name, bytes, gzip, brotli }: SizeRow): string {
  const [whole, zipped, smallest] = [bytes, gzip, brotli].map((size) => (size / 1000).toFixed(0));
  return `size ${name.padEnd(20)} ${whole} KB, gzip ${zipped} KB, brotli ${smallest} KB`;
}

/** Targets, met and missed. */
export function summary(results: Results): string {
  return judge(results)
    .flatMap(({ what, target, actual, isMet, below }) => [
      `${isMet ? '✓' : '✗'} ${what.padEnd(72)} ${actual.padStart(8)}  ${target}`,
      ...(below.length > 0 ? [`    missed by: ${below.join(', ')}`] : []),
    ])
    .join('\n');
}

interface Column {
  readonly title: string;
  readonly peer: LatencyRow['peer'];
  readonly place: string;
  readonly threads: number;
  readonly tier?: string;
}

const columns: readonly Column[] = [
  { title: 'native, 1 thread', peer: 'node', place: 'node24', threads: 1, tier: 'wide' },
  { title: 'native, 2 threads', peer: 'node', place: 'node24', threads: 2, tier: 'wide' },
  { title: 'native, no tier named', peer: 'node', place: 'node24', threads: 1, tier: 'fma' },
  { title: 'native, Node 20', peer: 'node', place: 'node20', threads: 1 },
  { title: 'web, Node 24', peer: 'web', place: 'node24', threads: 1, tier: 'wide' },
  { title: 'web, Chromium', peer: 'web', place: 'chromium', threads: 1 },
];

/** The table of the README: a row a thing, how many times as fast as each peer. */
export function markdownTable({ rows }: Results): string {
  const latencies = rows.filter((row): row is LatencyRow => row.kind === 'latency' && row.skipped === undefined);
  const isIn = (row: LatencyRow, { peer, place, threads, tier }: Column) =>
    row.peer === peer && row.place === place && row.threads === threads && row.tier === tier;
  const used = columns.filter((column) => latencies.some((row) => isIn(row, column)));
  const names = [...new Set(latencies.map(({ name }) => name))];
  const cell = (name: string, column: Column): string => {
    const row = latencies.find((one) => one.name === name && isIn(one, column));
    if (row?.failed !== undefined) return 'failed';
    return row?.latency === undefined ? '' : row.latency.ratio.toFixed(2);
  };
  const ours = (name: string): string => {
    const row = latencies.find((one) => one.name === name && isIn(one, columns[0]!));
    return row?.latency === undefined ? '' : milliseconds(row.latency.ours);
  };
  const peers = used.map(({ title }) => title);
  return [
    `| | ms, Node 24, 1 thread | ${peers.map((title) => `× ${title}`).join(' | ')} |`,
    `|---|--:|${peers.map(() => '--:').join('|')}|`,
    ...names.map((name) => `| ${name} | ${ours(name)} | ${used.map((column) => cell(name, column)).join(' | ')} |`),
  ].join('\n');
}

export { peerName };
