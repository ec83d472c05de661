/** An application that has the library installed, as it is published and as the sources are now. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';

const root = path.join(import.meta.dirname, '..', '..');

export interface Application {
  readonly folder: string;
  /** Of the library's bundle. */
  readonly library: Metafile;
  /** Bundles modules for a browser, by name, as the application's author would. @returns the folder with the results */
  bundle(modules: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

export async function createApplication(): Promise<Application> {
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-browser-'));
  const installed = path.join(folder, 'node_modules', 'unstride');
  mkdirSync(installed, { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(installed, 'package.json'));
  const { libraryBundle }: { libraryBundle: BuildOptions } = await import(path.join(root, 'scripts', 'bundles.js'));
  const outdir = path.join(installed, 'dist');
  const { metafile } = await build({ ...libraryBundle, absWorkingDir: root, outdir, metafile: true });
  return {
    folder,
    library: metafile,
    bundle: (modules) => bundle(folder, modules),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bundle(folder: string, modules: Readonly<Record<string, string>>): Promise<string> {
  const outdir = path.join(folder, 'out');
  const entryPoints = Object.entries(modules).map(([name, code]) => {
    const file = path.join(folder, `${name}.ts`);
    writeFileSync(file, code);
    return file;
  });
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // The library's own dependencies.
    nodePaths: [path.join(root, 'node_modules')],
    logLevel: 'silent',
  });
  return outdir;
}
