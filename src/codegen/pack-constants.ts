/** What the plan's constants hold, made of the graph's: weights in the order that kernels read them, tables, biases. */
import { type NumberArray, numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import type { ConstantRecipe, PlanConstant, WeightSource } from '../plan/execution-plan.js';
import { panelsOf } from '../wasm/kernels/convolution.js';
import { filtering, type Matrix } from '../wasm/kernels/winograd/matrices.js';

/**
 * Fills the memory of constants of a plan. A tensor of the graph is loaded when the first of them needs it, and let go of
 * after the last.
 * @param load a constant of the graph, by the name of its value
 * @param placeOf memory of a constant, `floats` long and zero; undefined where it is there already
 */
export function packConstants(
  constants: readonly PlanConstant[],
  load: (value: string) => Tensor,
  placeOf: (constant: PlanConstant) => Float32Array | undefined,
): void {
  const wanted = constants.flatMap((constant) => {
    const place = placeOf(constant);
    return place === undefined ? [] : [{ recipe: constant.recipe, place }];
  });
  const uses = new Map<string, number>();
  for (const { recipe } of wanted) {
    for (const value of valuesOf(recipe)) uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  const loaded = new Map<string, NumberArray>();
  const numbers = (value: string): NumberArray => {
    const known = loaded.get(value) ?? numbersOf(load(value));
    loaded.set(value, known);
    return known;
  };
  for (const { recipe, place } of wanted) {
    packConstant(recipe, numbers, place);
    for (const value of valuesOf(recipe)) {
      const left = uses.get(value)! - 1;
      uses.set(value, left);
      if (left === 0) loaded.delete(value);
    }
  }
}

/** The constants of the graph that a recipe needs. */
export function valuesOf(recipe: ConstantRecipe): ReadonlySet<string> {
  if (recipe.kind === 'bytes') return new Set();
  if (recipe.kind === 'elements' || recipe.kind === 'rows') return new Set([recipe.value]);
  return new Set(recipe.pieces.map(({ value }) => value));
}

/** @param into zeros */
function packConstant(recipe: ConstantRecipe, numbers: (value: string) => NumberArray, into: Float32Array): void {
  switch (recipe.kind) {
    case 'bytes':
      copyBase64(recipe.base64, new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
      return;
    case 'elements':
      into.set(numbers(recipe.value));
      return;
    case 'rows':
      packRows(numbers(recipe.value), recipe.columns, recipe.stride, into);
      return;
  }
  let position = 0;
  for (const piece of recipe.pieces) {
    const data = numbers(piece.value);
    switch (recipe.kind) {
      case 'panels':
      case 'depthwise':
        position = packPanels(data, piece, recipe.tileColumns, into, position);
        break;
      case 'narrow':
        position = packNarrow(data, piece, recipe.lanes, into, position);
        break;
      case 'winograd':
        position = packWinograd(data, piece, recipe, into, position);
    }
  }
}

function copyBase64(base64: string, into: Uint8Array): void {
  const text = atob(base64);
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
}

function packRows(data: NumberArray, columns: number, stride: number, into: Float32Array): void {
  for (let from = 0, to = 0; from < data.length; from += columns, to += stride) {
    into.set(data.subarray(from, from + columns), to);
  }
}

/** Elements that are read while they stay in the nearest cache. */
const cachedElements = 8192;

/** Panel by panel, taps of channels, the columns of the panel. Channels are taken in blocks: a block's taps lie together. */
function packPanels(
  data: NumberArray,
  { base, taps, channels, channelStride, columns, columnStride }: WeightSource,
  tileColumns: number,
  into: Float32Array,
  start: number,
): number {
  let position = start;
  for (const panel of panelsOf(columns, { pixels: 1, columns: tileColumns })) {
    const width = Math.min(panel.columns, columns - panel.first);
    const block = Math.max(1, Math.floor(cachedElements / (taps.length * panel.columns)));
    const origin = base + panel.first * columnStride;
    for (let first = 0; first < channels; first += block) {
      const end = Math.min(channels, first + block);
      for (let tap = 0; tap < taps.length; tap++) {
        let from = origin + taps[tap]! + first * channelStride;
        let to = position + (tap * channels + first) * panel.columns;
        for (let channel = first; channel < end; channel++) {
          for (let j = 0; j < width; j++) into[to + j] = data[from + j * columnStride]!;
          from += channelStride;
          to += panel.columns;
        }
      }
    }
    position += taps.length * channels * panel.columns;
  }
  return position;
}

/** Tap by tap, so many channels at a time, column by column. */
function packNarrow(
  data: NumberArray,
  { base, taps, channels, channelStride, columns, columnStride }: WeightSource,
  lanes: number,
  into: Float32Array,
  start: number,
): number {
  let position = start;
  for (const tap of taps) {
    for (let first = 0; first < channels; first += lanes) {
      const count = Math.min(lanes, channels - first);
      for (let column = 0; column < columns; column++) {
        const from = base + tap + first * channelStride + column * columnStride;
        for (let lane = 0; lane < count; lane++) into[position + lane] = data[from + lane * channelStride]!;
        position += lanes;
      }
    }
  }
  return position;
}

/** Transformed in double precision, all columns of a panel side by side: point by point, then as panels. */
function packWinograd(
  data: NumberArray,
  { base, taps, channels, channelStride, columns, columnStride }: WeightSource,
  recipe: Extract<ConstantRecipe, { readonly kind: 'winograd' }>,
  into: Float32Array,
  start: number,
): number {
  const { tileColumns } = recipe;
  const high = filtering(recipe.outputs[0], recipe.taps[0]);
  const wide = filtering(recipe.outputs[1], recipe.taps[1]);
  const left = flat(high.weightTransform);
  const right = flat(wide.weightTransform);
  const panels = panelsOf(columns, { pixels: 1, columns: tileColumns });
  const plane = high.taps * wide.taps;
  // Of a volume the taps of a slice follow one another; each slice of channels is transformed by itself.
  const terms = (taps.length / plane) * channels;
  const pointSize = terms * panels.reduce((sum, panel) => sum + panel.columns, 0);
  const tapsWide = wide.taps;
  const window = new Float64Array(plane * tileColumns);
  const half = new Float64Array(high.points * tapsWide * tileColumns);
  const sums = new Float64Array(tileColumns);
  for (const panel of panels) {
    const width = Math.min(panel.columns, columns - panel.first);
    for (let term = 0; term < terms; term++) {
      const firstTap = Math.floor(term / channels) * plane;
      const from = base + (term % channels) * channelStride + panel.first * columnStride;
      for (let tap = 0; tap < plane; tap++) {
        const at = from + taps[firstTap + tap]!;
        for (let j = 0; j < width; j++) window[tap * tileColumns + j] = data[at + j * columnStride]!;
      }
      half.fill(0);
      for (let p = 0; p < high.points; p++) {
        for (let y = 0; y < high.taps; y++) {
          const factor = left[p * high.taps + y]!;
          const source = y * tapsWide * tileColumns;
          const target = p * tapsWide * tileColumns;
          for (let i = 0; i < tapsWide * tileColumns; i++) half[target + i]! += factor * window[source + i]!;
        }
      }
      let to = start + panel.first * terms + term * panel.columns;
      for (let p = 0; p < high.points; p++) {
        for (let q = 0; q < wide.points; q++) {
          sums.fill(0);
          for (let x = 0; x < tapsWide; x++) {
            const factor = right[q * tapsWide + x]!;
            const source = (p * tapsWide + x) * tileColumns;
            for (let j = 0; j < width; j++) sums[j]! += factor * half[source + j]!;
          }
          for (let j = 0; j < width; j++) into[to + j] = sums[j]!;
          to += pointSize;
        }
      }
    }
  }
  return start + high.points * wide.points * pointSize;
}

function flat(matrix: Matrix): Float64Array {
  return Float64Array.from(matrix.flat());
}
