/** LpPool and GlobalLpPool: roots of sums of powers. Sums over windows are convolutions with ones, of each channel alone. */
import type { ElementType } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { intAttribute, intsAttribute } from '../../ir/graph-editor.js';
import { isConcrete } from '../../ir/shape.js';
import { type Expansion, isTable, longTable, openSizes } from '../expansion.js';
import { type PoolAttributes, poolWindows } from './pool.js';

const smallOrder = 'a norm of an order below 1';

/** |x|^p */
function powers(expansion: Expansion, x: Value, p: number, type: ElementType): Value {
  if (p === 1) return expansion.add('Abs', [x]);
  if (p === 2) return expansion.add('Mul', [x, x]);
  return expansion.add('Pow', [expansion.add('Abs', [x]), expansion.number(p, type)]);
}

/** x^(1/p) */
function root(expansion: Expansion, x: Value, p: number, type: ElementType, output: Value): void {
  if (p === 1) expansion.add('Identity', [x], { output });
  else if (p === 2) expansion.add('Sqrt', [x], { output });
  else expansion.add('Pow', [x, expansion.number(1 / p, type)], { output });
}

export function expandLpPool(
  expansion: Expansion,
  attributes: PoolAttributes & { readonly p: number },
  x: Value,
  output: Value,
): string | undefined {
  const { p } = attributes;
  const dims = expansion.facts.shape(x);
  if (p < 1) return smallOrder;
  if (dims === undefined || !isConcrete(dims)) return openSizes;
  const [, channels = 1, ...sizes] = dims;
  const windows = poolWindows(attributes, sizes);
  const list = (of: (window: (typeof windows)[number]) => number) => intsAttribute(windows.map(of));
  // As far as the last window reaches, which may be beyond the padding.
  const end = ({ output: count, stride, kernel, dilation, input, padBegin }: (typeof windows)[number]) =>
    Math.max(0, (count - 1) * stride + (kernel - 1) * dilation + 1 - input - padBegin);
  const padding = intsAttribute([...windows.map(({ padBegin }) => padBegin), ...windows.map(end)]);
  const shape = [channels, 1, ...windows.map(({ kernel }) => kernel)];
  if (!isTable(...shape)) return longTable;
  return expansion.inFloat32(x, output, (wide, type, result) => {
    const ones = expansion.table('ones', type, shape, () => 1);
    const sum = expansion.add('Conv', [powers(expansion, wide, p, type), ones], {
      attributes: {
        group: intAttribute(channels),
        strides: list(({ stride }) => stride),
        dilations: list(({ dilation }) => dilation),
        pads: padding,
      },
    });
    root(expansion, sum, p, type, result);
  });
}

export function expandGlobalLpPool(expansion: Expansion, p: number, x: Value, output: Value): string | undefined {
  const rank = expansion.facts.shape(x)?.length;
  if (p < 1) return smallOrder;
  if (rank === undefined) return openSizes;
  const axes = expansion.integers(Array.from({ length: rank - 2 }, (_, i) => i + 2));
  return expansion.inFloat32(x, output, (wide, type, result) => {
    const sum = expansion.add('ReduceSum', [powers(expansion, wide, p, type), axes], {
      attributes: { noop_with_empty_axes: intAttribute(1) },
    });
    root(expansion, sum, p, type, result);
  });
}
