/** Colors that show amounts: parameters, multiplications, bytes or time of blocks. */
import { type Dim, substitute, symbolsOf } from '../ir/dim.js';
import { formatBytes, formatCount, formatDuration } from '../report/units.js';
import type { DrawnBlock, NetworkDrawing } from './drawing.js';
import type { HeatScale } from './layout/legend.js';

export type DrawColor = 'params' | 'macs' | 'memory' | 'time';
export const colorings: readonly DrawColor[] = ['params', 'macs', 'memory', 'time'];

export interface Heat {
  of(block: DrawnBlock): number | undefined;
  readonly scale: HeatScale;
}

const words: Readonly<Record<DrawColor, string>> = {
  params: 'parameters',
  macs: 'MACs',
  memory: 'memory of values',
  time: 'time',
};

/**
 * Shares of the largest amount. Amounts that depend on open sizes are compared by where all of them are the same.
 * @param timeOf milliseconds of a block
 */
export function heatOf(drawing: NetworkDrawing, coloring: DrawColor, timeOf: (block: DrawnBlock) => number): Heat {
  const amounts = new Map<number, number>();
  for (const block of drawing.blocks)
    if (block.role === 'layers') amounts.set(block.id, amountOf(block, coloring, timeOf) ?? 0);
  const most = Math.max(0, ...amounts.values());
  const isOpen =
    coloring !== 'params' &&
    coloring !== 'time' &&
    drawing.blocks.some(({ macs, bytes }) => [macs, bytes].some((dim) => typeof dim === 'object'));
  const text = isOpen ? 'the most' : formatAmount(most, coloring);
  return {
    of: ({ id }) => {
      const amount = amounts.get(id);
      return amount === undefined || most === 0 ? undefined : amount / most;
    },
    scale: { least: `${words[coloring]}: 0`, most: text },
  };
}

function amountOf(block: DrawnBlock, coloring: DrawColor, timeOf: (block: DrawnBlock) => number): number | undefined {
  if (coloring === 'params') return block.parameters;
  if (coloring === 'time') return timeOf(block);
  const dim = coloring === 'macs' ? block.macs : block.bytes;
  return dim === undefined ? undefined : typicalNumber(dim);
}

function formatAmount(amount: number, coloring: DrawColor): string {
  if (coloring === 'memory') return formatBytes(amount);
  return coloring === 'time' ? formatDuration(amount) : formatCount(amount);
}

/** Open sizes that amounts are compared at. */
const typicalSize = 512;

export function typicalNumber(dim: Dim): number {
  if (typeof dim === 'number') return dim;
  const found = substitute(dim, new Map([...symbolsOf(dim).keys()].map((name) => [name, typicalSize])));
  return typeof found === 'number' ? Math.max(0, found) : 0;
}
