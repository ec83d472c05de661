/** The command line as a user runs it: the built program, in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { areFresh, builtFile } from './built.js';
import { commandCacheVariable } from './command-cache.js';

const root = path.resolve(import.meta.dirname, '..', '..');
/** Milliseconds after which a program that hangs is ended; its code is null then. */
const patience = 120_000;

/** The program, and what its threads run: their entries, and what they are called beside one another. */
const entries = { cli: 'src/cli/main.ts', 'picture-worker': 'src/cli/run/many/worker.ts' };
const built = Object.keys(entries).map((name) => builtFile(`${name}.js`));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Standard input; empty without. */
  readonly input?: Uint8Array | string;
  /** On top of the process's own, without what CI systems set. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Cli {
  /** Below node_modules, so that packages are found. */
  private readonly folder: string;
  private readonly program: string;

  /** A copy of the programs in `dist/` where they are newer than the sources, which may be built anew meanwhile; else a bundle. */
  constructor() {
    const cache = path.join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(path.join(cache, 'unstride-cli-'));
    this.program = path.join(this.folder, 'dist', 'cli.js');
    mkdirSync(path.dirname(this.program));
    // The program looks for its version in the package above it.
    copyFileSync(path.join(root, 'package.json'), path.join(this.folder, 'package.json'));
    if (areFresh(built)) {
      const dist = path.join(root, 'dist');
      for (const name of readdirSync(dist).filter((file) => /\.(js|cjs|br)$/.test(file)))
        copyFileSync(path.join(dist, name), path.join(path.dirname(this.program), name));
      symlinkSync(path.join(dist, 'page'), path.join(path.dirname(this.program), 'page'), 'dir');
      return;
    }
    mkdirSync(path.join(path.dirname(this.program), 'page'));
    buildSync({
      entryPoints: entries,
      absWorkingDir: root,
      outdir: path.dirname(this.program),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      packages: 'external',
      logLevel: 'error',
    });
  }

  run(args: readonly string[], cwd: string = root, { input = '', env = {} }: CliOptions = {}): CliResult {
    const { status, stdout, stderr } = spawnSync(process.execPath, [this.program, ...args], {
      cwd,
      input,
      env: { ...plainEnvironment(), ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: patience,
    });
    return { code: status, stdout, stderr };
  }

  /** Starts the program and returns at once. */
  start(
    args: readonly string[],
    cwd: string,
    { env = {} }: Pick<CliOptions, 'env'> = {},
  ): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [this.program, ...args], { cwd, env: { ...plainEnvironment(), ...env } });
  }

  /** Runs a POSIX shell script in which `unstride` is the program. */
  shell(script: string, cwd: string): CliResult {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `unstride() { "$NODE" "$PROGRAM" "$@"; }\n${script}`], {
      cwd,
      env: { ...plainEnvironment(), NODE: process.execPath, PROGRAM: this.program },
      encoding: 'utf8',
      timeout: patience,
    });
    return { code: status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface CliInFolder extends Pick<Cli, 'run' | 'shell' | 'start'> {
  readonly folder: string;
  /** Writes a file below the folder, folders on its way included. */
  put(file: string, content: Uint8Array | string): void;
}

/**
 * The program for the tests of one file, and for each test a folder of its own, empty at first.
 * @param name of the command, which the folder's name has in it
 */
export function useCli(name: string): CliInFolder {
  let cli: Cli;
  let folder: string;
  beforeAll(() => {
    cli = new Cli();
  });
  afterAll(() => cli.remove());
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), `unstride-${name}-`));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    put(file, content) {
      const place = path.join(folder, file);
      mkdirSync(path.dirname(place), { recursive: true });
      writeFileSync(place, content);
    },
    start: (args, cwd, options) => cli.start(args, cwd, options),
    run: (args, cwd, options) => cli.run(args, cwd, options),
    shell: (script, cwd) => cli.shell(script, cwd),
  };
}

/** Colors, widths and what only CI systems have would make results differ from machine to machine. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const cache = process.env[commandCacheVariable] ?? 'off';
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', UNSTRIDE_CACHE: cache };
  for (const name of Object.keys(env)) if (name.startsWith('GITHUB_')) delete env[name];
  for (const name of ['FORCE_COLOR', 'COLUMNS', 'UNSTRIDE_DEBUG']) delete env[name];
  return env;
}
