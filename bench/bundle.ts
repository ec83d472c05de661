/** Bundles the library as it is published, and what the measuring processes and pages run. */
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { libraryBundle } from '../scripts/bundles.js';

const here = import.meta.dirname;
const root = path.join(here, '..');
/** Git ignores it. */
export const buildFolder = path.join(here, 'build');

const library: BuildOptions = {
  ...(libraryBundle as BuildOptions),
  absWorkingDir: root,
  nodePaths: [path.join(here, 'node_modules')],
};

/** What a browser would get. */
export const browserLibrary: BuildOptions = {
  ...library,
  platform: 'browser',
  packages: 'bundle',
  minify: true,
  sourcemap: false,
};

/**
 * The same options as the published bundle, from the sources as they are now. The library's own dependencies are found
 * here where the project itself has not been installed.
 */
export async function bundleLibrary(): Promise<string> {
  const outdir = path.join(buildFolder, 'library');
  await build({ ...library, outdir });
  return path.join(outdir, 'index.js');
}

/** The measuring process; engines stay packages, each in a chunk of its own, so that a process loads only those it uses. */
export async function bundleChild(): Promise<string> {
  const outdir = path.join(buildFolder, 'jobs');
  await build({
    entryPoints: [path.join(here, 'jobs', 'child.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outdir,
    logLevel: 'warning',
  });
  return path.join(outdir, 'child.js');
}

/** The library for a page, its dependencies bundled. */
export async function bundleBrowserLibrary(): Promise<void> {
  const outdir = path.join(buildFolder, 'browser-library');
  await build({ ...browserLibrary, outdir });
}

/** The page; the peer stays the files that its package ships. */
export async function bundlePage(): Promise<void> {
  await build({
    entryPoints: [path.join(here, 'browser', 'page.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['onnxruntime-web'],
    outdir: path.join(buildFolder, 'page'),
    logLevel: 'warning',
  });
}
