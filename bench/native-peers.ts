/**
 * The fastest native engines on the five architectures, each in a process of its own, one after another: what is left to native
 * code. They are Python packages, which a virtual environment has; those that it lacks are skipped, and what gives other results
 * than onnxruntime has no time.
 *
 *     python3 -m venv FOLDER && FOLDER/bin/pip install onnx onnxruntime openvino MNN ncnn && FOLDER/bin/pip install --no-deps pnnx
 *     cd bench && npm ci --ignore-scripts && npm run native-peers -- --python FOLDER/bin/python [--only TEXT] [--seconds 3]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { architectureCases, besides, ensureWeights } from './architectures.js';
import { buildFolder, bundleLibrary } from './bundle.js';
import type { Case } from './cases.js';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '3' },
    node: { type: 'string', default: process.execPath },
  },
});

const engines = ['unstride', 'onnxruntime', 'openvino', 'mnn', 'ncnn'] as const;
const folder = path.join(import.meta.dirname, 'native-peers');
const resultsFile = path.join(import.meta.dirname, 'results', 'native-peers.json');

interface Answer {
  readonly version?: string;
  readonly milliseconds?: number | undefined;
  /** By the largest magnitude of onnxruntime's result. */
  readonly error?: number;
  /** Share of the numbers that are off by more than 1e-4 of it. */
  readonly beyond?: number;
  readonly skipped?: string;
}

interface Row extends Answer {
  readonly name: string;
  readonly engine: string;
  readonly threads: number;
}

/** The answer on the last line; what went wrong in place of one. */
function ask(command: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer;
  return { skipped: error?.message ?? stderr.trim().split('\n').at(-1) ?? `ended with ${status}` };
}

function wholeModel({ name, model }: Case): string {
  const whole = path.join(buildFolder, 'native-peers', name, 'whole.onnx');
  mkdirSync(path.dirname(whole), { recursive: true });
  if (!existsSync(whole)) execFileSync(options.python, [path.join(folder, 'whole-model.py'), model, whole]);
  return whole;
}

function measure(subject: Case, model: string, engine: string, threads: number, library: string): Answer {
  const common = [model, String(threads), options.seconds, path.dirname(model), subject.feeds[0]!.dims.join('x')];
  const answer =
    engine === 'unstride'
      ? ask(options.node, [path.join(folder, 'measure-ours.mjs'), library, ...common])
      : ask(options.python, [path.join(folder, 'measure.py'), engine, ...common]);
  const { error = 0, beyond = 0 } = answer;
  const { tolerance, jumps = 0 } = subject.closeness;
  if (error <= tolerance || beyond <= jumps) return answer;
  return { ...answer, milliseconds: undefined, skipped: 'its results are others than those of onnxruntime' };
}

const library = pathToFileURL(await bundleLibrary()).href;
const cases = architectureCases().filter(({ name }) => !besides.has(name) && name.includes(options.only));
ensureWeights(cases);
const rows: Row[] = [];
for (const subject of cases) {
  const model = wholeModel(subject);
  const place = [model, '1', '0', path.dirname(model), subject.feeds[0]!.dims.join('x')];
  execFileSync(options.python, [path.join(folder, 'measure.py'), 'expected', ...place], { stdio: 'inherit' });
  for (const threads of [1, 2]) {
    for (const engine of engines) {
      const row = { name: subject.name, engine, threads, ...measure(subject, model, engine, threads, library) };
      rows.push(row);
      const { milliseconds, skipped, version = '', error = 0 } = row;
      const told = milliseconds === undefined ? `skipped: ${skipped}` : `${milliseconds.toPrecision(3)} ms`;
      console.log(`${subject.name} ×${threads} ${engine} ${version}: ${told}, error ${error.toExponential(0)}`);
    }
  }
}
/** Rows of other networks stay, if they are of this machine. */
function earlierRows(processor: string): readonly Row[] {
  if (!existsSync(resultsFile)) return [];
  const earlier = JSON.parse(readFileSync(resultsFile, 'utf8')) as { machine: { processor: string }; rows: Row[] };
  const measured = new Set(cases.map(({ name }) => name));
  return earlier.machine.processor === processor ? earlier.rows.filter(({ name }) => !measured.has(name)) : [];
}

const machine = { processor: os.cpus()[0]?.model.trim() ?? 'unknown', cores: os.cpus().length };
const all = [...earlierRows(machine.processor), ...rows];
const lines = all.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
writeFileSync(resultsFile, `{\n  "machine": ${JSON.stringify(machine)},\n  "rows": [\n${lines}\n  ]\n}\n`);
console.log(`\n| ms, 1 / 2 threads | ${engines.join(' | ')} |\n|---|${engines.map(() => '--:|').join('')}`);
for (const name of new Set(all.map((row) => row.name))) {
  const cells = engines.map((engine) => {
    const times = [1, 2].map(
      (threads) =>
        all.find((row) => row.name === name && row.engine === engine && row.threads === threads)?.milliseconds,
    );
    return times.map((time) => time?.toPrecision(3) ?? '–').join(' / ');
  });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
