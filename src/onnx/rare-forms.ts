/**
 * What few files have, or should have: tensors in other files, functions, nodes out of order, sizes that are arithmetic; and files
 * that are something else.
 */
export { parseDim } from '../ir/dim/parse.js';
export { readExternal } from './external-constant.js';
export { refuseForeign } from './foreign.js';
export { inlineCall } from './inline-functions.js';
export { sortNodes } from './sort-nodes.js';
