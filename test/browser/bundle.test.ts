/** The library in a browser: nothing of Node is asked for before a path is opened. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, createApplication } from './installed.js';

let application: Application;
beforeAll(async () => {
  application = await createApplication();
});
afterAll(() => application.remove());

describe('the bundle', () => {
  it('loads nothing of Node by itself', () => {
    const outputs = new Map(
      Object.entries(application.library.outputs).map(([file, output]) => [path.basename(file), output]),
    );
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
    const code = "import { openModel } from 'unstride'; openModel(new Uint8Array());";
    const folder = await application.bundle({ page: code });
    const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    expect(texts.join('\n')).toContain('opsetImport');
    for (const text of texts) expect(text).not.toMatch(/from ?["']node:|import ?\(?["']node:|require\(["']node:/);
  });
});
