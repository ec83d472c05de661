/** Writing a part beside, and never over, the model that it is of. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import { infer } from '../infer.js';
import { type Constant, type Graph, type Model, type Node, subgraphsOf } from '../ir/graph.js';
import { type Streamed, writeModel } from '../onnx/write.js';
import { sinceVersion } from '../ops/operator.js';
import { findOperator } from '../ops/registry.js';
import { cannotWrite } from './cannot-write.js';
import { UsageError } from './usage.js';

export interface SavedFile {
  readonly path: string;
  readonly byteLength: number;
}

export interface SavedPart {
  readonly model: SavedFile;
  /** The file that weights went to; null where they are in the model, or stay in the files of the source. */
  readonly weights: SavedFile | null;
}

/**
 * Weights in other files are copied, those that the part has, into OUTPUT.data; or stay there and are shared.
 * @throws UsageError where a file of the source would be written over, or cannot be shared
 */
export async function savePart(
  part: Model,
  source: string,
  output: string,
  { whole, shareWeights }: { readonly whole: Model; readonly shareWeights: boolean },
): Promise<SavedPart> {
  const location = `${path.basename(output)}.data`;
  const weightsFile = path.join(path.dirname(output), location);
  const sources = [source, ...[...locationsOf(whole.graph)].map((place) => path.join(path.dirname(source), place))];
  for (const [file, what] of [
    [output, 'written'],
    [weightsFile, 'written for its weights'],
  ] as const) {
    const over = sources.find((item) => realPath(item) === realPath(file));
    if (over !== undefined)
      throw new UsageError(`${file} would be ${what}, and is a file of the model itself`, 'choose another --output');
  }
  const isExternal = locationsOf(part.graph).size > 0;
  if (shareWeights && isExternal && realPath(path.dirname(output)) !== realPath(path.dirname(source))) {
    throw new UsageError(
      '--share-weights is for a part in the folder of the model: ONNX finds weights beside the file that names them',
      `write it to ${path.dirname(source)}, or leave --share-weights out`,
    );
  }
  const weights = isExternal && !shareWeights ? { location } : 'keep';
  const written = writeModel(part, { weights, types: infer(part.graph).types, isSameIn });
  // The weights first: a model without them would look whole.
  if (written.weights !== undefined) await write(weightsFile, written.weights);
  await write(output, written.model);
  return {
    model: { path: output, byteLength: written.model.byteLength },
    weights: written.weights === undefined ? null : { path: weightsFile, byteLength: written.weights.byteLength },
  };
}

/** The files that weights of the graph, or of one inside it, are in. */
function locationsOf(graph: Graph, into: Set<string> = new Set()): Set<string> {
  const add = ({ place }: Constant) => {
    if (place !== undefined) into.add(place.location);
  };
  for (const constant of graph.constants.values()) add(constant);
  for (const node of graph.nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === 'tensor') add(attribute.value);
      else if (attribute.kind === 'tensors') attribute.value.forEach(add);
    }
    for (const { graph: inner } of subgraphsOf(node)) locationsOf(inner, into);
  }
  return into;
}

/** Of a file that is not there: in the folder as it really is. */
function realPath(file: string): string {
  const full = path.resolve(file);
  if (existsSync(full)) return realpathSync(full);
  const folder = path.dirname(full);
  return path.join(existsSync(folder) ? realpathSync(folder) : folder, path.basename(full));
}

async function write(file: string, content: Streamed): Promise<void> {
  try {
    await writeWhole(file, content.chunks());
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    cannotWrite(file, 'the part cannot be written', error, 'name another file with --output');
  }
}

function isSameIn(node: Node, opset: number): boolean {
  const operator = findOperator(node);
  return (
    operator !== undefined && sinceVersion(operator.versions, node.opset) === sinceVersion(operator.versions, opset)
  );
}
