/** The float32 constants that a plan derives from those of its graph: quantized ones, and weights that add up. */
import type { Constant } from '../ir/graph.js';
import { type NumberArray, numbersOf } from '../ir/numeric.js';
import { elementCount, Tensor } from '../ir/tensor.js';
import type { DerivedConstant } from './execution-plan.js';
import { pointWeights } from './point-weights.js';

/**
 * A constant whose elements are computed whenever it is loaded.
 * @param find a constant of the graph, by the name of its value
 */
export function derivedConstant(recipe: DerivedConstant, find: (value: string) => Constant): Constant {
  return {
    type: 'float32',
    dims: recipe.dims,
    byteLength: elementCount(recipe.dims) * 4,
    storage: 'inline',
    load: () => derive(recipe, find),
  };
}

function derive(recipe: DerivedConstant, find: (value: string) => Constant): Tensor {
  const { dims, value, zeroPoint, scale, run, words, blocks } = recipe;
  if (recipe.isAtPoints === true) return atPoints(recipe, find);
  if (words !== undefined) return wordsOf(recipe, words, find);
  if (recipe.repeats !== undefined) return sumsOf(recipe, recipe.repeats, find);
  const load = (name: string | undefined) => (name === undefined ? undefined : numbersOf(find(name).load()));
  const [numbers, zeros, scales] = [load(value)!, load(zeroPoint), load(scale)];
  const elements = new Float32Array(elementCount(dims));
  for (let i = 0; i < elements.length; i++) {
    const place = blocks === undefined ? Math.floor(i / run) : blockAt(i, run, blocks);
    const zero = zeros ? zeros[place % zeros.length]! : 0;
    // In double precision, rounded once, as DequantizeLinear is.
    elements[i] = (numbers[i]! - zero) * (scales ? scales[place % scales.length]! : 1);
  }
  return new Tensor('float32', dims, elements);
}

/** The number of the zero point and scale of element `i`, of as many as there are. */
function blockAt(i: number, run: number, { size, length }: NonNullable<DerivedConstant['blocks']>): number {
  const line = Math.floor(i / run);
  const [outer, place] = [Math.floor(line / length), line % length];
  return (outer * Math.ceil(length / size) + Math.floor(place / size)) * run + (i % run);
}

/** Four bytes a word, zeros past the end of the axis. */
function wordsOf(
  { dims, value, zeroPoint, run }: DerivedConstant,
  { axis, base }: NonNullable<DerivedConstant['words']>,
  find: (value: string) => Constant,
): Tensor {
  const source = find(value);
  const numbers = numbersOf(source.load());
  const zeros = zeroPoint === undefined ? [0] : numbersOf(find(zeroPoint).load());
  const bytes = new Int8Array(elementCount(dims) * 4);
  const length = source.dims[axis]!;
  const inner = elementCount(source.dims.slice(axis + 1));
  let i = 0;
  for (let outer = 0; i < numbers.length; outer++) {
    for (let place = 0; place < length; place++) {
      const first = (outer * dims[axis]! + (place >> 2)) * inner * 4 + (place & 3);
      for (let k = 0; k < inner; k++, i++)
        bytes[first + k * 4] = numbers[i]! - base - zeros[Math.floor(i / run) % zeros.length]!;
    }
  }
  return new Tensor('float32', dims, new Float32Array(bytes.buffer));
}

function atPoints({ dims, value, zeroPoint }: DerivedConstant, find: (value: string) => Constant): Tensor {
  const source = find(value);
  const numbers = numbersOf(source.load());
  const zeros = zeroPoint === undefined ? [0] : numbersOf(find(zeroPoint).load());
  return pointWeights(dims, source.dims[1]!, numbers, zeros);
}

/** In double precision, rounded once. */
function sumsOf(
  { dims, value }: DerivedConstant,
  repeats: readonly number[],
  find: (value: string) => Constant,
): Tensor {
  const source = find(value);
  const numbers = numbersOf(source.load());
  /** For each element of the new kernel those of the old one, in row-major order, that it is the sum of. */
  let places: number[][] = [[0]];
  for (const [spatial, count] of repeats.entries()) {
    const [taps, length] = [source.dims[spatial + 2]!, dims[spatial + 2]!];
    places = places.flatMap((list) =>
      Array.from({ length }, (_, i) => {
        const [from, end] = [Math.max(0, taps - 1 - i), Math.min(taps, taps - 1 - i + count)];
        return list.flatMap((place) => Array.from({ length: end - from }, (_tap, k) => place * taps + from + k));
      }),
    );
  }
  const sums = new Float64Array(elementCount(dims));
  const oldSize = elementCount(source.dims.slice(2));
  for (const [tap, list] of places.entries())
    for (const place of list) addEach(sums, tap, places.length, numbers, place, oldSize);
  return new Tensor('float32', dims, new Float32Array(sums));
}

/** Apart, since it is compiled after some calls: until then each number that is read or added up is an object. */
function addEach(
  sums: Float64Array,
  first: number,
  step: number,
  numbers: NumberArray,
  firstNumber: number,
  numberStep: number,
): void {
  for (let at = first, from = firstNumber; at < sums.length; at += step, from += numberStep) {
    sums[at] = sums[at]! + numbers[from]!;
  }
}
