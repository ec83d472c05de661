/** A short soak with a fixed seed, of the program that `npm run soak` is; and that it notices what there is to notice. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { encodeCurrent, graphProto, modelProto, nodeProto } from '../support/model.js';
import { projectFolder } from '../support/project-folder.js';
import { restored, type SavedSubject } from './driver/saved-subject.js';
import type { PartResult } from './driver/soak.js';
import { mutantOf } from './mutants/mutant.js';
import { encodeMessage, messagesIn, parseMessage } from './mutants/wire.js';

interface Soaked {
  /** Of findings; gone when the test is. */
  readonly folder: string;
  readonly code: number;
  readonly table: string;
  readonly parts: readonly PartResult[];
}

function soak({ onTestFinished }: TestContext, ...options: readonly string[]): Promise<Soaked> {
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-soak-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const report = path.join(folder, 'report.json');
  const script = [path.join(projectFolder, 'scripts', 'soak.js'), '--json', report, '--findings', folder, ...options];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, script, { cwd: projectFolder }, (error, stdout, stderr) => {
      try {
        const { parts } = JSON.parse(readFileSync(report, 'utf8')) as { readonly parts: readonly PartResult[] };
        resolve({ folder, code: typeof error?.code === 'number' ? error.code : 0, table: stdout, parts });
      } catch (cause) {
        reject(new Error(`the soak wrote no report: ${stderr}`, { cause }));
      }
    });
  });
}

// Each waits for processes most of its time.
it.concurrent('goes through every kind of file and graph without a finding', async (context) => {
  // On a busy machine a trial has time.
  const { parts, table } = await soak(
    context,
    ...['--part', 'models,pictures,arrays,nodes,executors,networks,layers'],
    ...['--count', '80', '--seed', '1', '--patience', '100'],
  );
  expect(parts.flatMap(({ findings }) => findings)).toEqual([]);
  for (const { part, trials, outcomes } of parts) {
    expect([part, Object.values(outcomes).reduce((sum, count) => sum + count, 0)]).toEqual([part, trials]);
    expect(outcomes['ran'], part).toBeGreaterThan(trials / 20);
    expect(table).toContain(part);
  }
}, 600_000);

it.concurrent('notices errors, hangs, deaths, memory, growth and whatever a trial says, and goes on', async (context) => {
  const named = ['throws', 'hangs', 'dies', 'takes memory', 'grows', 'disagrees', 'damages'];
  const options = ['--count', '10', '--jobs', '1', '--patience', '4'];
  const { folder, code, parts } = await soak(context, '--part', named.join(), ...options);
  expect(code).toBe(1);
  expect(parts.map(({ part, outcomes }) => [part, outcomes])).toEqual([
    ['throws', { 'internal error': 1, ran: 9 }],
    ['hangs', { hang: 1, ran: 9 }],
    ['dies', { crash: 1, ran: 9 }],
    ['takes memory', { memory: 1, ran: 9 }],
    // Each trial leaks; from which on that is seen depends on what the system takes back meanwhile.
    ['grows', { growth: expect.any(Number), ran: expect.any(Number) }],
    ['disagrees', { disagreement: 1, ran: 9 }],
    ['damages', { damage: 1, ran: 9 }],
  ]);
  const saved = named.filter((name) => name !== 'grows').map((name) => `${name}-10000007.json`);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['report.json', ...saved, 'grows-10000009.json']));
}, 600_000);

it.concurrent('makes what it finds small, and saves it', async (context) => {
  const { folder, parts } = await soak(context, '--part', 'breaks', '--count', '1', '--jobs', '1', '--patience', '100');
  const finding: unknown = JSON.parse(readFileSync(path.join(folder, 'breaks-10000000.json'), 'utf8'));
  expect(parts[0]!.findings).toEqual([finding]);
  const { subject } = finding as { readonly subject: SavedSubject };
  const { kind, bytes } = restored(subject);
  expect(kind).toBe('model');
  // A graph with a node of that operator, and nothing else.
  const root = parseMessage(bytes);
  expect(new TextDecoder().decode(bytes)).toContain('Relu');
  expect([...messagesIn(root)].map(({ name, fields }) => [name, fields.length])).toEqual([
    ['Model', 1],
    ['Graph', 1],
    ['Node', 1],
  ]);
}, 600_000);

it('tells its options', async () => {
  const script = path.join(projectFolder, 'scripts', 'soak.js');
  const told = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  expect(told('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--minutes N') });
  const { status, stderr } = told('--part', 'none');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^no part 'none': there are models, .*--minutes N/s);
  expect(stderr).not.toContain('    at ');
}, 120_000);

it('makes the same mutants of a seed, and others of another', () => {
  for (const kind of ['model', 'picture', 'array'] as const) {
    expect(mutantOf(kind, 5)).toEqual(mutantOf(kind, 5));
    expect(new Set([5, 6, 7, 8].map((seed) => Buffer.from(mutantOf(kind, seed)).toString('base64'))).size).toBe(4);
  }
});

it('reads models as trees and writes them again', () => {
  const branch = { g: graphProto({ nodes: [nodeProto('Relu', 'x', 'z')], outputs: { z: [] } }) };
  const bytes = encodeCurrent(
    modelProto({ outputs: { y: [1, 'H'] }, nodes: [nodeProto('If', 'c', 'y', { then_branch: branch })] }),
  );
  const root = parseMessage(bytes);
  expect(root.fields.some(({ content }) => content.kind === 'message' && content.message.name === 'Graph')).toBe(true);
  expect(encodeMessage(root)).toEqual(bytes);
});
