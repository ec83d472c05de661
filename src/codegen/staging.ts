/**
 * Elements of constants in the memory of an executor, for the code that packs them: whole tensors where there is room,
 * otherwise pieces, as they are asked for. float32 elements in a file are read straight into that memory.
 */
import type { Constant } from '../ir/graph.js';
import { type NumberArray, numbersOf } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';
import type { Packing } from '../wasm/packing/packing-module.js';

/** A part of memory, in bytes. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** Elements that one call scales, about: compiled code is optimized between calls. */
const scaledAtOnce = 16384;

export class Staging {
  private staged: { readonly constant: Constant; readonly from: number; readonly to: number } | undefined;
  /** The constant whose factors are in `factors`. */
  private scaled: Constant | undefined;
  private readonly loaded = new Map<Constant, NumberArray>();

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly packing: Pick<Packing, 'scale'>,
    private readonly factors: Region,
    private readonly elements: Region,
  ) {}

  /** Bytes that the factors of a constant take. */
  static factorBytes({ scaled }: Constant): number {
    return (scaled?.factors.length ?? 0) * 8;
  }

  /** Elements that are scaled by one factor, and so staged together. */
  static granule({ scaled }: Constant): number {
    return scaled?.elements ?? 1;
  }

  /**
   * Stages the elements from `from` to `to` - 1.
   * @returns the address that element 0 would have; valid until the next call
   */
  origin(constant: Constant, from: number, to: number): number {
    const staged = this.staged;
    if (staged?.constant === constant && staged.from <= from && to <= staged.to) return this.originOf(staged.from);
    const count = elementCount(constant.dims);
    const room = Math.floor(this.elements.bytes / 4);
    const granule = Staging.granule(constant);
    const start = count <= room ? 0 : from - (from % granule);
    const most = Math.min(count, start + room - (room % granule));
    if (to > most) throw new RangeError(`${to - start} elements in a place for ${room}`);
    // Where reading fails, nothing is staged.
    this.staged = undefined;
    this.read(constant, start, most, this.elements.address);
    this.staged = { constant, from: start, to: most };
    return this.originOf(start);
  }

  private originOf(from: number): number {
    return this.elements.address - from * 4;
  }

  /** All elements, to an address. */
  copy(constant: Constant, address: number): void {
    this.read(constant, 0, elementCount(constant.dims), address);
  }

  /** The elements on the script's heap; kept until `release`. */
  numbers(constant: Constant): NumberArray {
    let numbers = this.loaded.get(constant);
    if (numbers === undefined) {
      numbers = numbersOf(constant.load());
      this.loaded.set(constant, numbers);
    }
    return numbers;
  }

  release(constant: Constant): void {
    this.loaded.delete(constant);
  }

  private read(constant: Constant, from: number, to: number, address: number): void {
    const place = new Float32Array(this.memory.buffer, address, to - from);
    const { scaled } = constant;
    if (constant.readInto !== undefined) constant.readInto(place, from);
    else if (scaled?.source.readInto !== undefined) {
      scaled.source.readInto(place, from);
      this.scale(constant, from, to, address);
    } else place.set(this.numbers(constant).subarray(from, to));
  }

  /** @param from a multiple of the granule, as is `to` */
  private scale(constant: Constant, from: number, to: number, address: number): void {
    const { factors, rows, channels, elements } = constant.scaled!;
    if (this.scaled !== constant) {
      new Float64Array(this.memory.buffer, this.factors.address, factors.length).set(factors);
      this.scaled = constant;
    }
    const most = Math.max(1, Math.floor(scaledAtOnce / elements));
    const blockRuns = rows * channels;
    for (let run = from / elements; run < to / elements; ) {
      const block = Math.floor(run / blockRuns);
      const runs = Math.min(most, to / elements - run, (block + 1) * blockRuns - run);
      const begin = this.factors.address + block * channels * 8;
      const next = begin + (run % channels) * 8;
      this.packing.scale(address + (run * elements - from) * 4, runs, elements, next, begin, begin + channels * 8);
      run += runs;
    }
  }
}
