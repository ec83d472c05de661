/** What the pictures of all layers share: which axes are drawn, sizes in words, notes on what is drawn smaller. */
import type { Size } from '../explanation.js';
import type { Representative } from './representative.js';

/** The axes of a drawing: the last two at most. */
export function drawnAxes<A>(axes: readonly A[]): readonly A[] {
  return axes.slice(-2);
}

/** `4×6`, or `4` where there is one axis; expressions in brackets. */
export function sizesText<A>(axes: readonly A[], size: (axis: A) => Size): string {
  const texts = axes.map((axis) => String(size(axis)));
  return texts.map((text) => (texts.length > 1 && / /.test(text) ? `(${text})` : text)).join('×');
}

/** The size once if all axes have the same: `1`, `1×2`. */
export function commonSize<A>(axes: readonly A[], size: (axis: A) => Size): string {
  const sizes = new Set(axes.map(size));
  return sizes.size === 1 ? String([...sizes][0]) : sizesText(axes, size);
}

/** What the two numbers of a text are of, if there are two. */
export function axisNames(...texts: readonly string[]): string {
  return texts.some((text) => text.includes('×')) ? ' (height×width)' : '';
}

export function count(size: string, word: string): string {
  return `${size} ${size === '1' ? word : `${word}s`}`;
}

/** @param scaled what is drawn smaller besides the input: `kernel, stride and padding` */
export function notesOn(
  rank: number,
  axes: readonly Representative<{ readonly input: number }>[],
  scaled: string,
): string[] {
  const notes: string[] = [];
  if (rank > axes.length) notes.push(`Of ${rank} axes the last two are drawn.`);
  if (axes.some(({ gap }) => gap !== undefined)) {
    notes.push('“⋯” stands for rows and columns that are left out. The numbers at the axes are those of the layer.');
  }
  if (axes.some(({ isScaled }) => isScaled)) {
    notes.push(`Not to scale: ${scaled} are drawn smaller, in about the layer's ratios.`);
  }
  return notes;
}
