/** What becomes of a file that may be damaged: it is read and used, or refused in words. */
import { ModelError, ProblemError } from '../../src/diagnostics.js';
import { isNpy, readNpy } from '../../src/files/npy.js';
import { isZip, readNpz } from '../../src/files/npz.js';
import { isFloat } from '../../src/ir/element-type.js';
import type { Graph } from '../../src/ir/graph.js';
import { declaredShape } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { elementCount, type Tensor } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { pictureInfo, readPicture } from '../../src/pictures/read-picture.js';
import type { FileKind } from './mutants/mutant.js';
import { type Outcome, outcomeOf } from './outcome.js';

/** Pixels: 4 MB decoded, whatever a header claims. */
const maxPixels = 1_000_000;

/** Models with more nodes are checked and not run: time is better spent on others. */
const mostNodesRun = 60;

/** @param feeds of a model; undefined for some that fit what its inputs declare */
export async function tryFile(
  kind: FileKind,
  bytes: Uint8Array,
  feeds?: ReadonlyMap<string, Tensor>,
): Promise<Outcome> {
  if (kind === 'model') return outcomeOf(bytes, feeds ?? feedsFor(bytes));
  try {
    if (kind === 'array') readArray(bytes);
    else {
      pictureInfo(bytes);
      await readPicture(bytes, { maxPixels });
    }
    return { kind: 'ran' };
  } catch (error) {
    if (error instanceof ModelError || error instanceof ProblemError) return { kind: 'refused' };
    return { kind: 'internal error', stage: 'read', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function readArray(bytes: Uint8Array): void {
  if (isNpy(bytes) || !isZip(bytes)) readNpy(bytes);
  else readNpz(bytes, () => true);
}

/** undefined where the model is not read, is large, or has inputs that are no tensors of numbers. */
function feedsFor(bytes: Uint8Array): ReadonlyMap<string, Tensor> | undefined {
  let graph: Graph;
  try {
    ({ graph } = readModel(bytes).model);
  } catch {
    // It is read once more, and what is thrown is looked at then.
    return undefined;
  }
  if (graph.nodes.length > mostNodesRun) return undefined;
  const feeds = new Map<string, Tensor>();
  for (const value of graph.inputs) {
    if (value.declared?.kind !== 'tensor') return undefined;
    const type = value.declared.elementType ?? 'float32';
    const dims = (declaredShape(value) ?? [2]).map((dim) => (typeof dim === 'number' ? dim : 4));
    if (type === 'string' || !(elementCount(dims) <= 100_000)) return undefined;
    try {
      feeds.set(value.name, tensorFromNumbers(type, dims, new Array(elementCount(dims)).fill(isFloat(type) ? 0.5 : 1)));
    } catch {
      // A type without arrays.
      return undefined;
    }
  }
  return feeds;
}
