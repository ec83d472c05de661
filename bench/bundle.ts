/** Bundles the library as it is published, and what the measuring processes and pages run. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { libraryBundle } from '../scripts/bundles.js';
import { mergeChunks } from '../scripts/merge-chunks.js';

const here = import.meta.dirname;
const root = path.join(here, '..');
/** Git ignores it. */
export const buildFolder = path.join(here, 'build');

const library: BuildOptions = {
  ...(libraryBundle as BuildOptions),
  absWorkingDir: root,
  nodePaths: [path.join(here, 'node_modules')],
};

/**
 * The same options as the published bundle, from the sources as they are now. The library's own dependencies are found
 * here where the project itself has not been installed.
 */
export async function bundleLibrary(): Promise<string> {
  const outdir = path.join(buildFolder, 'library');
  const { metafile } = await build({ ...library, outdir, metafile: true });
  await mergeChunks(outdir, metafile.outputs);
  return path.join(outdir, 'node.js');
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

const application = path.join(buildFolder, 'application');

/**
 * What a page gets that imports sessions and tensors: an application that has the library installed, bundled as its author
 * would. The entry is `library.js`.
 */
export async function bundleForBrowser(): Promise<BuildResult<{ write: false; metafile: true }>> {
  const installed = path.join(application, 'node_modules', 'unstride');
  const outdir = path.join(installed, 'dist');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({ ...library, outdir, metafile: true });
  await mergeChunks(outdir, metafile.outputs);
  copyFileSync(path.join(root, 'package.json'), path.join(installed, 'package.json'));
  return await build({
    stdin: {
      contents: "export { InferenceSession, Tensor } from 'unstride';",
      resolveDir: application,
      sourcefile: 'library.js',
    },
    bundle: true,
    splitting: true,
    minify: true,
    // As the README advises.
    banner: { js: '//# allFunctionsCalledOnLoad' },
    format: 'esm',
    platform: 'browser',
    // The library's own dependencies.
    nodePaths: [path.join(root, 'node_modules'), path.join(here, 'node_modules')],
    absWorkingDir: application,
    entryNames: 'library',
    outdir: path.join(buildFolder, 'browser-library'),
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
}

/** The same as files for a page to load. */
export async function bundleBrowserLibrary(): Promise<void> {
  for (const { path: file, contents } of (await bundleForBrowser()).outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

/** The pages, and the peer by itself; it stays the files that its package ships. */
export async function bundlePage(): Promise<void> {
  await build({
    entryPoints: {
      page: path.join(here, 'browser', 'page.ts'),
      first: path.join(here, 'browser', 'first.ts'),
      web: path.join(here, 'peers', 'web.ts'),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['onnxruntime-web'],
    outdir: path.join(buildFolder, 'page'),
    logLevel: 'warning',
  });
}
