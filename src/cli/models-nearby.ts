/** Finds models near the current folder when none are given; limited in depth and time. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { byPath } from './find-files.js';

const limits = { depth: 4, entries: 20_000 } as const;

/**
 * The `.onnx` files in the folder and a few levels below, sorted by path. Hidden folders, packages and unreadable
 * folders are skipped, and links are not followed.
 */
export async function modelsNearby(folder: string): Promise<string[]> {
  const found: string[] = [];
  let level = [folder];
  let seen = 0;
  for (let depth = 0; depth < limits.depth && seen < limits.entries; depth++) {
    const below: string[] = [];
    for (const place of level) {
      const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
      seen += entries.length;
      if (seen > limits.entries) break;
      for (const entry of entries) {
        if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
        const file = path.join(place, entry.name);
        if (entry.isDirectory()) below.push(file);
        else if (entry.isFile() && entry.name.endsWith('.onnx')) found.push(file);
      }
    }
    level = below;
  }
  return found.sort(byPath);
}
