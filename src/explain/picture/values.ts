/** Numbers for the cells of a small layer: those given, and those that each step makes of them. */
import type { ConvTransposeAxis } from '../../ops/convolution/conv-transpose-geometry.js';
import { dilatePadConvolve, executeDilatePadConvolve } from '../../ops/convolution/dilate-pad-convolve.js';
import { textWidth } from './svg.js';
import type { Stage } from './transposed-cells.js';

/** One channel, row-major. */
export interface LayerValues {
  readonly input: ArrayLike<number>;
  readonly kernel: ArrayLike<number>;
}

export interface PlaneValues {
  /** What stands in a cell. */
  text(stage: Stage | 'output', row: number, column: number): string;
  /** The flipped kernel's elements, row by row. */
  readonly weights: readonly string[];
  /** Whether an input and a weight in the corner of its cell would meet if the input stood in the middle. */
  readonly isCrowded: boolean;
}

/** Half of the smallest cell with numbers, in pixels. */
const halfCell = 17;

/** The numbers of a layer of one or two axes. */
export function drawnValues(axes: readonly ConvTransposeAxis[], { input, kernel }: LayerValues): PlaneValues {
  const plan = dilatePadConvolve({ batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes });
  const output = executeDilatePadConvolve(plan, input, kernel);
  const columns = plan.axes.at(-1)!;
  const rows = plan.axes.length > 1 ? plan.axes[0]! : undefined;
  /** The input at a cell of a stage along an axis; undefined for zeros. */
  const source = (axis: (typeof plan.axes)[number] | undefined, stage: Stage, at: number): number | undefined => {
    if (axis === undefined || stage === 'input') return at;
    const from = stage === 'dilated' ? 0 : axis.zerosAround - (stage === 'cropped' ? axis.cropBegin : 0);
    const index = (at - from) / (axis.zerosBetween + 1);
    return Number.isInteger(index) && index >= 0 && index < axis.input ? index : undefined;
  };
  const weights = Array.from(kernel, formatNumber).reverse();
  const widest = (texts: readonly string[], size: number) => Math.max(...texts.map((text) => textWidth(text, size)));
  const inputs = Array.from(input, formatNumber);
  return {
    isCrowded: widest(inputs, 14) / 2 + widest(weights, 10) + 4 > halfCell,
    weights,
    text(stage, row, column) {
      if (stage === 'output') return formatNumber(output[row * columns.output + column] ?? 0);
      const y = source(rows, stage, row);
      const x = source(columns, stage, column);
      return y === undefined || x === undefined ? '0' : formatNumber(input[y * columns.input + x] ?? 0);
    },
  };
}

/** At most five characters: cells are small. */
export function formatNumber(value: number): string {
  const text = String(Math.round(value * 100) / 100).replace('-', '−');
  return text.length <= 6 ? text : value.toExponential(0).replace('+', '').replace('-', '−');
}
