/** Strassen's algorithm in place of plain products. */
import type { ConvolutionParams, OutputAxis } from './convolution.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { strassen } from './strassen.js';
import { type ColumnPlace, halfOf, manyUnits, type StrassenParams, type StrassenProducts } from './strassen-params.js';

/** Arguments: as those of the products, then scratch of the thread's own. */
export function strassenProducts(target: KernelTarget, products: StrassenProducts): Kernel {
  return strassen(target, strassenParams(products));
}

function strassenParams({ product: params, offsets, ordered }: StrassenProducts): StrassenParams {
  const { outer, bias, epilogue, tile, sum } = params;
  const channels = sum.at(-1)!.size;
  const placeOf = ([, weights, shift, ...outputs]: readonly number[], first = 0): ColumnPlace => ({
    weights: weights! + first * channels,
    bias: shift! + first,
    outputs: outputs.map((output) => output + first),
  });
  const pairs = offsets.length / 2;
  const isPaired = Number.isInteger(pairs);
  const columns = isPaired ? params.columns : params.columns / 2;
  const [height, width] = withoutGaps(params);
  const { rows, bands } = halfOf(height.size, width.size, tile);
  return {
    ...{ outer, height, width, bias, tile, channels, columns },
    ...(epilogue === undefined ? {} : { epilogue }),
    halves: isPaired
      ? offsets.slice(pairs).map((other, i) => [placeOf(offsets[i]!), placeOf(other)])
      : offsets.map((one) => [placeOf(one), placeOf(one, columns)]),
    ...(ordered && { ordered }),
    unit: { rows, shares: Math.ceil(manyUnits / (product(outer.map(({ size }) => size)) * bands)) },
  };
}

/** Rows of pixels that follow one another without a gap are one row, whose pixels are rows. */
function withoutGaps({
  height,
  width,
}: Pick<ConvolutionParams, 'height' | 'width'>): readonly [OutputAxis, OutputAxis] {
  const strides = ({ input, output, operands = [] }: OutputAxis) => [input, output, ...operands];
  const pixel = strides(width);
  const follow = strides(height).every((row, i) => row === pixel[i]! * width.size);
  const isOne = width.size > 1 && (height.size === 1 || follow);
  return isOne
    ? [
        { ...width, size: height.size * width.size },
        { ...width, size: 1 },
      ]
    : [height, width];
}
