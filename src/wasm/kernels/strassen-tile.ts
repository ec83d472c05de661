/** Tiles of Strassen's products, and the sums that they are made of. */
import { forRange, loadVector, move, multiply, repeat } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { finishPixels } from './convolution-tile.js';
import type { Elementwise } from './elementwise-expression.js';
import { addProducts, type KernelTarget } from './kernel.js';
import { emitPlaces, type Track } from './pixel-path.js';
import { type Sized, sizedFunction } from './sized.js';
import { storeVectors } from './store-columns.js';
import { emitSteps, givenLoops, loopForm, sizesOf, sumLoops } from './tile.js';

/** Rows of the width of a panel: a matrix, or one row for all, whose pitch is 0. */
export interface PanelRows {
  readonly at: Operand;
  readonly pitch: number;
}

export interface StrassenTileForm {
  readonly pixels: number;
  readonly columns: number;
  /** Length of the sum. */
  readonly terms: number;
  /** Whether the input's rows end within a tile. */
  readonly crosses: boolean;
}

/** What becomes of sums that are a part of the output. */
export interface StrassenEnd {
  readonly epilogue: Elementwise | undefined;
  readonly operandCount: number;
  /** Whether the sums are kept as well, before the rest is added. */
  readonly keeps: boolean;
}

/**
 * Several tiles whose sums are stored.
 * Own arguments: input, weights, what sums begin with, its pitch, where they go, how often; input stride; column, width, jump.
 */
export function storedTiles({ module, tier }: KernelTarget, form: StrassenTileForm): Sized {
  const { pixels, columns, terms, crosses } = form;
  const loops = sumLoops([{ size: terms, stride: 1 }], columns * 4);
  const key = exactJson([loopForm(loops), crosses]);
  const name = `strassen ${pixels} pixels x ${columns}`;
  return sizedFunction(module, { form: key, name, own: crosses ? 10 : 7 }, { loops: sizesOf(loops) }, (f, own, s) => {
    const [input, weights, start, pitch, to, times, stride, column, width, jump] = own as [Local, Local, Local, Local, Local, Local, Local, Local?, Local?, Local?];
    const given = s.loops.values();
    const sum = givenLoops(loops, () => given.next().value!);
    const row = column && width ? { column, width } : undefined;
    forRange(f, 0, times, 1, () => {
      const rows = emitPlaces(f, pixels, row, [{ pointer: input, stride, jump: jump ?? 0 }])[0]!;
      const sums = startFrom(f, pixels, columns, start, pitch);
      emitProducts(f, tier, { columns, sum, rows, weights, sums });
      for (const [m, vectors] of sums.entries()) storeVectors(f, to, m * columns * 4, vectors);
      f.increase(to, pixels * columns * 4);
    });
  });
}

/**
 * Several tiles whose sums become a part of the output.
 * Own arguments: input, weights, start, its pitch, what is added, its pitch, bias, where sums are kept, output, operands, how often;
 * strides of input, output, operands; column, width, jumps of the same.
 */
export function finishedTiles(
  target: KernelTarget,
  form: StrassenTileForm,
  { epilogue, operandCount, keeps }: StrassenEnd,
): Sized {
  const { module, tier } = target;
  const { pixels, columns, terms, crosses } = form;
  const loops = sumLoops([{ size: terms, stride: 1 }], columns * 4);
  const key = exactJson([loopForm(loops), crosses, epilogue, operandCount, keeps]);
  const name = `strassen ${pixels} pixels x ${columns} to the output`;
  const tracked = 2 + operandCount;
  const count = 8 + tracked - 1 + 1 + tracked + (crosses ? 2 + tracked : 0);
  return sizedFunction(module, { form: key, name, own: count }, { loops: sizesOf(loops) }, (f, own, s) => {
    const rest = [...own];
    const some = (length: number) => rest.splice(0, length);
    const [input, weights, start, startPitch, more, morePitch, bias, kept] = some(8) as [Local, Local, Local, Local, Local, Local, Local, Local];
    const outputs = some(tracked - 1);
    const [times] = some(1) as [Local];
    const strides = some(tracked);
    const row = crosses ? { column: rest.shift()!, width: rest.shift()! } : undefined;
    const jumps = rest;
    const given = s.loops.values();
    const sum = givenLoops(loops, () => given.next().value!);
    const [inputTrack, ...tracks] = [input, ...outputs].map((pointer, i): Track => {
      return { pointer, stride: strides[i]!, jump: jumps[i] ?? 0 };
    }) as [Track, ...Track[]];
    forRange(f, 0, times, 1, () => {
      const before = row && { ...row, column: f.local('i32', row.column) };
      const rows = emitPlaces(f, pixels, before, [inputTrack])[0]!;
      const sums = startFrom(f, pixels, columns, start, startPitch);
      emitProducts(f, tier, { columns, sum, rows, weights, sums });
      const shift = Array.from({ length: columns / 4 }, (_, j) => f.local('v128', loadVector(bias, j * 16)));
      for (const [m, vectors] of sums.entries()) {
        if (keeps) storeVectors(f, kept, m * columns * 4, vectors);
        for (const [j, vector] of vectors.entries())
          f.set(vector, op('f32x4.add', vector, op('f32x4.add', loadVector(more, j * 16), shift[j]!)));
        move(f, more, morePitch);
      }
      if (keeps) f.increase(kept, pixels * columns * 4);
      finishPixels(f, target, epilogue, { columns, writable: columns }, { count: pixels, row, tracks }, sums);
    });
  });
}

