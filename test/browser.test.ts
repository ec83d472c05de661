/** The library in a browser: nothing of Node is asked for before a path is opened. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');

let app: string;
let metafile: Metafile;
beforeAll(async () => {
  app = mkdtempSync(path.join(tmpdir(), 'unstride-browser-'));
  const installed = path.join(app, 'node_modules', 'unstride');
  mkdirSync(installed, { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(installed, 'package.json'));
  const { libraryBundle }: { libraryBundle: BuildOptions } = await import(path.join(root, 'scripts', 'bundles.js'));
  const outdir = path.join(installed, 'dist');
  ({ metafile } = await build({ ...libraryBundle, absWorkingDir: root, outdir, metafile: true }));
});
afterAll(() => {
  rmSync(app, { recursive: true, force: true });
});

describe('the bundle', () => {
  it('loads nothing of Node by itself', () => {
    const outputs = new Map(Object.entries(metafile.outputs).map(([file, output]) => [path.basename(file), output]));
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      const imports = outputs.get(name)?.imports ?? [];
      for (const { path: target, kind } of imports)
        if (kind === 'import-statement') visit(target.startsWith('node:') ? target : path.basename(target));
    };
    visit('index.js');
    expect(reached.size).toBeGreaterThan(1);
    expect([...reached].filter((name) => name.startsWith('node'))).toEqual([]);
    expect(outputs.get('node-files.js')!.imports.map((item) => item.path)).toContain('node:fs');
  });

  it('is bundled for a page without Node’s modules', async () => {
    const entry = path.join(app, 'page.js');
    writeFileSync(entry, "import { openModel } from 'unstride'; openModel(new Uint8Array());");
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      nodePaths: [path.join(root, 'node_modules')],
      logLevel: 'silent',
    });
    expect(outputFiles[0]!.text).toContain('openModel');
    expect(outputFiles[0]!.text).not.toMatch(/from ?["']node:|require\(["']node:/);
  });
});
