/** Explanations of sizes in words. */
import { formatNode, type NearestSizes, nodeLabel, type Remedy } from '../diagnostics.js';
import { formatDim } from '../ir/dim.js';
import type { Node } from '../ir/graph.js';
import type { Misfit, Side } from './misfit.js';
import { isScaling, type SizeChain, type SizeStep } from './size-chain.js';

/** A sentence for each side of a misfit on where it comes from; axes with the same chain share one. */
export function waysOf({ axes }: Misfit): string[] {
  const ways = new Map<string, { readonly side: Side; readonly axes: number[] }>();
  for (const sides of axes) {
    const ofSizes = new Map<number, Side>();
    for (const side of sides) if (!ofSizes.has(side.size)) ofSizes.set(side.size, side);
    for (const side of ofSizes.values()) {
      const key = `${side.input} ${side.size} ${chainText(side.chain)}`;
      const way = ways.get(key);
      if (way === undefined) ways.set(key, { side, axes: [side.axis] });
      else way.axes.push(side.axis);
    }
  }
  return [...ways.values()].map(({ side: { value, size, chain }, axes: places }) => {
    const where = `${places.length === 1 ? 'axis' : 'axes'} ${places.join(' and ')}`;
    return `'${value.name}' has ${size} at ${where}: ${chainText(chain)}`;
  });
}

/**
 * `image 572 → 286 node_max_pool2d → 143 node_max_pool2d_1`; layers that only add to or cut from a size are just
 * counted.
 */
export function chainText({ source, sourceSize, steps }: SizeChain): string {
  const parts = [`${source.name} ${sizeText(sourceSize)}`];
  for (let i = 0; i < steps.length; ) {
    const step = steps[i]!;
    const run = isScaling(step.node) ? 1 : runLength(steps, i);
    const last = steps[i + run - 1]!;
    parts.push(`${sizeText(last.size)} ${run === 1 ? label(last.node) : `${run} layers up to ${label(last.node)}`}`);
    i += run;
  }
  return parts.join(' → ');
}

function runLength(steps: readonly SizeStep[], from: number): number {
  const end = steps.findIndex(({ node }, i) => i > from && isScaling(node));
  return (end < 0 ? steps.length : end) - from;
}

function sizeText(size: SizeStep['size']): string {
  return size === undefined ? '?' : formatDim(size);
}

/** The node with its operator, unless its name contains it. */
function label(node: Node): string {
  const { name, opType } = node;
  if (name === '') return nodeLabel(node);
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '');
  return plain(name).includes(plain(opType)) ? name : `${name} (${opType})`;
}

export function nearestText({ symbol, size, below, above }: NearestSizes): string {
  const found = [below, above].filter((item) => item !== undefined);
  if (found.length === 0) return `no size of ${symbol} is legal`;
  return `${symbol} = ${size} is not legal; the nearest legal ${found.length === 1 ? 'size is' : 'sizes are'} ${found.join(' and ')}`;
}

/** Advice: other sizes, or the first remedy, or what the problem itself says; undefined if there is none. */
export function advice(
  nearest: readonly NearestSizes[],
  [remedy]: readonly Remedy[],
  hint: string | undefined,
): string | undefined {
  const sizes = nearest.flatMap(({ symbol, below, above }) => {
    const found = [below, above].filter((size) => size !== undefined);
    return found.length === 0 ? [] : [`${symbol} = ${found.join(' or ')}`];
  });
  const parts: string[] = [];
  if (sizes.length > 0) parts.push(`feed ${sizes.join(' and ')} (pad the input, crop the output)`);
  const change = remedy === undefined ? hint : changeText(remedy);
  if (change !== undefined) parts.push(change);
  return parts.length === 0 ? undefined : parts.join(', or ');
}

/** A short form; the remedy itself states its result, and by how much it pads or crops. */
function changeText({ kind, text, edits }: Remedy): string {
  if (kind === 'output_padding' || kind === 'output_shape') return `set ${text.split(';')[0]}`;
  return `${kind} the inputs of ${[...new Set(edits.map(({ node }) => formatNode(node)))].join(' and ')}`;
}