function startFrom(f: FunctionBuilder, pixels: number, columns: number, start: Local, pitch: Local): Local[][] {
  return Array.from({ length: pixels }, () => {
    const vectors = Array.from({ length: columns / 4 }, (_, j) => f.local('v128', loadVector(start, j * 16)));
    move(f, start, pitch);
    return vectors;
  });
}

function emitProducts(
  f: FunctionBuilder,
  tier: KernelTarget['tier'],
  { columns, sum, rows, weights, sums }: {
    readonly columns: number;
    readonly sum: ReturnType<typeof givenLoops>;
    readonly rows: readonly Local[];
    readonly weights: Local;
    readonly sums: readonly Local[][];
  },
): void {
  const b = f.local('i32', weights);
  const broadcast = f.local('v128');
  emitSteps(f, { tier, rows: [], columns, sum }, rows, b, (offset, vectors) => {
    for (const [m, row] of sums.entries()) {
      f.set(broadcast, load('v128.load32_splat', rows[m]!, offset * 4));
      addProducts(f, tier, broadcast, vectors, row);
    }
  });
}

/**
 * Sums of four quarters, a row of so many floats of each pixel of the upper and the lower half: of the input S1 to S4.
 * Own arguments: upper, lower, from left to right quarter, to, from each sum to the next, pixels; stride; column, width, jump; pairs of
 * vectors of a row.
 */
export function rowSums({ module }: KernelTarget, crosses: boolean): ReturnType<typeof module.shared> {
  return module.shared(`strassen row sums ${crosses}`, () => {
    const type = { params: Array.from({ length: crosses ? 11 : 8 }, () => 'i32' as const), results: [] };
    return module.function('strassen row sums', type, (f, ...args) => {
      const [upper, lower, right, to, next, pixels, pairs, stride, column, width, jump] = args as [Local, Local, Local, Local, Local, Local, Local, Local, Local?, Local?, Local?];
      const row = column && width ? { column, width } : undefined;
      const sums = [to, ...f.locals(3, 'i32')];
      for (let i = 1; i < 4; i++) f.set(sums[i]!, op('i32.add', sums[i - 1]!, next));
      const [a11, a12, a21, a22] = f.locals(4, 'i32') as [Local, Local, Local, Local];
      forRange(f, 0, pixels, 1, () => {
        const [up, low] = emitPlaces(f, 1, row, [
          { pointer: upper, stride, jump: jump ?? 0 },
          { pointer: lower, stride, jump: jump ?? 0 },
        ]).map(([place]) => place!) as [Local, Local];
        f.set(a11, up);
        f.set(a12, op('i32.add', up, right));
        f.set(a21, low);
        f.set(a22, op('i32.add', low, right));
        repeat(f, pairs, () => {
          const at = (pointer: Local) => [0, 1].map((i) => f.local('v128', loadVector(pointer, i * 16)));
          const [x11, x12, x21, x22] = [a11, a12, a21, a22].map(at) as [Local[], Local[], Local[], Local[]];
          const each = (name: 'f32x4.add' | 'f32x4.sub', x: Local[], y: Local[]) =>
            x.map((vector, i) => f.local('v128', op(name, vector, y[i]!)));
          const s1 = each('f32x4.add', x21, x22);
          const s2 = each('f32x4.sub', s1, x11);
          const s3 = each('f32x4.sub', x11, x21);
          const s4 = each('f32x4.sub', x12, s2);
          for (const [i, sum] of [s1, s2, s3, s4].entries()) storeVectors(f, sums[i]!, 0, sum);
          for (const pointer of [a11, a12, a21, a22, ...sums]) f.increase(pointer, 32);
        });
      });
    });
  });
}

/**
 * The same of the weights of two panels: T1 to T4, of which the last is negated.
 * Arguments: one panel, the other, from the upper to the lower half, to, pairs of vectors.
 */
export function panelSums({ module }: KernelTarget): ReturnType<typeof module.shared> {
  return module.shared('strassen panel sums', () => {
    const type = { params: Array.from({ length: 5 }, () => 'i32' as const), results: [] };
    return module.function('strassen panel sums', type, (f, ...args) => {
      const [one, other, half, to, pairs] = args as [Local, Local, Local, Local, Local];
      const [b11, b12] = [one, other];
      const [b21, b22] = [f.local('i32', op('i32.add', one, half)), f.local('i32', op('i32.add', other, half))];
      const sums = [to, ...f.locals(3, 'i32')];
      for (let i = 1; i < 4; i++) f.set(sums[i]!, op('i32.add', sums[i - 1]!, half));
      repeat(f, pairs, () => {
        const at = (pointer: Local) => [0, 1].map((i) => f.local('v128', loadVector(pointer, i * 16)));
        const [x11, x12, x21, x22] = [b11, b12, b21, b22].map(at) as [Local[], Local[], Local[], Local[]];
        const each = (x: Local[], y: Local[]) => x.map((vector, i) => f.local('v128', op('f32x4.sub', vector, y[i]!)));
        const t1 = each(x12, x11);
        const t2 = each(x22, t1);
        const t3 = each(x22, x12);
        const t4 = each(x21, t2);
        for (const [i, sum] of [t1, t2, t3, t4].entries()) storeVectors(f, sums[i]!, 0, sum);
        for (const pointer of [b11, b12, b21, b22, ...sums]) f.increase(pointer, 32);
      });
    });
  });
}
