/** Chains of sizes in words. */
import { formatDim } from '../ir/dim.js';
import type { Node } from '../ir/graph.js';
import { isScaling, type SizeChain, type SizeStep } from './size-chain.js';

/** `image 572 → 286 node_max_pool2d → 143 node_max_pool2d_1`; layers that only add to or cut from a size are counted. */
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

/** The node with its operator, unless its name says that already. */
function label({ name, opType, index }: Node): string {
  if (name === '') return `${opType} #${index}`;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '');
  return plain(name).includes(plain(opType)) ? name : `${name} (${opType})`;
}
