/** All that compiles at once, for whoever cannot wait. */
import { registerAllLowerings } from '../lower/all.js';
import { registerAllPasses } from '../passes/all.js';
import * as inner from './inner-graphs.js';
import { innerGraphs } from './inner-part.js';

export function registerAllParts(): void {
  registerAllPasses();
  registerAllLowerings();
  innerGraphs.provide(inner);
}
