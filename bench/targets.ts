/** What is aimed at, and whether it is reached. Ratios are the peer's time by ours. */
import { besides } from './architectures.js';
import type { PeerName } from './jobs/job.js';
import { layerName, layers } from './layers.js';
import { shareText } from './limits/share.js';
import { smallNodeModels } from './models.js';
import type { FirstResultRow, LatencyRow, Results, SizeRow } from './results.js';
import { geometricMean } from './statistics.js';

interface Target {
  readonly peer: PeerName;
  readonly places: readonly string[];
  /** Geometric means. */
  readonly architectures: number;
  readonly transposed: number;
  /** Of each single one of both. */
  readonly all: number;
}

const targets: readonly Target[] = [
  { peer: 'node', places: ['node24', 'node26'], architectures: 2.0, transposed: 1.8, all: 1.1 },
  { peer: 'node', places: ['node20'], architectures: 0.7, transposed: 0.6, all: 0.35 },
  { peer: 'web', places: ['node24', 'node26'], architectures: 7, transposed: 6, all: 3 },
  { peer: 'web', places: ['node20'], architectures: 2.0, transposed: 1.5, all: 1.1 },
  { peer: 'web', places: ['chromium'], architectures: 3, transposed: 2, all: 1.3 },
];

const wideConvolutions = 2.2;
const smallNodes = 1.0;
const twoThreads = 1.8;
const shippedBytes = 150_000;
/** Of what the processor can do, for layers of so many microseconds. */
const limitShare = 0.75;
const limitMicroseconds = 1000;

export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly actual: string;
  readonly isMet: boolean;
  /** Those below, where each has to be above. */
  readonly below: readonly string[];
}

type Timed = LatencyRow & { readonly latency: NonNullable<LatencyRow['latency']> };

function isTimed(row: Results['rows'][number]): row is Timed {
  return row.kind === 'latency' && row.latency !== undefined;
}

function atLeast(what: string, target: number, actual: number, below: readonly string[] = []): Verdict {
  return { what, target: `≥ ${target}`, actual: actual.toFixed(2), isMet: actual >= target, below };
}

function isTransposed({ name }: LatencyRow): boolean {
  return name.startsWith('ConvTranspose');
}

const wide3x3 = new Set(
  layers
    .filter(({ op, kernel, from, to }) => op === 'Conv' && kernel === 3 && from >= 64 && to >= 64)
    .map((layer) => layerName(layer)),
);

/** What failed is never fast enough: it counts in no mean, and meets no target that it belongs to. */
function meanVerdict(what: string, target: number, rows: readonly LatencyRow[], all: number): Verdict[] {
  const timed = rows.filter(isTimed);
  if (timed.length === 0) return [];
  const failed = rows.filter((row) => row.failed !== undefined).map(({ name }) => `${name} failed`);
  const below = timed
    .filter(({ latency }) => latency.ratio < all)
    .map(({ name, latency }) => `${name} ${latency.ratio.toFixed(2)}`);
  const ratios = timed.map(({ latency }) => latency.ratio);
  const verdicts = [
    atLeast(`${what}, mean of ${timed.length}`, target, geometricMean(ratios), failed),
    atLeast(`${what}, each`, all, Math.min(...ratios), [...below, ...failed]),
  ];
  return verdicts.map((verdict) => ({ ...verdict, isMet: verdict.isMet && failed.length === 0 }));
}

const peerNames: Readonly<Record<PeerName, string>> = {
  node: 'onnxruntime-node',
  web: 'onnxruntime-web',
  tfjs: 'tfjs-backend-wasm',
};

