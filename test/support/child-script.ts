/** Scripts over the sources, each in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
/** Milliseconds after which a process that hangs is ended. */
const patience = 60_000;

export interface ChildScript {
  /** The bundled script. */
  readonly file: string;
  /** Standard output and standard error; rejects when the process fails or hangs. */
  run(nodeArguments: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/**
 * Bundles a script before the tests of a file.
 * @param imports text of the names to import, by file below the project's folder
 */
export function useChildScript(imports: Readonly<Record<string, string>>, script: string): ChildScript {
  let folder: string;
  const lines = Object.entries(imports).map(
    ([file, names]) => `import { ${names} } from ${JSON.stringify(path.join(root, file))};`,
  );
  beforeAll(async () => {
    // Below node_modules, so that packages are found.
    const cache = path.join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(path.join(cache, 'unstride-child-'));
    await build({
      stdin: { contents: [...lines, script].join('\n'), resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: path.join(folder, 'main.mjs'),
      logLevel: 'silent',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get file() {
      return path.join(folder, 'main.mjs');
    },
    run: (nodeArguments) => promisify(execFile)(process.execPath, nodeArguments, { timeout: patience }),
  };
}
