/** Tests have every operator, also where no model has been opened. */
import { registerAllOperators } from '../../src/ops/index.js';

registerAllOperators();
