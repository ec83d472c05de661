/**
 * What runs need of programs that the host has a part in: steps of references, bodies, kernels that note faults. It has the
 * operators with it, and is loaded with the first such program.
 */
export { BodyRuns } from './body-runs.js';
export { failOf } from './faults.js';
export { lateBodies } from './late-body.js';
export { OuterScope } from './outer-scope.js';
export { ReferenceMachine, requireShape } from './reference-machine.js';
