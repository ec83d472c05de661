import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where CI wants the counts. */
const results = process.env['UNSTRIDE_TEST_RESULTS'];

/** Of more than a few tens of seconds: as the last ones they would leave a core idle. */
const longest = [
  'soak/soak',
  'browser/engine',
  'conformance/large-models',
  'cli/check',
  'cli/run',
  'docs-samples',
  'lower/random-nodes',
];

/** Those that replace modules or load them anew, or ask what is loaded. */
const alone = [
  'test/diagnostics/data.test.ts',
  'test/ops/bind.test.ts',
  'test/ops/load.test.ts',
  'test/passes/fusion.test.ts',
  'test/runtime/cache/session-cache.test.ts',
  'test/runtime/create-backend.test.ts',
  'test/runtime/env.test.ts',
  'test/runtime/kept-tiers.test.ts',
  'test/runtime/parts.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = (moduleId: string) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    // A process is shared only by files that come one after the other.
    const rank = ({ moduleId, project }: TestSpecification) => (project.config.isolate ? -1 : place(moduleId));
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Sessions keep nothing in the user's cache; tests of the cache name a folder, and commands have one of their own.
    // Plans are the same on all machines.
    env: { UNSTRIDE_CACHE: 'off', UNSTRIDE_PROCESSOR: 'cache-1m' },
    globalSetup: ['test/support/command-cache.ts'],
    setupFiles: ['test/support/operators.ts'],
    // Some wait: for processes, pages, or what hangs on purpose. Two cores have three.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
    projects: [
      {
        extends: true,
        // Files share a process and the modules that it has loaded, which takes longer than most of the tests.
        test: { name: 'shared', isolate: false, include: ['test/**/*.test.ts'], exclude: alone },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
