/**
 * The strict namesake of onnxruntime-common, for aliases of bundlers and packages: its names and no others, and the default
 * export that onnxruntime-web and onnxruntime-node have.
 */
import * as ort from './runtime/common/api.js';

export * from './runtime/common/api.js';
export default ort;
