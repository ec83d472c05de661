/** The page as it is built: with the package, for `unstride view`, and as a static site. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { areFresh, builtFile } from '../support/built.js';

const root = path.join(import.meta.dirname, '..', '..');

interface Scripts {
  readonly packageBundle: BuildOptions;
}

interface PageScripts {
  writeSite(folder: string): Promise<void>;
  writePackagedPage(dist: string, metafile: Metafile): Promise<Metafile>;
}

async function script<T>(name: string): Promise<T> {
  return (await import(path.join(root, 'scripts', name))) as T;
}

/** Below node_modules, so that packages are found. */
function newFolder(): string {
  const cache = path.join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(path.join(cache, 'unstride-page-'));
}

/** A folder with the package's bundle and the page: `dist/` where it is newer than the sources. */
export async function packagedPage(): Promise<string> {
  if (areFresh([builtFile('cli.js')]) && existsSync(builtFile('page/page-main.js.br'))) return builtFile('.');
  const dist = path.join(newFolder(), 'dist');
  const { packageBundle } = await script<Scripts>('bundles.js');
  const { writePackagedPage } = await script<PageScripts>('page-build.js');
  const { metafile } = await build({
    ...packageBundle,
    absWorkingDir: root,
    outdir: dist,
    minify: true,
    metafile: true,
  });
  await writePackagedPage(dist, metafile);
  return dist;
}

/** @returns the folder with its files */
export async function site(): Promise<string> {
  const folder = path.join(newFolder(), 'site');
  const { writeSite } = await script<PageScripts>('page-build.js');
  await writeSite(folder);
  return folder;
}

export class ViewCommand {
  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
  ) {}

  /** `unstride view` of a built package, when it has told its address. */
  static async start(dist: string, ...args: readonly string[]): Promise<ViewCommand> {
    const child = spawn(process.execPath, [path.join(dist, 'cli.js'), 'view', '--no-open', ...args], { cwd: root });
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    return new ViewCommand(first.toString().trim(), child);
  }

  /** @returns its exit code */
  async stop(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    return code;
  }
}
