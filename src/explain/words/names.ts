/** Nodes and shapes as they are called in words. */
import { printable } from '../../diagnostics/printable.js';
import type { NodeReference } from '../../diagnostics.js';
import type { LayerExplanation, Size } from '../explanation.js';

/** `up1 (ConvTranspose #12)`, or `ConvTranspose #12` without a name. */
export function nodeText({ name, opType, index }: NodeReference): string {
  const operator = `${printable(opType)} #${index}`;
  return name === '' ? operator : `${printable(name)} (${operator})`;
}

/** `4×6 → 8×12` */
export function spatialText(layer: LayerExplanation): string {
  const sizes = (of: (axis: { readonly input: Size; readonly output: Size }) => Size) =>
    layer.axes
      .map((axis) => {
        const size = of(axis);
        return typeof size === 'string' && layer.axes.length > 1 && /[ ]/.test(size) ? `(${size})` : String(size);
      })
      .join('×');
  return printable(`${sizes(({ input }) => input)} → ${sizes(({ output }) => output)}`);
}
