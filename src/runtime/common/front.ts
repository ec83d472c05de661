/** The values of onnxruntime-common's API apart from tensors: bundles have either in files of its own. */
export { InferenceSession } from '../inference-session.js';
export { registerBackend } from './backends.js';
export { env } from './env.js';
export { TRACE, TRACE_EVENT_BEGIN, TRACE_EVENT_END, TRACE_FUNC_BEGIN, TRACE_FUNC_END } from './trace.js';
