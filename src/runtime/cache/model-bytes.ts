/** The bytes of a model that was read: its own, and those of its weights in other files. */
import type { Model } from '../../ir/graph.js';
import { externalConstants } from '../../onnx/source-files.js';
import { contentOf } from '../opened-content.js';
import { pieceBytes, type ReadablePart } from './digested-parts.js';

export { contentOf as ownBytesOf };

export function externalParts(model: Model): ReadablePart[] {
  return [...externalConstants(model.graph)].map((constant) => {
    const { location, offset, length } = constant.place!;
    function* pieces() {
      if (constant.part === undefined) throw new RangeError('weights that cannot be read in parts');
      for (let at = 0; at < length; at += pieceBytes) yield constant.part(at, Math.min(pieceBytes, length - at));
    }
    return { location, offset, length, pieces };
  });
}
