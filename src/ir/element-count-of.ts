import { type Dim, mul } from './dim.js';
import type { Shape } from './shape.js';

/** How many elements a shape has. Apart from `shape.ts`, so that formatting a type does not bring the arithmetic of sizes along. */
export function elementCountOf(shape: Shape): Dim {
  return mul(...shape);
}
