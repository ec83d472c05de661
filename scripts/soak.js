// Bundles the soak, which is TypeScript, and runs it: npm run soak -- --minutes 30 --seed 1
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const driver = path.join(root, 'test', 'soak', 'driver');
// As deep as the folders of test/, so that what is found from there is found from here.
const folder = path.join(root, 'node_modules', `.soak-${process.pid}`);

await build({
  entryPoints: [path.join(driver, 'main.ts'), path.join(driver, 'child.ts')],
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: true,
  outdir: folder,
});
const { status } = spawnSync(process.execPath, [path.join(folder, 'main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
