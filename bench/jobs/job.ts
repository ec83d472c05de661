/** What a measuring process is told, and what it says. */
import type { WeightType } from '../../src/wasm/kernels/half-weights.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import type { Case } from '../cases.js';
import type { MachineLimits } from '../limits/machine.js';
import type { LayerShare } from '../limits/share.js';
import type { Latency } from '../measure.js';

export type PeerName = 'node' | 'web' | 'tfjs';

export interface LatencyJob {
  readonly kind: 'latency';
  readonly subject: Case;
  readonly peer: PeerName;
  readonly threads: number;
  readonly tier: string | undefined;
  readonly seconds: number;
  /** URL of the library's entry. */
  readonly library: string;
}

export interface FirstResultJob {
  readonly kind: 'first-result';
  readonly subject: Case;
  /** 'none' loads the inputs and no engine. */
  readonly engine: PeerName | 'unstride' | 'none';
  readonly threads: number;
  readonly tier: string | undefined;
  readonly library: string;
  /** A folder for ours to keep programs in. */
  readonly cache?: string | undefined;
}

export interface FirstResult {
  /** Milliseconds from before the engine is imported to the outputs of the first run. */
  readonly milliseconds: number;
  /** Peak resident set of the process after a few runs, in MiB. */
  readonly peakMemory: number;
}

/** What each step of ours takes, alone: steps that are timed run one after another. */
export interface ProfileJob {
  readonly kind: 'profile';
  readonly subject: Case;
  readonly threads: number;
  readonly tier: string | undefined;
  readonly library: string;
}

export interface ProfiledStep {
  readonly operators: string;
  readonly shapes: string;
  readonly algorithm: string;
  /** Of the run, the median of several. */
  readonly microseconds: number;
  readonly operations: number;
}

/** How near each layer comes to what a core can do, on one thread. */
export interface LimitsJob {
  readonly kind: 'limits';
  readonly subject: Case;
  readonly tier: string | undefined;
  readonly weights?: WeightType | undefined;
  readonly library: string;
}

export interface Limits {
  /** What the session ran as. */
  readonly tier: Tier;
  readonly machine: MachineLimits;
  readonly layers: readonly LayerShare[];
}

export type Job = LatencyJob | FirstResultJob | ProfileJob | LimitsJob;

export type Answer =
  | { readonly kind: 'latency'; readonly latency: Latency; readonly note?: string | undefined }
  | { readonly kind: 'first-result'; readonly first: FirstResult }
  | { readonly kind: 'profile'; readonly steps: readonly ProfiledStep[] }
  | { readonly kind: 'limits'; readonly limits: Limits }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };
