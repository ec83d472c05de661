/** What inference says of a model's inputs and outputs, kept so that a session need not ask it. */
import { elementTypes } from '../../ir/element-type.js';
import type { Graph } from '../../ir/graph.js';
import type { ValueMetadata } from '../metadata.js';
import { DamagedEntry } from './image.js';
import { readRecord } from './record.js';
import type { CacheStore, StoredEntry } from './store.js';

export interface ModelFacts {
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Inputs that are compiled for by their elements. */
  readonly sizeInputs: readonly string[];
}

type Ports = Pick<Graph, 'inputs' | 'outputs'>;

/** @throws DamagedEntry for what is not as it was written, or not of such a graph */
export async function readFacts(store: CacheStore, entry: StoredEntry, graph: Ports): Promise<ModelFacts> {
  const facts = (await readRecord(store, entry)) as ModelFacts;
  const { inputMetadata, outputMetadata, sizeInputs } = facts;
  const names = new Set(graph.inputs.map(({ name }) => name));
  const isSound =
    areOf(inputMetadata, graph.inputs) &&
    areOf(outputMetadata, graph.outputs) &&
    Array.isArray(sizeInputs) &&
    sizeInputs.every((name) => names.has(name));
  if (!isSound) throw new DamagedEntry('it is of other inputs or outputs');
  return facts;
}

function areOf(list: readonly ValueMetadata[], values: Ports['inputs']): boolean {
  if (!Array.isArray(list) || list.length !== values.length) return false;
  return (list as readonly ValueMetadata[]).every((item, i) => {
    if (item?.name !== values[i]!.name) return false;
    if (!item.isTensor) return true;
    const isSize = (size: unknown) => typeof size === 'number' || typeof size === 'string';
    return elementTypes.some((type) => type === item.type) && Array.isArray(item.shape) && item.shape.every(isSize);
  });
}
