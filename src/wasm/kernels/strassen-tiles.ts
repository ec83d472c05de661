/** The innermost parts of Strassen's products: tiles whose sums go on from others, and sums of quarters. */
import { forRange, loadVector, move, repeat } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { type Local, load, op } from '../expression.js';
import { type FunctionBuilder, type FunctionReference, takes } from '../function.js';
import { finishPixels } from './convolution-tile.js';
import type { Elementwise } from './elementwise-expression.js';
import { addProducts, type KernelTarget } from './kernel.js';
import { emitPlaces, type Track } from './pixel-path.js';
import { type Sized, sizedFunction } from './sized.js';
import { storeVectors } from './store-columns.js';
import { emitSteps, givenLoops, loopForm, sizesOf, sumLoops } from './tile.js';

export interface StrassenTile {
  readonly pixels: number;
  readonly columns: number;
  /** Length of the sum. */
  readonly terms: number;
  /** Whether rows of pixels have gaps between them. */
  readonly crosses: boolean;
  /** Whether the sums are stored, as rows of a panel. */
  readonly isStored: boolean;
  /** What a part of the output becomes, if the sums are one. */
  readonly end: { readonly epilogue: Elementwise | undefined; readonly operands: number } | undefined;
}

/**
 * Several tiles, one after another. Own arguments: how often, weights, what sums begin with, its pitch, where they are stored; with an
 * end what is added then, its pitch, bias; then pointers, strides and, where rows have gaps, jumps of input, output and operands;
 * column and width. What sums begin with, and what is added, are rows of a panel: a matrix, or with a pitch of 0 one row for all.
 */
export function strassenTiles(target: KernelTarget, { pixels, columns, terms, ...form }: StrassenTile): Sized {
  const { module, tier } = target;
  const { crosses, isStored, end } = form;
  const loops = sumLoops([{ size: terms, stride: 1 }], columns * 4);
  const tracked = end === undefined ? 1 : 2 + end.operands;
  const own = 5 + (end ? 3 : 0) + tracked * (crosses ? 3 : 2) + (crosses ? 2 : 0);
  const name = `strassen ${pixels} pixels x ${columns}`;
  const key = exactJson([form, loopForm(loops)]);
  return sizedFunction(module, { form: key, name, own }, { loops: sizesOf(loops) }, (f, args, { loops: given }) => {
    const rest = [...args];
    const some = (count: number) => rest.splice(0, count);
    const [times, weights, start, pitch, stored] = some(5) as [Local, Local, Local, Local, Local];
    const [more, morePitch, bias] = some(end ? 3 : 0);
    const [pointers, strides, jumps] = [some(tracked), some(tracked), some(crosses ? tracked : 0)];
    const [column, width] = rest;
    const row = column && width && { column, width };
    const [input, ...tracks] = pointers.map((pointer, i): Track => {
      return { pointer, stride: strides[i]!, jump: jumps[i] ?? 0 };
    }) as [Track, ...Track[]];
    const sizes = given.values();
    const sum = givenLoops(loops, () => sizes.next().value!);
    forRange(f, 0, times, 1, () => {
      // The column goes on with the output, where there is one.
      const before = row && end ? { ...row, column: f.local('i32', row.column) } : row;
      const rows = emitPlaces(f, pixels, before, [input])[0]!;
      const sums = rows.map(() => {
        const vectors = vectorsAt(f, start, columns);
        move(f, start, pitch);
        return vectors;
      });
      const b = f.local('i32', weights);
      const broadcast = f.local('v128');
      emitSteps(f, { tier, rows: [], columns, sum }, rows, b, (offset, vectors) => {
        for (const [m, totals] of sums.entries()) {
          f.set(broadcast, load('v128.load32_splat', rows[m]!, offset * 4));
          addProducts(f, tier, broadcast, vectors, totals);
        }
      });
      if (isStored) {
        for (const [m, vectors] of sums.entries()) storeVectors(f, stored, m * columns * 4, vectors);
        f.increase(stored, pixels * columns * 4);
      }
      if (end === undefined) return;
      const shift = vectorsAt(f, bias!, columns);
      for (const vectors of sums) {
        for (const [j, vector] of vectors.entries())
          f.set(vector, op('f32x4.add', vector, op('f32x4.add', loadVector(more!, j * 16), shift[j]!)));
        move(f, more!, morePitch!);
      }
      finishPixels(f, target, end.epilogue, { columns, writable: columns }, { count: pixels, row, tracks }, sums);
    });
  });
}

function vectorsAt(f: FunctionBuilder, address: Local, columns: number): Local[] {
  return Array.from({ length: columns / 4 }, (_, j) => f.local('v128', loadVector(address, j * 16)));
}

/**
 * Sums of quarters, float by float: of pixels of the upper and the lower half of the input S1 to S4, or of two panels of weights T1 to
 * T4, the last one negated. Arguments: one half or panel, the other, how far their second quarters are from their first; where sums go,
 * from one to the next; how many pixels (or 1), pairs of vectors of each; stride, jump, column, width.
 */
export function quarterSums({ module }: KernelTarget, of: 'input' | 'weights'): FunctionReference {
  return module.shared(`strassen sums ${of}`, () =>
    module.function(`strassen sums of ${of}`, takes(11), (f, ...args) => {
      const [above, below, right, to, next, pixels, pairs, stride, jump, column, width] = args as Eleven;
      const sums = [to, ...f.locals(3, 'i32')];
      const reads = f.locals(4, 'i32');
      const after = (pointer: Local, by: Local) => op('i32.add', pointer, by);
      for (let i = 1; i < 4; i++) f.set(sums[i]!, after(sums[i - 1]!, next));
      repeat(f, pixels, () => {
        const tracks = [above, below].map((pointer) => ({ pointer, stride, jump }));
        for (const [i, [place]] of emitPlaces(f, 1, { column, width }, tracks).entries()) {
          f.set(reads[i * 2]!, place!);
          f.set(reads[i * 2 + 1]!, after(place!, right));
        }
        repeat(f, pairs, () => {
          const read = (i: number): Pair => vectorsAt(f, reads[i]!, 8);
          const [x, right, below, last] = [read(0), read(1), read(2), read(3)];
          const each = (name: 'f32x4.add' | 'f32x4.sub', one: Pair, other: Pair): Pair =>
            one.map((vector, i) => f.local('v128', op(name, vector, other[i]!)));
          const isInput = of === 'input';
          const first = isInput ? each('f32x4.add', below, last) : each('f32x4.sub', below, x);
          const second = isInput ? each('f32x4.sub', first, x) : each('f32x4.sub', last, first);
          const third = isInput ? each('f32x4.sub', x, below) : each('f32x4.sub', last, below);
          const fourth = each('f32x4.sub', right, second);
          for (const [i, sum] of [first, second, third, fourth].entries()) storeVectors(f, sums[i]!, 0, sum);
          for (const pointer of [...reads, ...sums]) f.increase(pointer, 32);
        });
      });
    }),
  );
}

type Pair = readonly Local[];
type Eleven = [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
