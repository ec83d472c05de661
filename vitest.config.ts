import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where CI wants the counts. */
const results = process.env['UNSTRIDE_TEST_RESULTS'];

/** Of more than a few tens of seconds: as the last ones they would leave a core idle. */
const longest = [
  'browser/engine',
  'conformance/large-models',
  'cli/check',
  'cli/run',
  'docs-samples',
  'soak/soak',
  'lower/random-nodes',
];

/**
 * Files of these folders share a process and the modules that it has loaded, which takes longer than most of the tests. They
 * state what functions give: they leave nothing in modules or globals, and do not ask what is loaded.
 */
const sharing = [
  ...[
    'check',
    'cli',
    'codegen',
    'contract',
    'convert',
    'diagnostics',
    'draw',
    'explain',
    'feed',
    'files',
    'infer',
    'ir',
    'limits',
    'lower',
  ],
  ...[
    'onnx',
    'ops',
    'passes',
    'pictures',
    'present',
    'properties',
    'remedies',
    'report',
    'rules',
    'runtime',
    'runtimes',
    'solve',
    'split',
    'wasm',
  ],
];
const folders = `(${sharing.join('|')})`;
/** Those in these folders that replace functions or load modules anew. */
const alone = [
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
    const rank = ({ moduleId, project }: TestSpecification) =>
      longest.some((name) => moduleId.endsWith(`/${name}.test.ts`)) ? 0 : project.config.isolate ? 1 : 2;
    // A process is shared only by files that come one after the other.
    return [0, 1, 2].flatMap((wanted) => sorted.filter((file) => rank(file) === wanted));
  }
}

export default defineConfig({
  test: {
    // Sessions keep nothing in the user's cache; tests of the cache name a folder, and commands have one of their own.
    env: { UNSTRIDE_CACHE: 'off' },
    globalSetup: ['test/support/command-cache.ts'],
    setupFiles: ['test/support/operators.ts'],
    // One more than there are cores: commands, browsers and disks are waited for.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
    projects: [
      {
        extends: true,
        test: { name: 'shared', isolate: false, include: [`test/@${folders}/**/*.test.ts`], exclude: alone },
      },
      {
        extends: true,
        test: { name: 'alone', include: ['test/*.test.ts', `test/!${folders}/**/*.test.ts`, ...alone] },
      },
    ],
  },
});
