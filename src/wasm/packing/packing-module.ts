/**
 * Code that brings weights from the order of their tensor into that of kernels: compiled code does it many times faster
 * than a script that runs once. One module serves all plans; what differs is arguments.
 *
 * The engine optimizes functions between calls, not within one: calls are for pieces of some thousand elements.
 */
import { add, forRange, loadVector, storeVector } from '../arithmetic.js';
import {
  type Local,
  load,
  memoryCopy,
  memoryLaneOp,
  memoryOp,
  type Operand,
  op,
  shuffle32,
  v128Const,
} from '../expression.js';
import type { FunctionBuilder, FunctionReference } from '../function.js';
import { type MemoryLimits, ModuleBuilder } from '../module.js';

/** Counts are of elements or as named, strides and addresses in bytes. */
export interface Packing {
  /**
   * For each tap, an offset in the source that the table `taps` has: copies rows of `count` elements with distance `stride` to
   * contiguous rows, `rowBytes` apart. What follows the elements of a row stays.
   */
  gather(
    source: number,
    target: number,
    taps: number,
    tapCount: number,
    tapBytes: number,
    rows: number,
    rowStride: number,
    rowBytes: number,
    count: number,
    stride: number,
  ): void;
  /**
   * Multiplies runs of `elements` in place, each by the next factor; after the last factor, before `end`, comes the one at
   * `begin` again. Factors are float64, and so is the product before it is rounded.
   */
  scale(source: number, runs: number, elements: number, next: number, begin: number, end: number): void;
  /** Copies pieces of `bytes`, which are `sourceStride` apart, to where they are `targetStride` apart. */
  scatter(
    source: number,
    target: number,
    pieces: number,
    bytes: number,
    sourceStride: number,
    targetStride: number,
  ): void;
}

/**
 * left · window · rightᵀ of `vectors` times four windows side by side, in float64: taps lie `tapBytes` apart in the source,
 * points as far in the target as `pointBytes` says. The matrices are float64, a row a point.
 */
export type Transform = (
  source: number,
  target: number,
  vectors: number,
  tapBytes: number,
  pointBytes: number,
  left: number,
  leftPoints: number,
  right: number,
  rightPoints: number,
) => void;

/** Taps of a filter: height, then width. */
export type FilterTaps = readonly [number, number];

/**
 * Imports its memory as `host.memory`; exports the functions of `Packing`, a `Transform` for each filter, and what `emitHalves`
 * adds where weights of 16 bits are packed (half-packing.ts).
 */
export function emitPacking(
  memory: MemoryLimits,
  filters: readonly FilterTaps[],
  emitHalves?: (module: ModuleBuilder) => void,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('host', 'memory', memory);
  module.export(gather(module), 'gather');
  module.export(scale(module), 'scale');
  module.export(scatter(module), 'scatter');
  for (const taps of filters) module.export(transform(module, taps), transformName(taps));
  emitHalves?.(module);
  return module.toBytes();
}

export function transformName(taps: FilterTaps): string {
  return `transform ${taps.join('x')}`;
}

/** So many locals. */
type Locals<Count extends number, Taken extends readonly Local[] = []> = Taken['length'] extends Count
  ? Taken
  : Locals<Count, readonly [...Taken, Local]>;

/** A function of so many i32. */
function define<Count extends number>(
  module: ModuleBuilder,
  name: string,
  count: Count,
  body: (f: FunctionBuilder, params: Locals<Count>) => void,
): FunctionReference {
  const params = new Array<'i32'>(count).fill('i32');
  return module.function(name, { params, results: [] }, (f, ...locals) => body(f, locals as unknown as Locals<Count>));
}

function advance(f: FunctionBuilder, pointer: Local, by: Operand): void {
  f.set(pointer, add(pointer, by));
}

/** Repeats the body while at least `step` are left. */
function inSteps(f: FunctionBuilder, left: Local, step: number, body: () => void): void {
  f.block((done) => {
    f.loop((again) => {
      f.brIf(done, op('i32.lt_s', left, step));
      body();
      f.increase(left, -step);
      f.br(again);
    });
  });
}

function gather(module: ModuleBuilder): FunctionReference {
  return define(module, 'gather', 10, (f, params) => {
    const [source, target, taps, tapCount, tapBytes, rows, rowStride, rowBytes, count, stride] = params;
    const [row, from, to, left, other] = f.locals(5, 'i32') as [Local, Local, Local, Local, Local];
    const vector = f.local('v128');
    const eachRow = (four: () => void) => {
      forRange(f, 0, rows, 1, () => {
        f.set(from, row);
        f.set(other, to);
        f.set(left, count);
        inSteps(f, left, 4, () => {
          four();
          f.increase(other, 16);
        });
        inSteps(f, left, 1, () => {
          f.run(memoryOp('i32.store', 0, other, load('i32.load', from)));
          advance(f, from, stride);
          f.increase(other, 4);
        });
        advance(f, row, rowStride);
        advance(f, to, rowBytes);
      });
    };
    forRange(f, 0, tapCount, 1, () => {
      f.set(row, add(source, load('i32.load', taps)));
      f.set(to, target);
      f.if(
        op('i32.eq', stride, 4),
        () =>
          eachRow(() => {
            storeVector(f, other, 0, loadVector(from));
            f.increase(from, 16);
          }),
        () =>
          eachRow(() => {
            f.set(vector, load('v128.load32_zero', from));
            for (let lane = 1; lane < 4; lane++) {
              advance(f, from, stride);
              f.set(vector, memoryLaneOp('v128.load32_lane', 0, lane, from, vector));
            }
            advance(f, from, stride);
            storeVector(f, other, 0, vector);
          }),
      );
      f.increase(taps, 4);
      advance(f, target, tapBytes);
    });
  });
}

