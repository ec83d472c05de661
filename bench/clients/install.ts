/**
 * Two installs of the same clients: with onnxruntime's own packages, and with unstride under their names, by the lines of
 * package.json that the README gives.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const engines = ['onnxruntime', 'unstride'] as const;
export type Engine = (typeof engines)[number];

/** Of the project; this is part of bench/build/clients/run.js. */
export const root = path.join(import.meta.dirname, '..', '..', '..');
const source = path.join(root, 'bench', 'clients');

/** What an install does not need: none of the packages is built, and files of releases are not to be had everywhere. */
export const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--prefer-offline',
  '--fetch-retries=1',
];

const minutes = 6;

/** Why the registry was not to be had, as npm says it: not a defect of anything here. */
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E403|E5\d\d)\b/;

/** The registry cannot be reached; a run says so and ends well. */
export class Unreachable extends Error {}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

export function folderOf(engine: Engine): string {
  return path.join(root, 'bench', 'build', 'clients', engine);
}

/**
 * Installs with npm below bench/build/clients/, and leaves what is there already.
 *
 * @throws Unreachable where npm cannot get the packages
 */
export function install(engine: Engine): void {
  const folder = folderOf(engine);
  mkdirSync(folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as Manifest;
  if (engine === 'onnxruntime') {
    writeManifest(folder, manifest);
    copyFileSync(path.join(source, 'package-lock.json'), path.join(folder, 'package-lock.json'));
    npm(['ci', ...flags], folder);
    return;
  }
  const archive = pack(folder);
  const named = Object.keys(manifest.dependencies).filter((name) => name.startsWith('onnxruntime-'));
  const replaced = Object.fromEntries(named.map((name) => [name, `file:./${archive}`]));
  writeManifest(folder, { ...manifest, dependencies: { ...manifest.dependencies, ...replaced } });
  npm(['install', '--no-package-lock', ...flags], folder);
}

/** As it would be published; `npm run clients` has built it. @returns the archive's name in the folder */
export function pack(folder: string): string {
  const said = npm(['pack', root, '--ignore-scripts', '--json', '--pack-destination', folder], folder);
  const [{ filename }] = JSON.parse(said) as [{ readonly filename: string }];
  return filename;
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** @returns what npm printed */
export function npm(args: readonly string[], folder: string): string {
  const windows = process.platform === 'win32';
  const options = { cwd: folder, encoding: 'utf8', timeout: minutes * 60_000, shell: windows } as const;
  const { status, stdout, stderr, error } = spawnSync('npm', args, options);
  if (status === 0) return stdout;
  const reason = error?.message ?? stderr;
  const code = unreachable.exec(reason)?.[0];
  if (code !== undefined) throw new Unreachable(`npm ${args[0]}: ${code}`);
  throw new Error(`npm ${args[0]} in ${folder} failed: ${reason}`);
}
