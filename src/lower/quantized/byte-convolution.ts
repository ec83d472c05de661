/**
 * Convolutions of integers of 8 bits as sums of 32 bits, which are exact. Inputs are bytes from 0 on, weights bytes from -128
 * on: what either lacks of its number less the zero point is a term of a table for each output channel, or a factor of what the
 * inputs of a window add up to.
 */
import type { Node, Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { depthwiseColumns } from '../../wasm/kernels/byte-depthwise.js';
import { byteRounding } from '../../wasm/kernels/byte-map.js';
import { byteScratch } from '../../wasm/kernels/byte-pixels.js';
import { rangeScratch } from '../../wasm/kernels/byte-range.js';
import { type ByteRounding, mostRounded } from '../../wasm/kernels/byte-rounding.js';
import { type ByteOperands, defaultTile, packedBiasSize, packedSize } from '../../wasm/kernels/convolution.js';
import { type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import { isByteTensor, makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { nhwc8Size } from '../context/tensor.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { directParams, outputCount, tapCount, termCount } from '../convolution/geometry.js';
import { type ConvolutionLayer, weightStrides } from '../convolution/layer.js';
import { ConvolutionSteps, shifted } from '../convolution/steps.js';
import type { Subconvolution } from '../convolution/windows.js';
import { type ChainStart, epilogueOf } from '../elementwise/chain.js';
import { epilogueOperand, isEpilogueOperand } from '../elementwise/operands.js';
import type { UnitSize } from '../units.js';
import { asBytes, ownChain } from './byte-chain.js';
import { byteDepthwiseOf } from './byte-depthwise.js';
import { type ByteLayer, byteWeights, packedWords, tableOf, zeroOf } from './byte-operands.js';
import { byteWinogradOf } from './byte-winograd.js';
import { keepRange, withRange } from './ranges.js';

const maxOperands = 3;

/**
 * Words of weights that stay in a first-level cache: then each tile takes all panels at once, so that a pixel is written, and what is
 * added to it read, whole.
 */
const mostKept = 6144;

export interface ByteConvolution extends ByteLayer {
  readonly node: Node;
  /** What only says how its operands are meant. */
  readonly before?: readonly Node[];
  /** Integers of 32 bits that the sums begin with. */
  readonly bias: Value | undefined;
  /** What becomes of the sums, which are float32 then. */
  readonly finish: (sum: Elementwise) => ChainStart;
}

/** Adds the step of a convolution of bytes. @returns false where it cannot be one */
export function lowerByteConvolution(context: LoweringContext, layer: ByteConvolution): boolean {
  const { byteProducts, tier } = context.options;
  const { node, x, subconvolutions, isTransposed } = layer;
  const sum = node.outputs[0];
  if (byteProducts === undefined || sum === undefined || !isByteTensor(context, x)) return false;
  const [xDims, yDims] = [context.values.dims(x)!, context.values.sizedDims(sum)];
  const [xSize, ySize] = [nhwc8Size(xDims), yDims && nhwc8Size(yDims)];
  if (xSize === undefined || ySize === undefined || yDims === undefined) return false;
  const bytes = byteWeights(context, layer);
  if (bytes === undefined) return false;
  const biases = layer.bias && context.values.constant(layer.bias);
  if (layer.bias !== undefined && biases === undefined) return false;
  const zero = zeroOf(context, layer);
  if (zero === undefined) return false;
  const depthwise = layer.isDepthwise ? byteDepthwiseOf(context, layer, bytes) : undefined;
  if (layer.isDepthwise && depthwise === undefined) return false;
  const source = context.tensors.bytes(x);
  if (!source.fillHalo(zero)) return false;

  const { dims } = context.values.constant(layer.weights)!;
  const axis = isTransposed ? 0 : 1;
  const words = Math.ceil(dims[axis]! / 4);
  const wordDims = dims.map((size, i) => (i === axis ? words : size));
  const start = layer.finish(input(0));
  const accepts = (_value: Value, operand: readonly number[]) => isEpilogueOperand(operand, yDims);
  const longest = epilogueOf(context, sum, { accepts, maxInputs: maxOperands + 1, start });
  const chain = ownChain(context, sum, start, longest, ySize.channels);
  const output = chain?.output ?? sum;
  const isResult = makesBytes(context, output);
  const operands = (chain?.inputs ?? []).flatMap((value) =>
    value === undefined ? [] : [epilogueOperand(context, value, yDims)],
  );
  const tree = isResult ? asBytes(context, output, chain?.tree ?? input(0)) : chain?.tree;
  const target = isResult ? context.tensors.makeBytes(output) : context.tensors.makeNhwc8(output);
  const convolution: ConvolutionLayer = {
    node,
    x,
    weights: layer.weights,
    bias: undefined,
    groups: 1,
    subconvolutions,
    input: { ...xSize, channels: words },
    output: ySize,
    strides: weightStrides(wordDims, 1, isTransposed),
    isLine: xDims.length === 3,
  };
  const tile = depthwise === undefined ? defaultTile[tier] : { pixels: 1, columns: depthwiseColumns };
  const row = packedBiasSize(ySize.channels, tile);
  const table = tableOf(
    layer,
    bytes,
    dims,
    typeof zero === 'number' ? zero : undefined,
    row,
    biases && numbersOf(biases.load()),
  );
  const winograd = layer.isDepthwise ? undefined : byteWinogradOf(context, layer, table.largest, byteProducts);
  const special = winograd ?? depthwise;
  const packed = special === undefined ? packedWords(context, layer, bytes, wordDims, axis) : layer.weights;
  const whole = { ...convolution, weights: packed };
  const steps = new ConvolutionSteps(context, whole, chain, operands, source, target, []);
  steps.growHalo(subconvolutions, winograd?.overhang ?? (() => 0));
  const pieces = subconvolutions.map((subconvolution) => steps.source(subconvolution, 0));
  const sizes = subconvolutions.map((each) => packedSize(tapCount(each) * words, ySize.channels, tile));
  const weights = special?.weights ?? steps.pack({ kind: 'panels', tileColumns: tile.columns, pieces }, total(sizes));
  const bias = context.constants.bytes(new Uint8Array(table.words.buffer));
  const rounding =
    isResult && typeof zero === 'number' ? roundingOf(context, tree, chain?.inputs ?? [], table.magnitudes) : undefined;
  const isRanged = !isResult && subconvolutions.length === 1 && depthwise === undefined;
  const range = isRanged ? keepRange(context, output) : undefined;
  const operandsOf: ByteOperands = {
    products: byteProducts,
    channels: xSize.channels,
    weightOffset: bytes.offset,
    hasZeroPoint: typeof zero !== 'number',
    output: isResult ? 'bytes' : 'floats',
    ...(rounding === undefined ? {} : { rounding }),
    ...(range === undefined ? {} : { keepsRange: true }),
  };
  const scratch = special?.scratch ?? byteScratch;
  const further: Pointer[] = [{ scratch: 0 }, ...(typeof zero === 'number' ? [] : [{ tensor: zero }])];
  const partial = { ...steps.whole, bias, tree: rounding === undefined ? tree : undefined };
  const panels = Math.ceil(ySize.channels / tile.columns);
  const unitOf = (windows: Subconvolution): UnitSize => {
    if (outputCount(windows) <= 64) return { rows: 4, panels: 1 };
    const isSmall = panels > 1 && tapCount(windows) * words * ySize.channels <= mostKept;
    return { rows: 4, panels, ...(isSmall && { isTileFirst: true }) };
  };
  const build = (placement: TensorPlacement) => {
    const layerParams = steps.layerParams(placement, partial);
    const view = placement.view(target);
    const writable = isResult ? view.writable * 4 : view.writable;
    const placed = subconvolutions.map((subconvolution) => {
      return directParams(layerParams, subconvolution, tile, unitOf(subconvolution));
    });
    const kernels = placed.map(({ params: own }): KernelSpec => {
      const params = { ...own, columns: ySize.channels, writable, bytes: operandsOf };
      if (winograd !== undefined) return { name: 'byte winograd', params: winograd.params(params) };
      if (depthwise === undefined) return { name: 'convolution', params };
      return { name: 'byte depthwise', params: depthwise.params(params, placement.view(source).pixelStride) };
    });
    const starts = sizes.map((_, i) => total(sizes.slice(0, i)));
    if (kernels.length === 1) {
      const [{ inputOffset, outputOffset, operandOffsets }] = placed as [(typeof placed)[number]];
      const pointers: Pointer[] = [
        { tensor: source, offset: inputOffset },
        { constant: weights },
        { constant: bias },
        { tensor: target, offset: outputOffset },
        ...shifted(partial, operandOffsets),
        ...further,
      ];
      return withRange({ kernel: kernels[0]!, pointers }, range, scratch);
    }
    const kernel: KernelSpec = {
      name: 'interleave',
      pieces: kernels.map((each, i) => ({
        kernel: each,
        offsets: [
          placed[i]!.inputOffset,
          starts[i]!,
          i * row,
          placed[i]!.outputOffset,
          ...placed[i]!.operandOffsets,
          ...further.map(() => 0),
        ],
      })),
    };
    const pointers: Pointer[] = [
      { tensor: source },
      { constant: weights },
      { constant: bias },
      { tensor: target },
      ...operands.map(({ pointer }) => pointer),
      ...further,
    ];
    return { kernel, pointers };
  };
  const direct = subconvolutions.length > 1 ? `bytes, ${subconvolutions.length} subconvolutions` : 'bytes';
  context.add({
    kind: 'kernel',
    algorithm: winograd !== undefined ? 'bytes, winograd F(4x4, 3x3)' : depthwise ? 'bytes, depthwise' : direct,
    nodes: [...(layer.before ?? []), ...steps.nodes],
    reads: [...steps.reads(partial), ...(typeof zero === 'number' ? [] : [zero])],
    writes: range === undefined ? [target] : [target, range],
    isDisjoint: true,
    scratch: scratch + (range === undefined ? 0 : rangeScratch),
    operations: 2 * ySize.images * termCount(subconvolutions) * (depthwise ? 1 : xSize.channels) * ySize.channels,
    build,
  });
  return true;
}

/** How the sums of a layer become bytes, where that is known and their products with the factor are small enough. */
function roundingOf(
  context: LoweringContext,
  tree: Elementwise | undefined,
  inputs: readonly (Value | undefined)[],
  magnitudes: Float64Array,
): ByteRounding | undefined {
  const rounding = byteRounding(tree);
  if (rounding === undefined) return undefined;
  const { factor } = rounding;
  const factors = typeof factor === 'number' ? undefined : context.values.constant(inputs[factor.input]);
  if (typeof factor !== 'number' && factors === undefined) return undefined;
  const numbers = factors === undefined ? [factor as number] : numbersOf(factors.load());
  const isSmall = magnitudes.every((sum, i) => sum * Math.abs(numbers[i % numbers.length]!) < mostRounded);
  return isSmall ? rounding : undefined;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