/** Two float64 of each half of four float32, and back. */
function halvesOf(vector: Operand): [Operand, Operand] {
  return [
    op('f64x2.promote_low_f32x4', vector),
    op('f64x2.promote_low_f32x4', shuffle32(vector, vector, [2, 3, 2, 3])),
  ];
}

function joined(low: Operand, high: Operand): Operand {
  return shuffle32(op('f32x4.demote_f64x2_zero', low), op('f32x4.demote_f64x2_zero', high), [0, 1, 4, 5]);
}

function scale(module: ModuleBuilder): FunctionReference {
  return define(module, 'scale', 6, (f, [source, runs, elements, next, begin, end]) => {
    const left = f.local('i32');
    const vector = f.local('v128');
    const factor = f.local('v128');
    forRange(f, 0, runs, 1, () => {
      f.set(factor, load('v128.load64_splat', next));
      f.set(left, elements);
      inSteps(f, left, 4, () => {
        f.set(vector, loadVector(source));
        const [low, high] = halvesOf(vector);
        storeVector(f, source, 0, joined(op('f64x2.mul', low, factor), op('f64x2.mul', high, factor)));
        f.increase(source, 16);
      });
      inSteps(f, left, 1, () => {
        const product = op('f64.mul', op('f64.promote_f32', load('f32.load', source)), load('f64.load', next));
        f.run(memoryOp('f32.store', 0, source, op('f32.demote_f64', product)));
        f.increase(source, 4);
      });
      f.increase(next, 8);
      f.if(op('i32.eq', next, end), () => f.set(next, begin));
    });
  });
}

function scatter(module: ModuleBuilder): FunctionReference {
  return define(module, 'scatter', 6, (f, [source, target, pieces, bytes, sourceStride, targetStride]) => {
    forRange(f, 0, pieces, 1, () => {
      f.run(memoryCopy(target, source, bytes));
      advance(f, source, sourceStride);
      advance(f, target, targetStride);
    });
  });
}

function transform(module: ModuleBuilder, filter: FilterTaps): FunctionReference {
  const [high, wide] = filter;
  return define(module, transformName(filter), 9, (f, params) => {
    const [source, target, vectors, tapBytes, pointBytes, left, leftPoints, right, rightPoints] = params;
    const window = Array.from({ length: high * wide }, () => f.locals(2, 'v128') as [Local, Local]);
    const half = Array.from({ length: wide }, () => f.locals(2, 'v128') as [Local, Local]);
    const [from, to, leftRow, rightRow] = f.locals(4, 'i32') as [Local, Local, Local, Local];
    const vector = f.local('v128');
    const factors = f.locals(Math.max(high, wide), 'v128');
    /** The sum that starts at +0, term by term. */
    const sum = (terms: readonly Local[]): Operand =>
      terms.reduce<Operand>(
        (total, term, i) => op('f64x2.add', total, op('f64x2.mul', factors[i]!, term)),
        v128Const(new Uint8Array(16)),
      );
    const loadFactors = (row: Local, count: number) => {
      for (let i = 0; i < count; i++) f.set(factors[i]!, load('v128.load64_splat', row, i * 8));
    };
    forRange(f, 0, vectors, 1, () => {
      f.set(from, source);
      for (const [low, up] of window) {
        f.set(vector, loadVector(from));
        const halves = halvesOf(vector);
        f.set(low, halves[0]);
        f.set(up, halves[1]);
        advance(f, from, tapBytes);
      }
      f.set(to, target);
      f.set(leftRow, left);
      forRange(f, 0, leftPoints, 1, () => {
        loadFactors(leftRow, high);
        for (let x = 0; x < wide; x++) {
          for (const side of [0, 1] as const) {
            const terms = Array.from({ length: high }, (_, y) => window[y * wide + x]![side]);
            f.set(half[x]![side], sum(terms));
          }
        }
        f.increase(leftRow, high * 8);
        f.set(rightRow, right);
        forRange(f, 0, rightPoints, 1, () => {
          loadFactors(rightRow, wide);
          const [low, up] = ([0, 1] as const).map((side) => sum(half.map((pair) => pair[side])));
          storeVector(f, to, 0, joined(low!, up!));
          f.increase(rightRow, wide * 8);
          advance(f, to, pointBytes);
        });
      });
      f.increase(source, 16);
      f.increase(target, 16);
    });
  });
}
