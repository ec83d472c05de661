/**
 * Tests have every operator, also where no model has been opened. Folders whose tests know none, or open models, which
 * loads what they have, are spared it: that takes longer than most of them.
 */
import { expect } from 'vitest';

const without = ['cli', 'files', 'package', 'pictures', 'present', 'wasm'];

const [, folder = ''] = /[\\/]test[\\/](\w+)[\\/]/.exec(expect.getState().testPath ?? '') ?? [];
if (!without.includes(folder)) {
  const { registerAllOperators } = await import('../../src/ops/index.js');
  registerAllOperators();
}
