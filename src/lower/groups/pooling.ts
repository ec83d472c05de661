/** Windows of pixels as one. */
export { poolingLowerings as lowerings } from '../pooling.js';
