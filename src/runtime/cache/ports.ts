/** Inputs as a record has them, so that a session need not read the model for them. */
import { symbol, symbolsOf } from '../../ir/dim.js';
import { elementTypeFacts, elementTypes } from '../../ir/element-type.js';
import { declaredShape, Value } from '../../ir/graph.js';
import { DamagedEntry } from './image.js';

/** A number, or a symbol with the reason why it is open, where it has one. */
type KeptSize = number | readonly [name: string, reason: string | null];

export interface KeptInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly KeptSize[] | null;
}

/** Undefined where one of them is no tensor, or has sizes that are more than symbols. */
export function keptInputs(inputs: readonly Value[]): KeptInput[] | undefined {
  const kept: KeptInput[] = [];
  for (const input of inputs) {
    const { name, declared } = input;
    if (declared?.kind !== 'tensor' || declared.elementType === undefined) return undefined;
    const shape: KeptSize[] = [];
    for (const dim of declared.shape ?? []) {
      const [atom] = typeof dim === 'number' ? [] : symbolsOf(dim).values();
      const size: KeptSize | undefined = typeof dim === 'number' ? dim : atom && [atom.name, atom.reason ?? null];
      if (size === undefined || sizeOf(size) !== dim) return undefined;
      shape.push(size);
    }
    kept.push({ name, type: declared.elementType, shape: declaredShape(input) === undefined ? null : shape });
  }
  return kept;
}

/** @throws DamagedEntry */
export function inputsOf(data: unknown): Value[] {
  if (!Array.isArray(data)) throw new DamagedEntry('its inputs are no list');
  return (data as readonly Partial<KeptInput>[]).map((item) => {
    const { name, type, shape } = item ?? {};
    const elementType = elementTypes.find((known) => known === type);
    const isSound =
      typeof name === 'string' &&
      elementType !== undefined &&
      elementTypeFacts(elementType).array !== undefined &&
      (shape === null || (Array.isArray(shape) && shape.every(isSize)));
    if (!isSound) throw new DamagedEntry('an input is not what a model has');
    return new Value(name, { kind: 'tensor', elementType, shape: shape === null ? undefined : shape.map(sizeOf) });
  });
}

function isSize(size: unknown): size is KeptSize {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0;
  const [name, reason] = Array.isArray(size) ? (size as readonly unknown[]) : [];
  return typeof name === 'string' && (reason === null || typeof reason === 'string');
}

function sizeOf(size: KeptSize) {
  if (typeof size === 'number') return size;
  const [name, reason] = size;
  return symbol(name, reason === null ? {} : { reason });
}
