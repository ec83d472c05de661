/** What packs weights of 16 bits (half-part.ts). */
export { emitHalfPacking } from '../wasm/packing/half-packing.js';
export { HalfPanel, halfScale } from './narrow-weights.js';
