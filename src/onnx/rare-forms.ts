/**
 * What few files have, or should have: tensors in other files, functions, nodes out of order; and files that are
 * something else.
 */
export { readExternal } from './external-constant.js';
export { failTooLarge, refuseForeign } from './foreign.js';
export { inlineCall } from './inline-functions.js';
export { sortNodes } from './sort-nodes.js';
