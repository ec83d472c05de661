/** A process with an executor that has nothing to do ends by itself. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
const script = `
import { Executor } from ${JSON.stringify(path.join(root, 'src/runtime/executor.ts'))};
import { exchanged, exchangePlan } from ${JSON.stringify(path.join(root, 'test/codegen/plans.ts'))};
import { float32 } from ${JSON.stringify(path.join(root, 'src/ir/tensor.ts'))};

const graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };
const exchange = { half: 8192, rounds: 4 };
const feed = new Float32Array(2 * exchange.half).fill(1);
for (const threads of [2, 3]) {
  const executor = await Executor.create({ tier: 'baseline', threads });
  const program = await executor.load(graph, exchangePlan(exchange, () => true));
  const [output] = await program.run([float32([feed.length], feed)]);
  console.log(executor.threads, output.data[0] === exchanged(exchange, feed)[0]);
}
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-exit-'));
  const entry = path.join(folder, 'entry.ts');
  writeFileSync(entry, script);
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: path.join(folder, 'main.mjs'),
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['as a file', (file: string) => [file]],
  [
    'as a module on the command line',
    (file: string) => ['--input-type=module', '-e', `await import(${JSON.stringify(file)})`],
  ],
])('%s', async (_, argumentsFor) => {
  const file = path.join(folder, 'main.mjs');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argumentsFor(file), { timeout: 30_000 });
  expect(stderr).toBe('');
  expect(stdout).toBe('2 true\n3 true\n');
});
