/** The programs of clients, as JavaScript in the folder of an install. */
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from './install.js';

const source = path.join(root, 'bench', 'clients', 'programs');

/** Packages are resolved from the folder when the program runs. */
export async function buildPrograms(names: readonly string[], folder: string): Promise<void> {
  await build({
    entryPoints: names.map((name) => path.join(source, `${name}.ts`)),
    outdir: path.join(folder, 'programs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** What a program imports is the folder's, also where the folders above the program have packages of that name: peers of benches. */
function packagesOf(folder: string): Plugin {
  return {
    name: 'packages of the install',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path: name, kind, importer, pluginData }) =>
        importer.startsWith(source) && pluginData !== folder
          ? resolve(name, { kind, resolveDir: folder, pluginData: folder })
          : undefined,
      );
    },
  };
}

/** A bundle for a page, of packages in the folder. @returns the folder with page.js */
export async function buildPage(name: string, folder: string): Promise<string> {
  const outdir = path.join(folder, 'page');
  await build({
    entryPoints: { page: path.join(source, `${name}.ts`) },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'browser',
    format: 'esm',
    plugins: [packagesOf(folder)],
    logLevel: 'error',
  });
  return outdir;
}
