/** Every problem that the sources define, exported or not: seen while they are loaded. */
import { vi } from 'vitest';
import type { DataFields, DiagnosticCode, Problem } from '../../src/diagnostics.js';

declare global {
  interface ImportMeta {
    /** Vite's: modules by their paths. */
    glob(pattern: string): Record<string, () => Promise<unknown>>;
  }
}

export interface ProblemDefinition {
  readonly code: DiagnosticCode;
  readonly fields: DataFields;
  state(data: object): Problem;
}

/** What runs at once, or only in a thread or a page. */
const programs = /cli\/main\.ts$|\/worker\.ts$|src\/page\/(main|state)|-worker\.ts$|onnx\/generated\//;

export async function problemDefinitions(): Promise<readonly ProblemDefinition[]> {
  const found: ProblemDefinition[] = [];
  vi.resetModules();
  vi.doMock('../../src/diagnostics/problem.js', async (load: () => Promise<Record<string, unknown>>) => {
    const original = await load();
    const define = original['defineProblem'] as (...args: unknown[]) => (data: object) => Problem;
    const defineProblem = (code: DiagnosticCode, fields: DataFields, ...words: unknown[]) => {
      const state = define(code, fields, ...words);
      found.push({ code, fields: words.length === 0 ? {} : fields, state });
      return state;
    };
    return { ...original, defineProblem };
  });
  const sources = import.meta.glob('../../src/**/*.ts');
  for (const [file, load] of Object.entries(sources)) if (!programs.test(file)) await load();
  vi.doUnmock('../../src/diagnostics/problem.js');
  return found;
}
