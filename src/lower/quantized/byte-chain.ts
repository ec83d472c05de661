/** How much of what follows a convolution of bytes is computed on its sums. */
import type { Value } from '../../ir/graph.js';
import { byteRounding } from '../../wasm/kernels/byte-map.js';
import { cost, type Elementwise, replaceInputs } from '../../wasm/kernels/elementwise-expression.js';
import { makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { lifted } from '../context/tensors.js';
import { isCheaperRowMajor } from '../convolution/lower-layer.js';
import type { Chain, ChainStart } from '../elementwise/chain.js';

/** Operations that a table of 256 numbers takes the place of, with what it takes to store bytes and to read them again. */
const worthTable = 8;

/** As much of the chain as is computed on the sums. */
export function ownChain(
  context: LoweringContext,
  sum: Value,
  start: ChainStart,
  longest: Chain | undefined,
  channels: number,
): Chain | undefined {
  if (longest === undefined || longest.nodes.length === 0) return longest;
  if (start.tree.kind === 'input') return isCheaperRowMajor(context, longest, channels) ? undefined : longest;
  // Bytes that others are made of are stored first: those go by a table, or with another tensor of bytes.
  const isOfBytes = makesBytes(context, longest.output)
    ? byteRounding(asBytes(context, longest.output, longest.tree)) === undefined
    : cost(longest.tree) - cost(start.tree) >= worthTable && longest.inputs.length === 1 + start.inputs.length;
  if (!isOfBytes || !makesBytes(context, sum)) return longest;
  return { tree: start.tree, inputs: [undefined, ...start.inputs], nodes: [], output: sum };
}

/** A tree of integers of 8 bits as one of bytes from 0 on. */
export function asBytes(context: LoweringContext, output: Value, tree: Elementwise): Elementwise {
  return context.values.elementType(output) === 'int8' ? replaceInputs(lifted, () => tree) : tree;
}
