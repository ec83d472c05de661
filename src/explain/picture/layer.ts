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

/** What drawings say that leave something out. */
export const leftOut =
  '“⋯” stands for rows and columns that are left out. The numbers at the axes are those of the layer.';

/** What is said of a layer with more axes than a drawing has. */
export function ofRank(rank: number): string[] {
  return rank > 2 ? [`Of ${rank} axes the last two are drawn.`] : [];
}

/** @param scaled what is drawn smaller besides the input: `kernel, stride and padding` */
export function notesOn(
  rank: number,
  axes: readonly Representative<{ readonly input: number }>[],
  scaled: string,
): string[] {
  return [
    ...ofRank(rank),
    ...(axes.some(({ gap }) => gap !== undefined) ? [leftOut] : []),
    ...(axes.some(({ isScaled }) => isScaled)
      ? [`Not to scale: ${scaled} are drawn smaller, in about the layer's ratios.`]
      : []),
  ];
}
