/** Random legal nodes: the numbers, shapes and attributes that they are made of. */
import { type ElementType, elementTypeFacts, isBigInt } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, int64, Tensor } from '../../../src/ir/tensor.js';
import type { OperatorSchema } from '../../../src/ops/operator.js';
import type { AttributeInput } from '../../support/run-operator.js';

export const wholeTypes = ['int64', 'int32', 'uint8', 'int8', 'int16', 'uint16', 'uint32', 'uint64'] as const;
export type IntegerType = (typeof wholeTypes)[number];

/** What a generator makes; the operator, its version and the inputs that are constants are added to it. */
export interface RandomNode {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeInput | undefined>>;
  readonly outputs?: number;
  /** Inputs that are constants, whatever chance says. */
  readonly constants?: readonly number[];
  /** Largest difference as a share of the largest magnitude. */
  readonly tolerance?: number;
  /** Integers of the outputs may differ by one: quotients next to a half are rounded to either side. */
  readonly mayRoundOtherwise?: boolean;
}

/** Makes a node of the operator's `version`; attributes that it does not have are left out afterwards. */
export type Generator = (random: Random, version: number, schema: OperatorSchema) => RandomNode;

/** mulberry32: a seed names a node for good. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  maybe<T>(value: T, share = 0.5): T | undefined {
    return this.chance(share) ? value : undefined;
  }

  list<T>(length: number, make: (i: number) => T): T[] {
    return Array.from({ length }, (_, i) => make(i));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }

  /** A size: mostly small, now and then past a vector's lanes, rarely none. */
  size(least = 0): number {
    if (least === 0 && this.chance(0.02)) return 0;
    return this.chance(0.15) ? this.int(8, 19) : this.int(1, 6);
  }

  /** Sizes of `least` to `most` axes whose product is bounded. */
  dims(least = 0, most = 6): number[] {
    const rank = this.int(least, most);
    const dims = this.list(rank, () => this.size());
    while (elementCount(dims) > 3000) dims[dims.indexOf(Math.max(...dims))] = this.int(1, 3);
    return dims;
  }

  /** An axis of a rank, from either end. */
  axis(rank: number): number {
    return this.int(-rank, rank - 1);
  }

  /** Distinct axes, in any order, from either end. */
  axes(rank: number, least = 0): number[] {
    return this.shuffled(this.list(rank, (axis) => axis))
      .slice(0, this.int(least, rank))
      .map((axis) => (this.chance(0.3) ? axis - rank : axis));
  }

  floats(dims: readonly number[], low = -2, high = 2): Tensor {
    return tensorFromNumbers(
      'float32',
      dims,
      this.list(elementCount(dims), () => low + (high - low) * this.next()),
    );
  }

  integers(type: ElementType, dims: readonly number[], low: number, high: number): Tensor {
    return tensorFromNumbers(
      type,
      dims,
      this.list(elementCount(dims), () => this.int(low, high)),
    );
  }

  /** Integers of a type, small ones and those at its ends. */
  wholes(type: IntegerType, dims: readonly number[]): Tensor {
    const { bits, kind } = elementTypeFacts(type);
    const [least, most] =
      kind === 'signed' ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
    const numbers = this.list(elementCount(dims), () => {
      const small = BigInt(this.int(kind === 'signed' ? -5 : 0, 6));
      return this.chance(0.7) ? small : this.pick([least, most, least + small * small, most / 3n, most - 1n]);
    });
    const array = new (elementTypeFacts(type).array!)(numbers.length);
    for (const [i, number] of numbers.entries()) array[i] = isBigInt(type) ? number : Number(number);
    return new Tensor(type, dims, array);
  }

  /** Dims that broadcast to `onto`: fewer axes, or ones. */
  broadcast(onto: readonly number[]): number[] {
    const dims = onto.map((size) => (this.chance(0.25) ? 1 : size));
    return this.chance(0.3) ? dims.slice(this.int(0, dims.length)) : dims;
  }
}

export function list64(numbers: readonly number[]): Tensor {
  return int64([numbers.length], numbers);
}

export function float(value: number): AttributeInput {
  return { kind: 'float', value: Math.fround(value) };
}

export function floats(values: readonly number[]): AttributeInput {
  return { kind: 'floats', value: values.map(Math.fround) };
}

export function ints(values: readonly number[]): AttributeInput {
  return { kind: 'ints', value: values.map(BigInt) };
}