export function peerName(peer: PeerName): string {
  return peerNames[peer];
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

function latencyVerdicts(rows: readonly LatencyRow[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { peer, places, architectures, transposed, all } of targets) {
    for (const place of places) {
      for (const threads of [1, 2]) {
        const here = rows.filter((row) => row.peer === peer && row.place === place && row.threads === threads);
        const where = `${peerName(peer)}, ${place}, ${threadsText(threads)}`;
        const five = here.filter(({ group, name }) => group === 'architectures' && !besides.has(name));
        verdicts.push(
          ...meanVerdict(`${where}: architectures`, architectures, five, all),
          ...meanVerdict(`${where}: ConvTranspose layers`, transposed, here.filter(isTransposed), all),
        );
        if (peer !== 'node') continue;
        const wide = here
          .filter(isTimed)
          .filter(({ name }) => wide3x3.has(name))
          .map(({ latency }) => latency.ratio);
        if (wide.length > 0 && place === 'node24') {
          verdicts.push(
            atLeast(`${where}: 3×3 convolutions, mean of ${wide.length}`, wideConvolutions, geometricMean(wide)),
          );
        }
        for (const { name, latency } of here
          .filter(isTimed)
          .filter((row) => smallNodeModels.has(row.name) && place !== 'node20')) {
          verdicts.push(atLeast(`${where}: ${name}`, smallNodes, latency.ratio));
        }
      }
    }
  }
  return verdicts;
}

/** Two threads over one, of ours. */
function scalingVerdicts(rows: readonly Timed[]): Verdict[] {
  return rows
    .filter(({ name, threads, peer }) => name === 'unet-256' && threads === 2 && peer === 'node')
    .flatMap((two) => {
      const one = rows.find(
        (row) => row.name === two.name && row.place === two.place && row.peer === two.peer && row.threads === 1,
      );
      if (one === undefined) return [];
      return [atLeast(`${two.place}: unet-256, 2 threads over 1`, twoThreads, one.latency.ours / two.latency.ours)];
    });
}

/** Shares of the processor's limit, by the engines that they were measured in. */
function limitVerdicts(rows: readonly LatencyRow[]): Verdict[] {
  return [...new Set(rows.map(({ place }) => place))].flatMap((place) => {
    const limits = new Map(
      rows.flatMap((row) => (row.place === place && row.limit !== undefined ? [[row.name, row.limit] as const] : [])),
    );
    const long = [...limits].filter(([, { microseconds }]) => microseconds > limitMicroseconds);
    if (long.length === 0) return [];
    const below = long
      .filter(([, { share }]) => share < limitShare)
      .map(([name, limit]) => `${name} ${shareText(limit)}`);
    const lowest = Math.min(...long.map(([, { share }]) => share));
    const what = `${place}, 1 thread: share of the processor's limit, each of ${long.length} layers above 1 ms`;
    return [atLeast(what, limitShare, lowest, below)];
  });
}

function firstResultVerdicts(rows: readonly FirstResultRow[]): Verdict[] {
  const verdicts: Verdict[] = [];
  const measures = [
    { what: 'load to first result', of: 'milliseconds' },
    { what: 'peak memory', of: 'peakMemory' },
  ] as const;
  const places = new Set(rows.filter(({ peer }) => peer === 'node').map(({ place }) => place));
  for (const place of places) {
    for (const { what, of } of measures) {
      const ratios = rows
        .filter(
          (row) => row.peer === 'node' && row.place === place && row.ours !== undefined && row.others !== undefined,
        )
        .map(({ name, ours, others }) => ({ name, ratio: others![of] / ours![of] }));
      if (ratios.length === 0) continue;
      const below = ratios.filter(({ ratio }) => ratio < 1).map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`);
      const lowest = Math.min(...ratios.map(({ ratio }) => ratio));
      verdicts.push(atLeast(`${place}: ${what}, native's by ours, each of ${ratios.length}`, 1, lowest, below));
    }
  }
  return verdicts;
}

/** Servers compress in both ways, and browsers ask for brotli first. */
function sizeVerdict(size: SizeRow, format: 'brotli' | 'gzip'): Verdict {
  return {
    what: `shipped to a browser, compressed (${format})`,
    target: `≤ ${shippedBytes / 1000} KB`,
    actual: `${(size[format] / 1000).toFixed(0)} KB`,
    isMet: size[format] <= shippedBytes,
    below: [],
  };
}

export function judge({ rows }: Results): Verdict[] {
  const timed = rows.filter(isTimed);
  const size = rows.find((row): row is SizeRow => row.kind === 'size' && row.name === 'unstride');
  return [
    ...latencyVerdicts(rows.filter((row) => row.kind === 'latency')),
    ...scalingVerdicts(timed),
    ...limitVerdicts(rows.filter((row) => row.kind === 'latency')),
    ...firstResultVerdicts(rows.filter((row) => row.kind === 'first-result')),
    ...(size === undefined ? [] : (['brotli', 'gzip'] as const).map((format) => sizeVerdict(size, format))),
  ];
}
