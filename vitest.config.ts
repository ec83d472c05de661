import { defineConfig } from 'vitest/config';

/** Where CI wants the counts. */
const results = process.env['UNSTRIDE_TEST_RESULTS'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/operators.ts'],
    // One core would be left idle otherwise, and these machines have two.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
  },
});
