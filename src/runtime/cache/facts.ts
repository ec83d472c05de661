/** What inference says of a model's inputs and outputs, kept so that a session need not ask it. */
import { elementTypes } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import type { ValueMetadata } from '../metadata.js';
import { DamagedEntry } from './image.js';
import { inputsOf, type KeptInput } from './ports.js';
import { readRecord } from './record.js';
import type { CacheStore, StoredEntry } from './store.js';

export interface ModelFacts {
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Inputs that are compiled for by their elements. */
  readonly sizeInputs: readonly string[];
}

/** Bytes of another file that a model names. */
export interface ExternalPart {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** The same in a record. */
export interface KeptFacts extends ModelFacts {
  /** A digest of all bytes that the model is made of. */
  readonly content: string;
  /** Where those are that are not in its own file. */
  readonly external: readonly ExternalPart[];
  /** Undefined where the model has to be read for its inputs. */
  readonly inputs: readonly Value[] | undefined;
}

/** The form of a record. */
export interface FactsRecord extends ModelFacts {
  readonly content: string;
  readonly external: readonly ExternalPart[];
  readonly inputs?: readonly KeptInput[] | undefined;
}

/** @throws DamagedEntry for what is not as it was written */
export async function readFacts(store: CacheStore, entry: StoredEntry): Promise<KeptFacts> {
  const facts = (await readRecord(store, entry)) as FactsRecord;
  const { inputMetadata, outputMetadata, sizeInputs, content, external } = facts;
  const inputs = facts.inputs === undefined ? undefined : inputsOf(facts.inputs);
  const isSound =
    areMetadata(inputMetadata) &&
    areMetadata(outputMetadata) &&
    (inputs === undefined || isOf(inputMetadata, inputs)) &&
    Array.isArray(sizeInputs) &&
    sizeInputs.every((name) => inputMetadata.some((input) => input.name === name)) &&
    typeof content === 'string' &&
    Array.isArray(external) &&
    (external as readonly Partial<ExternalPart>[]).every(isPart);
  if (!isSound) throw new DamagedEntry('it is of other inputs or outputs');
  return { inputMetadata, outputMetadata, sizeInputs, content, external, inputs };
}

/** Whether metadata are those of these inputs, or outputs. */
export function isOf(list: readonly ValueMetadata[], values: readonly Pick<Value, 'name'>[]): boolean {
  return list.length === values.length && list.every(({ name }, i) => name === values[i]?.name);
}

function isPart(part: Partial<ExternalPart>): boolean {
  const isCount = (number: unknown) => Number.isSafeInteger(number) && (number as number) >= 0;
  return typeof part?.location === 'string' && isCount(part.offset) && isCount(part.length);
}

function areMetadata(list: readonly ValueMetadata[]): boolean {
  if (!Array.isArray(list)) return false;
  return (list as readonly ValueMetadata[]).every((item) => {
    if (typeof item?.name !== 'string') return false;
    if (!item.isTensor) return item.isTensor === false;
    const isSize = (size: unknown) => typeof size === 'number' || typeof size === 'string';
    return elementTypes.some((type) => type === item.type) && Array.isArray(item.shape) && item.shape.every(isSize);
  });
}
