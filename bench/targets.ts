/** What is aimed at, and whether it is reached. Ratios are the peer's time by ours. */
import { besides } from './architectures.js';
import type { PeerName } from './jobs/job.js';
import { layerName, layers } from './layers.js';
import { shareText } from './limits/share.js';
import type { Machine } from './machine.js';
import type { FirstResultRow, LatencyRow, Results, SizeRow } from './results.js';
import { geometricMean } from './statistics.js';

/** Of a geometric mean, and of each single one in it. */
interface Bounds {
  readonly mean: number;
  readonly each: number;
}

/** Against onnxruntime-node, by how wide the units are that its 512-bit code has. */
interface NativeTargets {
  readonly architectures: Bounds;
  readonly wide3x3: Bounds;
  readonly transposed: Bounds;
  readonly models: Bounds;
  /** Of the five architectures by what the library takes where no tier is named. */
  readonly byDefault: number;
}

const nativeTargets: Readonly<Record<'half' | 'full', NativeTargets>> = {
  half: {
    architectures: { mean: 2.3, each: 1.3 },
    wide3x3: { mean: 3, each: 2.5 },
    transposed: { mean: 2.2, each: 1.15 },
    models: { mean: 2.5, each: 1.2 },
    byDefault: 1.2,
  },
  full: {
    architectures: { mean: 1.4, each: 0.85 },
    wide3x3: { mean: 1.9, each: 1.7 },
    transposed: { mean: 1.4, each: 0.65 },
    models: { mean: 1.8, each: 1 },
    byDefault: 0.85,
  },
};

/** The five architectures against onnxruntime-web, by where and by what ours ran as. */
const webTargets = [
  { place: 'node24', tier: 'fma', mean: 4 },
  { place: 'chromium', tier: undefined, mean: 5 },
  { place: 'node20', tier: undefined, mean: 2.5 },
] as const;

const twoThreads = 1.7;
const warm: Bounds = { mean: 1.2, each: 0.8 };
/** Load to first result without a cache: ours and native in milliseconds when half of ours became the target (AMD Zen 5). */
const coldBefore: Readonly<Record<string, readonly [ours: number, native: number]>> = {
  'vae-64': [140, 42],
  'dcgan-64': [135, 42],
  gtcrn: [263, 51],
  ulunas: [364, 64],
  'selfie-landscape': [198, 38],
  'ppocr-v3-det': [263, 69],
  agllnet: [787, 512],
  'u2netp-int8': [917, 447],
};
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

function isTimed(row: LatencyRow): row is Timed {
  return row.latency !== undefined;
}

function atLeast(what: string, target: number, actual: number, below: readonly string[] = []): Verdict {
  return { what, target: `≥ ${target}`, actual: actual.toFixed(2), isMet: actual >= target, below };
}

interface Ratio {
  readonly name: string;
  /** Undefined where it failed: that is never fast enough. */
  readonly ratio: number | undefined;
}

