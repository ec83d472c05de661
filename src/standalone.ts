/**
 * Sessions and tensors as one classic script, which the page and the workers of its sessions load alike; the compiler's stages
 * are not in it. The engine is in it packed (scripts/standalone.js), and unpacked when the first session or model is opened.
 */
import type { openModel as openAtOnce } from './runtime/open.js';
import { setStandaloneAddress } from './runtime/worker/start.js';
import { serveInWorker } from './runtime/worker/worker-scope.js';

export { formatDiagnostic, ModelError } from './diagnostics.js';
export * from './runtime/common/api.js';
export { listSupportedBackends } from './runtime/common/backends.js';
export { float16FromNumbers, float16ToNumbers } from './runtime/tensor/float16.js';

export const openModel: typeof openAtOnce = async (source, options) => {
  const { openModel } = await import('./runtime/open.js');
  return openModel(source, options);
};

const script = typeof document === 'object' ? document.currentScript : null;
if (script !== null && 'src' in script && script.src !== '') setStandaloneAddress(String(script.src));
else serveInWorker();
