import { readFileSync } from 'node:fs';

/** The version in the package.json above this file, which is bundled into dist/. */
export function version(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'unstride') {
        return 'version' in manifest ? String(manifest.version) : 'unknown';
      }
    } catch {
      // Not in this folder; tries the parent.
    }
  }
  return 'unknown';
}
