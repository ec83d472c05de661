/** The command line, and what it finds on this machine. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Group, groups } from './cases.js';
import type { PeerName } from './jobs/job.js';
import { resultsFile } from './results.js';

export const usage = `npm run bench -- [options]

  --only GROUPS      layers, architectures, models, first (load to first result and memory), size; all of them unless given
  --peer PEERS       node, web, tfjs (default: all)
  --threads COUNTS   1,2 (default)
  --node VERSIONS    major versions, or paths of executables; default 20,24,26, those that are there
  --chromium PATH    an executable, or 'no'; default: one on the PATH, if any
  --layer TEXT       only what has this text in its name
  --seconds N        of measuring, for each pair of engines (default 3)
  --tier TIER        of ours; default: wide where Node has it, else what the library chooses
  --flags FLAGS      further flags of Node, such as --experimental-wasm-relaxed-simd
  --models FOLDER    models by others (default ../shared/models/real)
  --results FILE     where rows are kept (default results/results.json, whose chart is drawn)
  --fresh            forget earlier results
`;

export type Part = Group | 'first' | 'size';

export interface NodeVersion {
  readonly place: string;
  readonly path: string;
  readonly version: string;
  readonly major: number;
}

export interface Options {
  readonly parts: ReadonlySet<Part>;
  readonly peers: readonly PeerName[];
  readonly threads: readonly number[];
  readonly nodes: readonly NodeVersion[];
  readonly chromium: string | undefined;
  readonly layer: string;
  readonly seconds: number;
  readonly tier: string | undefined;
  readonly flags: readonly string[];
  readonly models: string;
  readonly results: string;
  readonly fresh: boolean;
}

function list(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function among<T extends string>(option: string, words: readonly string[], allowed: readonly T[]): T[] {
  for (const word of words) {
    if (!(allowed as readonly string[]).includes(word)) {
      throw new Error(`--${option}: '${word}' is none of ${allowed.join(', ')}`);
    }
  }
  return words as T[];
}

/** Packages that carry a Node of that version (optional dependencies, Linux on x64). */
function packagedNode(major: string): string {
  return path.join(import.meta.dirname, 'node_modules', `node${major}`, 'bin', 'node');
}

export function findNode(wanted: string): NodeVersion | undefined {
  const isMajor = /^\d+$/.test(wanted);
  const own = process.versions.node.split('.')[0];
  const file = !isMajor ? path.resolve(wanted) : wanted === own ? process.execPath : packagedNode(wanted);
  if (!existsSync(file)) return undefined;
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const major = Number(version.split('.')[0]);
  return { place: `node${major}`, path: file, version, major };
}

const browserNames = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome', 'chrome'];

function findChromium(given: string | undefined): string | undefined {
  if (given === 'no') return undefined;
  if (given !== undefined) return path.resolve(given);
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return browserNames
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: [...groups, 'first', 'size'].join() },
      peer: { type: 'string', default: 'node,web,tfjs' },
      threads: { type: 'string', default: '1,2' },
      node: { type: 'string', default: '20,24,26' },
      chromium: { type: 'string' },
      layer: { type: 'string', default: '' },
      seconds: { type: 'string', default: '3' },
      tier: { type: 'string' },
      flags: { type: 'string', default: '' },
      models: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'shared', 'models', 'real') },
      results: { type: 'string', default: resultsFile },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  const nodes: NodeVersion[] = [];
  for (const wanted of list(values.node)) {
    const node = findNode(wanted);
    if (node === undefined) console.log(`Node ${wanted}: not here`);
    else nodes.push(node);
  }
  return {
    parts: new Set(among<Part>('only', list(values.only), [...groups, 'first', 'size'])),
    peers: among<PeerName>('peer', list(values.peer), ['node', 'web', 'tfjs']),
    threads: list(values.threads).map(Number),
    nodes,
    chromium: findChromium(values.chromium),
    layer: values.layer,
    seconds: Number(values.seconds),
    tier: values.tier,
    flags: list(values.flags),
    models: path.resolve(values.models),
    results: path.resolve(values.results),
    fresh: values.fresh,
  };
}
