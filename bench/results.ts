/** What has been measured, as a file: one row a line, a later measurement replacing an earlier one of the same thing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Group } from './cases.js';
import type { FirstResult, PeerName } from './jobs/job.js';
import type { LayerShare } from './limits/share.js';
import type { Machine } from './machine.js';
import type { Latency } from './measure.js';

/** `node24`, `chromium`. */
export type Place = string;

export interface LatencyRow {
  readonly kind: 'latency';
  readonly name: string;
  readonly group: Group;
  readonly peer: PeerName;
  readonly place: Place;
  readonly threads: number;
  /** Version of Node or of the browser, and the tier that ours was asked for. */
  readonly version: string;
  readonly tier?: string | undefined;
  readonly date: string;
  readonly operations?: number | undefined;
  readonly latency?: Latency;
  /** Of the layer, ours, on one thread. */
  readonly limit?: LayerShare;
  /** What ours said about how it ran. */
  readonly note?: string;
  /** Why there is no latency. */
  readonly skipped?: string;
  readonly failed?: string;
}

export interface FirstResultRow {
  readonly kind: 'first-result';
  readonly name: string;
  readonly group: Group;
  readonly peer: PeerName;
  readonly place: Place;
  readonly threads: number;
  readonly version: string;
  readonly date: string;
  /** Memory is above that of a process without an engine. */
  readonly ours?: FirstResult;
  /** Ours where an earlier process has left the program in a cache. */
  readonly warm?: FirstResult;
  readonly others?: FirstResult;
  readonly failed?: string;
}

export interface SizeRow {
  readonly kind: 'size';
  readonly name: string;
  readonly date: string;
  readonly bytes: number;
  readonly gzip: number;
  readonly brotli: number;
}

export type Row = LatencyRow | FirstResultRow | SizeRow;

export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

export const resultsFile = path.join(import.meta.dirname, 'results', 'results.json');

function keyOf(row: Row): string {
  if (row.kind === 'size') return `size ${row.name}`;
  const tier = row.kind === 'latency' ? row.tier : undefined;
  return [row.kind, row.name, row.peer, row.place, row.threads, tier].join(' ');
}

export function readResults(file = resultsFile): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined;
}

/** Rows of another machine are dropped: times of two machines do not belong in one table. */
export function mergeResults(earlier: Results | undefined, machine: Results['machine'], rows: readonly Row[]): Results {
  const isSame = earlier !== undefined && JSON.stringify(earlier.machine) === JSON.stringify(machine);
  const merged = new Map((isSame ? earlier.rows : []).map((row) => [keyOf(row), row]));
  for (const row of rows) merged.set(keyOf(row), row);
  return { machine, rows: [...merged.values()] };
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

export function writeResults({ machine, rows }: Results, file = resultsFile): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const lines = rows.map((row) => `    ${JSON.stringify(row, rounded)}`);
  writeFileSync(file, `{\n  "machine": ${JSON.stringify(machine)},\n  "rows": [\n${lines.join(',\n')}\n  ]\n}\n`);
}
