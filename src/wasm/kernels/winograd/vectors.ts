/** Vectors of a transform in memory: eight channels, at points whose distance is known when it is emitted, or when it runs. */
import { add, loadVector, minimum, move, multiply } from '../../arithmetic.js';
import { type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { storeVectors } from '../store-columns.js';
import type { Lanes } from './linear.js';
import { chunk, vectorColumns, vectors } from './tiling.js';

export const laneBytes = vectorColumns * 4;
export const chunkBytes = chunk * 4;
/** Times eight channels in a chunk. */
export const mostGroups = chunk / vectorColumns;

export function loadLanes(f: FunctionBuilder, address: Local, offset = 0): Lanes {
  return Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(address, offset + i * 16)));
}

/** Bytes from one to the next. The last one may be somewhere else: so far from the first. */
export interface Spacing {
  readonly pitch: Operand;
  readonly last?: Local;
}

/** Runs the body for each of some places that begin at an address: with an address, and what is added to it. */
export function eachPlace(
  f: FunctionBuilder,
  start: Local,
  count: number,
  { pitch, last }: Spacing,
  body: (address: Local, offset: number, index: number) => void,
): void {
  const address = typeof pitch === 'number' ? start : f.local('i32', start);
  for (let i = 0; i < count; i++) {
    if (last !== undefined && i === count - 1) body(f.local('i32', add(start, last)), 0, i);
    else if (typeof pitch === 'number') body(start, i * pitch, i);
    else {
      if (i > 0) f.set(address, add(address, pitch));
      body(address, 0, i);
    }
  }
}

export function loadPlaces(f: FunctionBuilder, start: Local, count: number, spacing: Spacing): Lanes[] {
  const values: Lanes[] = [];
  eachPlace(f, start, count, spacing, (address, offset) => values.push(loadLanes(f, address, offset)));
  return values;
}

export function storePlaces(f: FunctionBuilder, start: Local, values: readonly Lanes[], spacing: Spacing): void {
  eachPlace(f, start, values.length, spacing, (address, offset, i) => storeVectors(f, address, offset, values[i]!));
}

/** A loop in which a pointer goes to each of some places that begin at an address. */
export function loopPlaces(
  f: FunctionBuilder,
  pointer: Local,
  start: Local,
  count: number,
  { pitch, last }: Required<Spacing>,
  body: () => void,
): void {
  const left = f.local('i32', count);
  f.set(pointer, start);
  f.loop((again) => {
    f.if(op('i32.eq', left, 1), () => f.set(pointer, add(start, last)));
    body();
    move(f, pointer, pitch);
    f.increase(left, -1);
    f.brIf(again, left);
  });
}

/** Runs the body for each of so many times eight channels, from where the pointers are on. It moves them, unless there is one time only. */
export function alongChannels(
  f: FunctionBuilder,
  pointers: readonly [Local, ...Local[]],
  count: Operand,
  body: () => void,
): void {
  if (count === 1) {
    body();
    return;
  }
  const end = f.local('i32', add(pointers[0], multiply(count, laneBytes)));
  f.loop((again) => {
    body();
    for (const pointer of pointers) f.increase(pointer, laneBytes);
    f.brIf(again, op('i32.ne', pointers[0], end));
  });
}

/**
 * Runs the body for pieces of so many times eight channels, at least one: with how many times eight there are, at most `chunk`.
 * @param groups undefined where there is one
 */
export function inChunks(f: FunctionBuilder, groups: Local | undefined, body: (count: Operand) => void): void {
  if (groups === undefined) {
    body(1);
    return;
  }
  const left = f.local('i32', groups);
  const count = f.local('i32');
  f.loop((again) => {
    f.set(count, minimum(f, left, mostGroups));
    body(count);
    f.set(left, op('i32.sub', left, count));
    f.brIf(again, left);
  });
}
