/** The command line as a user runs it: the built program, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..', '..');
/** Milliseconds after which a program that hangs is ended; its code is null then. */
const patience = 120_000;

const built = path.join(root, 'dist', 'cli.js');

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

  /** A copy of `dist/cli.js` where that is newer than the sources, which may be built anew meanwhile; else a bundle. */
  constructor() {
    const cache = path.join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(path.join(cache, 'unstride-cli-'));
    this.program = path.join(this.folder, 'dist', 'cli.js');
    mkdirSync(path.dirname(this.program));
    // The program looks for its version in the package above it.
    copyFileSync(path.join(root, 'package.json'), path.join(this.folder, 'package.json'));
    if (isFresh()) {
      copyFileSync(built, this.program);
      return;
    }
    buildSync({
      entryPoints: [path.join(root, 'src', 'cli', 'main.ts')],
      outfile: this.program,
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

/** Colours, widths and what only CI systems have would make results differ from machine to machine. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of Object.keys(env)) if (name.startsWith('GITHUB_')) delete env[name];
  for (const name of ['FORCE_COLOR', 'COLUMNS', 'UNSTRIDE_DEBUG']) delete env[name];
  return env;
}

function isFresh(): boolean {
  const time = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (time === undefined) return false;
  const source = path.join(root, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).every(
    (file) => statSync(path.join(source, file)).mtimeMs <= time,
  );
}
