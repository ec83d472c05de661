/** Where threads meet, and how they share a step. */
export { emitBarrier, emitRing } from './barrier.js';
export { emitSharing } from './shared-steps.js';
