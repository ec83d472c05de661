/** All that compiles at once, for whoever cannot wait. */
import { halfWeights } from '../codegen/half-part.js';
import * as halves from '../codegen/half-weights.js';
import * as threads from '../codegen/thread-code.js';
import { threadCode } from '../codegen/threads-part.js';
import { registerAllLowerings } from '../lower/all.js';
import { registerAllPasses } from '../passes/all.js';
import * as inner from './inner-graphs.js';
import { innerGraphs } from './inner-part.js';

export function registerAllParts(): void {
  registerAllPasses();
  registerAllLowerings();
  halfWeights.provide(halves);
  threadCode.provide(threads);
  innerGraphs.provide(inner);
}
