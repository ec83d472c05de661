/**
 * Programs that others wrote for onnxruntime, each run with it and with unstride in its place: results are compared, times
 * printed. Ends with 1 where results differ or a client fails; where there is no registry, it says so and ends well.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { chromiumFile } from '../../test/browser/chromium.js';
import { modelBytes, nodeProto } from '../../test/support/model.js';
import { buildPage, buildPrograms } from './build.js';
import { type Client, clients } from './clients.js';
import { difference } from './compare.js';
import { type Engine, engines, folderOf, install, root, Unreachable } from './install.js';
import { PageHost } from './page-host.js';
import { type Answer, marker } from './programs/answer.js';

const minutes = 10;
const models = path.join(root, 'bench', 'build', 'clients', 'models');
const wanted = process.argv.slice(2);

/** Runs a program to its end. @throws with the end of what it wrote where it gives no answer */
function runProgram(engine: Engine, { program, args = [] }: Client): Promise<Answer> {
  const folder = folderOf(engine);
  const file = path.join(folder, 'programs', `${program}.js`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { cwd: folder, timeout: minutes * 60_000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const answer = stdout.split('\n').find((line) => line.startsWith(marker));
      if (code === 0 && answer !== undefined) resolve(JSON.parse(answer.slice(marker.length)) as Answer);
      else reject(new Error(`ended with ${code ?? signal}\n${stderr.trim().split('\n').slice(-15).join('\n')}`));
    });
  });
}

function writeProduct(): string {
  mkdirSync(models, { recursive: true });
  const file = path.join(models, 'product.onnx');
  const product = {
    inputs: { a: [3, 4], b: [4, 3] },
    outputs: { c: [3, 3] },
    nodes: [nodeProto('MatMul', 'a b', 'c')],
  };
  writeFileSync(file, modelBytes(product));
  return file;
}

function timesText({ times }: Answer): string {
  return times.map((time) => time.toFixed(0).padStart(7)).join('');
}

/** @returns whether the client's results are the same */
async function compare(client: Client, answer: (engine: Engine) => Promise<Answer>): Promise<boolean> {
  const name = client.name.padEnd(28);
  let running: Engine = 'onnxruntime';
  try {
    const theirs = await answer(running);
    running = 'unstride';
    const ours = await answer(running);
    const found = difference(theirs.results, ours.results, client.tolerance);
    console.log(`${name}${timesText(theirs)}  ${timesText(ours)}  ${found ?? 'same'}`);
    return found === undefined;
  } catch (error) {
    console.log(`${name} fails with ${running}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function openPages(executable: string): Promise<Record<Engine, PageHost>> {
  const hosts = engines.map(async (engine) => {
    const packages = path.join(folderOf(engine), 'node_modules');
    const host = await PageHost.start(executable, {
      page: await buildPage('web', folderOf(engine)),
      models,
      'vad-web': path.join(packages, '@ricky0123', 'vad-web', 'dist'),
      'onnxruntime-web': path.join(packages, 'onnxruntime-web', 'dist'),
    });
    return [engine, host] as const;
  });
  return Object.fromEntries(await Promise.all(hosts)) as Record<Engine, PageHost>;
}

async function main(): Promise<void> {
  const all = clients({ product: writeProduct(), bert: path.join(root, 'fixtures', 'clients', 'tiny-bert') });
  const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  if (chosen.length === 0)
    throw new Error(`no client is called so; there are ${all.map(({ name }) => name).join('; ')}`);
  try {
    for (const engine of engines) install(engine);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.log(`clients are skipped: the registry of packages cannot be reached (${error.message})`);
    return;
  }
  const programs = [...new Set(all.flatMap(({ program }) => program ?? []))];
  for (const engine of engines) await buildPrograms(programs, folderOf(engine));

  console.log(`Node ${process.versions.node}, ${cpus()[0]?.model ?? process.arch}, ${cpus().length} threads`);
  console.log('milliseconds to load, of the first use and of the next'.padEnd(28));
  console.log(`${''.padEnd(28)}${'onnxruntime'.padStart(21)}  ${'unstride'.padStart(21)}`);
  const verdicts: boolean[] = [];
  for (const client of chosen.filter(({ program }) => program !== undefined))
    verdicts.push(await compare(client, (engine) => runProgram(engine, client)));

  const inPages = chosen.filter(({ program }) => program === undefined);
  if (inPages.length > 0 && chromiumFile !== undefined) {
    const hosts = await openPages(chromiumFile);
    for (const client of inPages) verdicts.push(await compare(client, (engine) => hosts[engine].answer(client.name)));
    for (const engine of engines) await hosts[engine].stop();
  } else if (inPages.length > 0) {
    console.log(`${inPages.map(({ name }) => name).join('; ')}: skipped, there is no Chromium on the PATH`);
  }
  if (verdicts.includes(false)) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
