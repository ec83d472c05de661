/**
 * Weights of 16 bits in panels, widened to float32 in registers. A word has two of them: column i of a panel of n in its low half,
 * column i + n/2 in its high one, so that vectors of words become vectors of neighboring columns.
 *
 * float16 lies there as a multiple of a power of two, which a row of its own says before the terms of each panel: weights
 * become as large as float16 can hold, so that none but those below 2^-29 of the largest would be subnormal, and these are zeros.
 * What is left of widening is to move the bits to where float32 has them, and one exact multiplication.
 */
import { add, integers, loadVector } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

export type WeightType = 'float32' | 'float16' | 'bfloat16';

/** Terms that a panel has room for before its first one: the factor. */
export function headerTerms(type: WeightType): number {
  return type === 'float16' ? 1 : 0;
}

export function weightBytes(type: WeightType): number {
  return type === 'float32' ? 4 : 2;
}

/** How B lies in memory: by default one panel of float32. */
export interface PanelWeights {
  readonly type: WeightType;
  /** After how many terms of its panel it begins. */
  readonly first: number;
  /** Panels whose terms are read in turns, and how many bytes they are apart. */
  readonly panels: number;
  readonly panelBytes: number;
}

/** Loads the weights of a term, panel by panel. */
export type LoadTerm = (term: number, vectors: readonly Local[]) => void;

/**
 * @param columns of a panel
 * @param b the address of the first term
 */
export function loadTerms(f: FunctionBuilder, weights: PanelWeights, columns: number, b: Operand): LoadTerm {
  const { type, first, panels, panelBytes } = weights;
  const eachPanel = (load: (panel: number, start: number, vectors: readonly Local[]) => void): LoadTerm => {
    const termBytes = columns * weightBytes(type);
    return (term, vectors) => {
      for (let panel = 0; panel < panels; panel++) {
        const own = vectors.slice((panel * columns) / 4, ((panel + 1) * columns) / 4);
        load(panel, term * termBytes + panel * panelBytes, own);
      }
    };
  };
  if (type === 'float32') {
    return eachPanel((_, start, vectors) => {
      for (const [j, vector] of vectors.entries()) f.set(vector, loadVector(b, start + j * 16));
    });
  }
  const isShort = type === 'bfloat16';
  const half = columns / 8;
  const words = f.locals(half, 'v128');
  const mask = integers(f, isShort ? -0x10000 : -0x70002000);
  const factors = Array.from({ length: isShort ? 0 : panels }, (_, panel) =>
    f.local('v128', load('v128.load32_splat', add(b, panel * panelBytes - (first + 1) * columns * 2))),
  );
  return eachPanel((panel, start, vectors) => {
    // Of float16 exponent and fraction go three places down; the sign comes with them, and its copies are masked.
    const widened = (word: Operand): Operand =>
      op('f32x4.mul', op('v128.and', op('i32x4.shr_s', word, 3), mask), factors[panel]!);
    for (const [j, word] of words.entries()) f.set(word, loadVector(b, start + j * 16));
    for (const [j, word] of words.entries()) {
      const low = op('i32x4.shl', word, 16);
      f.set(vectors[j]!, isShort ? low : widened(low));
      f.set(vectors[j + half]!, isShort ? op('v128.and', word, mask) : widened(word));
    }
  });
}
