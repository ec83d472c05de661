/**
 * Sessions and tensors as one classic script, which the page and the workers of its sessions load alike; the compiler's stages
 * are not in it.
 */
import { setStandaloneAddress } from './runtime/worker/start.js';
import { serveInWorker } from './runtime/worker/worker-scope.js';

export { formatDiagnostic, ModelError } from './diagnostics.js';
export * from './runtime/common/api.js';
export { listSupportedBackends } from './runtime/common/backends.js';
export { openModel } from './runtime/open.js';
export { float16FromNumbers, float16ToNumbers } from './runtime/tensor/float16.js';

const script = typeof document === 'object' ? document.currentScript : null;
if (script !== null && 'src' in script && script.src !== '') setStandaloneAddress(String(script.src));
else serveInWorker();
