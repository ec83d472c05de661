/** Reasons not to fuse that several fusions have. */
import { whyUnlike } from '../likeness.js';
import type { Any } from './expression.js';
import type { Guard } from './fusion.js';

/** The result has the type and the shape of a value of floats, as those of operators of one input do. */
export function resultIsLike(capture: Any): Guard {
  return ({ of, output, inference }) => whyUnlike(of(capture), output, inference);
}
