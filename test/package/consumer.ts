/** A program that has the built package installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..', '..');

/** `npm test` builds. */
export const isBuilt = existsSync(path.join(root, 'dist', 'index.cjs'));
if (!isBuilt) console.warn('skipped: the package is not built, `npm run build` does that');

const require = createRequire(import.meta.url);
const folderOf = (name: string, from = require) => path.dirname(from.resolve(`${name}/package.json`));

/** The compiler that this project has, and an older one, which knows the resolution that newer ones have dropped. */
export const compilers = {
  current: path.join(folderOf('typescript'), 'bin', 'tsc'),
  older: path.join(
    folderOf('typescript', createRequire(require.resolve('@arethetypeswrong/core/package.json'))),
    'bin',
    'tsc',
  ),
};

export class Consumer {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'unstride-consumer-'));

  constructor(packages: readonly string[] = []) {
    mkdirSync(path.join(this.folder, 'node_modules'));
    symlinkSync(root, path.join(this.folder, 'node_modules', 'unstride'), 'junction');
    for (const name of packages)
      symlinkSync(path.join(root, 'node_modules', name), path.join(this.folder, 'node_modules', name), 'junction');
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  /** What the compiler complains of, a line each. */
  compile(compiler: string, files: readonly string[], options: readonly string[]): string[] {
    const lib = 'es2023,dom,esnext.disposable';
    const args = [compiler, '--noEmit', '--strict', '--pretty', 'false', '--target', 'es2022', '--lib', lib];
    try {
      execFileSync(process.execPath, [...args, ...options, ...files], { cwd: this.folder, encoding: 'utf8' });
      return [];
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    }
  }

  run(file: string, flags: readonly string[] = []): string {
    return execFileSync(process.execPath, [...flags, file], { cwd: this.folder, encoding: 'utf8' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