/** What failed counts in no mean, and meets no target that it belongs to. */
function boundsVerdicts(what: string, { mean, each }: Bounds, ratios: readonly Ratio[]): Verdict[] {
  const timed = ratios.flatMap(({ name, ratio }) => (ratio === undefined ? [] : [{ name, ratio }]));
  if (timed.length === 0) return [];
  const failed = ratios.filter(({ ratio }) => ratio === undefined).map(({ name }) => `${name} failed`);
  const below = timed.filter(({ ratio }) => ratio < each).map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`);
  const numbers = timed.map(({ ratio }) => ratio);
  const verdicts = [
    atLeast(`${what}, mean of ${timed.length}`, mean, geometricMean(numbers), failed),
    atLeast(`${what}, each`, each, Math.min(...numbers), [...below, ...failed]),
  ];
  return verdicts.map((verdict) => ({ ...verdict, isMet: verdict.isMet && failed.length === 0 }));
}

function meanVerdict(what: string, mean: number, ratios: readonly Ratio[]): Verdict[] {
  return boundsVerdicts(what, { mean, each: 0 }, ratios).slice(0, 1);
}

function ratiosOf(rows: readonly LatencyRow[]): Ratio[] {
  return rows
    .filter((row) => isTimed(row) || row.failed !== undefined)
    .map(({ name, latency }) => ({ name, ratio: latency?.ratio }));
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

const layers3x3 = new Set(
  layers
    .filter(({ op, kernel, from, to }) => op === 'Conv' && kernel === 3 && from >= 64 && to >= 64)
    .map((layer) => layerName(layer)),
);

const isArchitecture = ({ group, name }: LatencyRow) => group === 'architectures' && !besides.has(name);
const isTransposed = ({ name }: LatencyRow) => name.startsWith('ConvTranspose');

function nativeVerdicts(rows: readonly LatencyRow[], targets: NativeTargets): Verdict[] {
  const native = rows.filter(({ peer }) => peer === 'node');
  const verdicts: Verdict[] = [];
  for (const threads of [1, 2]) {
    for (const place of ['node24', 'node26']) {
      const here = native.filter((row) => row.place === place && row.threads === threads);
      const where = `onnxruntime-node, ${place}, ${threadsText(threads)}`;
      const wide = here.filter(({ tier }) => tier === 'wide');
      const parts = [
        ['architectures', targets.architectures, isArchitecture],
        ['3×3 convolutions', targets.wide3x3, ({ name }: LatencyRow) => layers3x3.has(name)],
        ['ConvTranspose layers', targets.transposed, isTransposed],
        ['models by others', targets.models, ({ group }: LatencyRow) => group === 'models'],
      ] as const;
      for (const [what, bounds, belongs] of parts) {
        verdicts.push(...boundsVerdicts(`${where}: ${what}`, bounds, ratiosOf(wide.filter(belongs))));
      }
      const plain = here.filter((row) => row.tier === 'fma' && isArchitecture(row));
      verdicts.push(...meanVerdict(`${where}, no tier named: architectures`, targets.byDefault, ratiosOf(plain)));
    }
  }
  return verdicts;
}

function webVerdicts(rows: readonly LatencyRow[]): Verdict[] {
  return webTargets.flatMap(({ place, tier, mean }) =>
    [1, 2].flatMap((threads) => {
      const here = rows.filter(
        (row) => row.peer === 'web' && row.place === place && row.tier === tier && row.threads === threads,
      );
      const what = `onnxruntime-web, ${place}${tier === undefined ? '' : ` ${tier}`}, ${threadsText(threads)}`;
      return meanVerdict(`${what}: architectures`, mean, ratiosOf(here.filter(isArchitecture)));
    }),
  );
}

/** Two threads over one, of ours. */
function scalingVerdicts(rows: readonly LatencyRow[]): Verdict[] {
  const ours = rows.filter(isTimed).filter((row) => row.peer === 'node' && row.tier === 'wide' && isArchitecture(row));
  return [...new Set(ours.map(({ place }) => place))].flatMap((place) => {
    const time = (name: string, threads: number) =>
      ours.find((row) => row.place === place && row.name === name && row.threads === threads)?.latency.ours;
    const ratios = [...new Set(ours.map(({ name }) => name))].flatMap((name): Ratio[] => {
      const [one, two] = [time(name, 1), time(name, 2)];
      return one === undefined || two === undefined ? [] : [{ name, ratio: one / two }];
    });
    return boundsVerdicts(`${place}: 2 threads over 1`, { mean: twoThreads, each: twoThreads }, ratios).slice(1);
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
  const native = rows.filter(({ peer, name }) => peer === 'node' && !besides.has(name));
  for (const place of new Set(native.map((row) => row.place))) {
    const here = native.filter((row) => row.place === place);
    const times = (of: 'ours' | 'warm') =>
      here.flatMap(({ name, failed, others, ...row }): Ratio[] => {
        const own = row[of];
        if (failed !== undefined) return [{ name, ratio: undefined }];
        return own === undefined || others === undefined
          ? []
          : [{ name, ratio: others.milliseconds / own.milliseconds }];
      });
    // What half of ours was by native: ratios carry over to other machines.
    const cold = times('ours').flatMap(({ name, ratio }): Ratio[] => {
      const before = coldBefore[name];
      return before === undefined
        ? []
        : [{ name, ratio: ratio === undefined ? ratio : (ratio * before[0]) / before[1] }];
    });
    const half = `${place}: load to first result, no cache, what it was by what it is`;
    verdicts.push(
      ...boundsVerdicts(half, { mean: 2, each: 2 }, cold),
      ...boundsVerdicts(`${place}: load to first result, warm cache, native's by ours`, warm, times('warm')),
    );
  }
  return verdicts;
}

/** Servers compress in both ways, and browsers ask for brotli first. */
function sizeVerdict(size: SizeRow): Verdict {
  return {
    what: 'what a session in a browser needs at first, compressed (brotli)',
    target: `≤ ${shippedBytes / 1000} KB`,
    actual: `${(size.brotli / 1000).toFixed(0)} KB`,
    isMet: size.brotli <= shippedBytes,
    below: [],
  };
}

/** Where native code has no 512-bit vectors, more is to be expected of ours than where its units have half the width. */
function targetsFor({ vectors }: Machine): NativeTargets {
  return nativeTargets[vectors === 'full' ? 'full' : 'half'];
}

export function judge({ machine, rows }: Results): Verdict[] {
  const latencies = rows.filter((row) => row.kind === 'latency');
  const size = rows.find((row): row is SizeRow => row.kind === 'size' && row.name === 'unstride');
  return [
    ...nativeVerdicts(latencies, targetsFor(machine)),
    ...webVerdicts(latencies),
    ...scalingVerdicts(latencies),
    ...limitVerdicts(latencies),
    ...firstResultVerdicts(rows.filter((row) => row.kind === 'first-result')),
    ...(size === undefined ? [] : [sizeVerdict(size)]),
  ];
}
