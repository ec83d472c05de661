/**
 * The lock file: the shapes that were last accepted, one on each line, so that the file's own diff shows changes.
 *
 *     # unstride lock 1
 *
 *     models/unet.onnx
 *       input image float32[N, 1, H, W]
 *       value conv float32[N, 4, H, W] Conv
 *       output logits float32[N, 1, H, W] Conv
 */

import { printable } from '../diagnostics/printable.js';
import type { Inference } from '../infer/infer.js';
import { parseDim } from '../ir/dim/parse.js';
import { type Bindings, type Dim, formatDim, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { Uses } from '../ir/uses.js';
import { nameMatcher } from './name-pattern.js';
import { splitSizes } from './shape-pattern.js';

export type LockedKind = 'input' | 'value' | 'output';

export interface LockedValue {
  readonly kind: LockedKind;
  readonly name: string;
  /** `float32[N, 4, H, W]`; a size that cannot be known is `?`. */
  readonly type: string;
  /** The operator that produces the value; undefined for inputs and constants. */
  readonly op: string | undefined;
}

export interface LockedModel {
  /** Relative to the lock file, with `/` between the parts. */
  readonly file: string;
  readonly values: readonly LockedValue[];
}

export interface LockChange {
  readonly kind: LockedKind;
  readonly name: string;
  readonly op: string | undefined;
  /** The locked type; undefined for a new value. */
  readonly from: string | undefined;
  /** The current type; undefined for a removed value. */
  readonly to: string | undefined;
}

/**
 * The values to lock: inputs, inner values in graph order, and outputs.
 * @param patterns for the names of inner values; undefined for all inner values, except those whose name is just a
 * number and those that only compute sizes, since every export writes these differently
 */
export function lockedValues(
  graph: Graph,
  inference: Pick<Inference, 'types'>,
  patterns: readonly string[] | undefined,
): LockedValue[] {
  const outputs = new Set(graph.outputs);
  const { producers } = new Uses(graph);
  const matchers = patterns?.map(nameMatcher);
  const isWanted = (value: Value) =>
    matchers === undefined
      ? /\D/.test(value.name) && !computesSizes(inference.types.get(value))
      : matchers.some((matches) => matches(value.name));
  const entry = (kind: LockedKind, value: Value): LockedValue => ({
    kind,
    name: value.name,
    type: formatLockedType(inference.types.get(value)),
    op: opOf(producers.get(value)),
  });
  const inner = [...producers.keys()].filter((value) => !outputs.has(value) && isWanted(value));
  return [
    ...graph.inputs.map((value) => entry('input', value)),
    ...inner.map((value) => entry('value', value)),
    ...graph.outputs.map((value) => entry('output', value)),
  ];
}

function computesSizes(type: TensorType | undefined): boolean {
  const { elementType, shape } = type ?? {};
  const isInteger = elementType === 'int64' || elementType === 'int32' || elementType === 'bool';
  return isInteger && shape !== undefined && shape.length <= 1;
}

function opOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  return oneWord(node.domain === '' ? node.opType : `${node.domain}.${node.opType}`);
}

/** Symbols that inference generates are renumbered when nodes are added or removed, so they are all written as `?`. */
export function formatLockedType(type: TensorType | undefined): string {
  const dims = type?.shape?.map(formatKnownDim).join(', ') ?? '?';
  return printable(`${type?.elementType ?? '?'}[${dims}]`);
}

function formatKnownDim(dim: Dim): string {
  const isKnown = [...symbolsOf(dim).values()].every(({ reason }) => reason === undefined);
  return isKnown ? oneLine(formatDim(dim)) : '?';
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}

function oneWord(text: string): string {
  return text.replaceAll(/[\p{Cc}\s\]]/gu, '�');
}

/** The locked types with sizes bound. */
export function bindLocked(values: readonly LockedValue[], bindings: Bindings): LockedValue[] {
  return bindings.size === 0
    ? [...values]
    : values.map((value) => ({ ...value, type: bindType(value.type, bindings) }));
}

function bindType(type: string, bindings: Bindings): string {
  const [, element, list] = /^([^[]*)\[(.*)\]$/s.exec(type) ?? [];
  if (list === undefined || list === '') return type;
  const dims = splitSizes(list).map((text) => formatDim(substitute(parseDim(text), bindings)));
  return `${element}[${dims.join(', ')}]`;
}

/** The differences in the order of the model; removed values are in their former place. */
export function compareLocked(locked: readonly LockedValue[], now: readonly LockedValue[]): LockChange[] {
  const old = new Map(locked.map((value) => [keyOf(value), value]));
  const current = new Set(now.map(keyOf));
  const changes: LockChange[] = [];
  let place = 0;
  const passGone = (until: string | undefined) => {
    for (; place < locked.length && keyOf(locked[place]!) !== until; place++) {
      const { kind, name, op, type } = locked[place]!;
      if (!current.has(keyOf(locked[place]!))) changes.push({ kind, name, op, from: type, to: undefined });
    }
    place++;
  };
  const order = new Map(locked.map((value, i) => [keyOf(value), i]));
  for (const value of now) {
    const { kind, name, op, type } = value;
    const key = keyOf(value);
    const before = old.get(key);
    if (before !== undefined && order.get(key)! >= place) passGone(key);
    if (before === undefined) changes.push({ kind, name, op, from: undefined, to: type });
    else if (before.type !== type) changes.push({ kind, name, op, from: before.type, to: type });
  }
  passGone(undefined);
  return changes;
}

function keyOf({ kind, name }: Pick<LockedValue, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
