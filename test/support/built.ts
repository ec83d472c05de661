/** What `npm run build` has made, for tests that want it without building again. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** A file below `dist/`. */
export function builtFile(name: string): string {
  return path.join(root, 'dist', name);
}

/** Whether all of them are there and newer than every source. */
export function areFresh(files: readonly string[]): boolean {
  const time = Math.min(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  const source = path.join(root, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).every(
    (file) => statSync(path.join(source, file)).mtimeMs <= time,
  );
}
