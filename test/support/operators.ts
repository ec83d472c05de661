/**
 * Tests have every operator and all that compiles them, also where no model has been opened. Folders whose tests know none, or
 * open models, which loads what they have, are spared it: that takes longer than most of them.
 */
import { expect } from 'vitest';
import { registerRareForms } from '../../src/onnx/read.js';
import { sizeEquations } from '../../src/runtime/sizes-part.js';

/** Those whose tests compile at once; sessions load what they need. `''` are the files beside the folders. */
const compiling = ['', 'codegen', 'conformance', 'limits', 'lower', 'ops', 'passes', 'soak'];
const without = ['cli', 'files', 'package', 'pictures', 'present', 'wasm'];

registerRareForms();
const [, folder = ''] = /[\\/]test[\\/](\w+)[\\/]/.exec(expect.getState().testPath ?? '') ?? [];
if (!without.includes(folder)) {
  const { registerAllOperators } = await import('../../src/ops/index.js');
  registerAllOperators();
}
if (folder === 'wasm') {
  const { registerAllKernels } = await import('../../src/wasm/kernels/groups/all.js');
  registerAllKernels();
}
if (compiling.includes(folder)) {
  const { registerAllParts } = await import('../../src/compile/all.js');
  registerAllParts();
  await sizeEquations.fetch();
}
