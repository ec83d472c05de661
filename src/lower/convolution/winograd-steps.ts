/** The kernels of Winograd's filtering for subconvolutions that share weights, or for a band: tiles of each size, weights, what lies between. */
import { packedSize, type TileSize } from '../../wasm/kernels/convolution.js';
import { ownView } from '../../wasm/kernels/views.js';
import { columnsScratch } from '../../wasm/kernels/winograd/columns-scratch.js';
import { panelProductsScratch, takesTurns, turnsOf } from '../../wasm/kernels/winograd/panel-scratch.js';
import {
  betweenOf,
  betweenSizes,
  blockScratch,
  pointRows,
  transformScratch,
  type WinogradParams,
  type WinogradProductsParams,
  winogradWeightsSize,
} from '../../wasm/kernels/winograd/tiling.js';
import { type Nhwc8Tensor, RowMajorTensor } from '../context/tensor.js';
import type { Pointer, TensorPlacement, TileFollower, UnplacedKernel } from '../context/unplaced-step.js';
import { copyCount, filterAxes, type LayerParams, placeWindows, tapCount } from './geometry.js';
import { type WinogradAlgorithm, winogradBlock } from './select.js';
import { biasPointer, type ConvolutionSteps, type PartialSum, shifted } from './steps.js';
import { type Alike, type TilePiece, tilePieces, tilingOf } from './windows.js';

/** What a float that a transform moves counts as, in operations. */
const transformWork = 8;

/** Floats of transformed inputs that a second-level cache holds beside the weights of a panel. */
const mostTransformed = 2 ** 17;

/** Whether tiles are so few that each thread transforms all inputs, and makes whole panels with all of them. */
function fitsColumns(algorithm: WinogradAlgorithm['name'], products: WinogradProductsParams): boolean {
  const { columns, tile, parts } = products;
  const tiles = parts.reduce((sum, part) => sum + part.tiles, 0);
  if (columns <= tile.columns || betweenSizes(products).transformed > mostTransformed) return false;
  if (algorithm === 'winograd panels') return products.inTurns === true;
  return algorithm === 'winograd steps' || tiles <= winogradBlock;
}

/** The steps of subconvolutions with the same taps, or of a band of one: those of an array may run side by side. */
export function winogradSteps(
  steps: ConvolutionSteps,
  alike: Alike,
  outputs: number,
  algorithm: WinogradAlgorithm['name'],
  tile: TileSize,
  sum: PartialSum,
): UnplacedKernel[][] {
  const { input, output } = steps.layer;
  const { high, wide, slices } = tilingOf(alike, outputs, output.images);
  const pieces = tilePieces(alike, outputs);
  for (const { windows, height, width } of pieces) {
    steps.growHalo([windows], (window) => {
      const step = window === windows.height ? height : window === windows.width ? width : 1;
      return Math.ceil(window.size / step) * step - window.size;
    });
  }
  const filter = { height: high, width: wide };
  const [first] = alike;
  const form = {
    filter,
    // Sizes do not depend on strides.
    ...(slices === 1 ? {} : { slices: [{ size: slices, stride: 0 }] }),
    channels: input.channels,
    columns: output.channels,
    tile,
  };
  const tilesOf = ({ windows, height, width }: TilePiece) =>
    output.images *
    windows.depth.size *
    copyCount(windows.depth) *
    copyCount(windows.height) *
    copyCount(windows.width) *
    Math.ceil(windows.height.size / height) *
    Math.ceil(windows.width.size / width);
  const parts = pieces.map((piece) => ({ height: piece.height, width: piece.width, tiles: tilesOf(piece) }));
  const isRaw = algorithm === 'winograd panels';
  const inTurns = isRaw && takesTurns({ ...form, parts });
  const shape = { ...form, ...(inTurns && { inTurns }) };
  const products: WinogradProductsParams = { ...shape, parts };
  const terms = slices * input.channels;
  const firstOf = (index: number) => parts.slice(0, index).reduce((total, { tiles }) => total + tiles, 0);
  const room = firstOf(parts.length);
  const paramsOf = (layer: LayerParams, { windows, height, width }: TilePiece, own: Partial<WinogradParams>) => {
    const placed = placeWindows(layer, windows);
    const params: WinogradParams = {
      ...placed.params,
      ...shape,
      filter: {
        height: { ...filter.height, outputs: height, like: filter.height.outputs },
        width: { ...filter.width, outputs: width, like: filter.width.outputs },
      },
      ...(slices === 1 ? {} : { slices: filterAxes(first, layer.input) }),
      writable: layer.output.writable,
      bias: layer.bias,
      ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      ...own,
    };
    return { placed, params };
  };
  const sources = [steps.source(first, 0)];
  const weights = isRaw
    ? steps.pack(
        { kind: 'panels', tileColumns: tile.columns, ...(inTurns && { turns: turnsOf(products) }), pieces: sources },
        packedSize(tapCount(first) * input.channels, output.channels, tile),
      )
    : steps.pack(
        {
          kind: 'winograd',
          tileColumns: tile.columns,
          outputs: [filter.height.outputs, filter.width.outputs],
          taps: [filter.height.taps, filter.width.taps],
          pieces: sources,
        },
        winogradWeightsSize(shape),
      );
  const nameOf = (height: number, width: number) => {
    const filtering = `${height}x${width}, ${filter.height.taps}x${filter.width.taps}`;
    const sums = first.depth.taps.length === slices ? 'slices' : 'filters';
    return `winograd F(${filtering})${slices === 1 ? '' : ` of ${slices} ${sums}`}`;
  };
  const blockWork = (of: WinogradProductsParams) =>
    pointRows(of) * (2 * terms * output.channels + (terms + output.channels) * transformWork);
  const common = { kind: 'kernel', nodes: steps.nodes, algorithmCosts: steps.algorithmCosts } as const;
  const whole = { products, isRaw };
  if (fitsColumns(algorithm, products)) {
    return [
      [
        {
          ...common,
          algorithm: `${nameOf(filter.height.outputs, filter.width.outputs)}, whole panels`,
          reads: steps.reads(sum),
          writes: [steps.output],
          isDisjoint: sum === steps.whole,
          scratch: columnsScratch(whole),
          operations: steps.operations * steps.shareOf(alike),
          work: blockWork(products),
          build: (placement) => {
            const layer = steps.layerParams(placement, sum);
            const placed = pieces.map((piece, i) => ({ first: firstOf(i), ...paramsOf(layer, piece, { room }) }));
            return {
              kernel: {
                name: 'winograd columns',
                params: {
                  ...whole,
                  pieces: placed.map(({ first, params, placed: at }) => ({
                    ...{ params, first, input: at.inputOffset, output: at.outputOffset, operands: at.operandOffsets },
                  })),
                },
              },
              pointers: [
                { tensor: steps.input },
                { constant: weights },
                biasPointer(sum, steps.biasOffset(first)),
                { tensor: steps.output },
                ...sum.operands.map(({ pointer }) => pointer),
                { scratch: 0 },
              ],
            };
          },
        },
      ],
    ];
  }
  const placedOf = (
    placement: TensorPlacement,
    piece: TilePiece,
    own: Partial<WinogradParams>,
    { pooled, operand, target }: Partial<TileFollower>,
  ) => {
    const all = operand === undefined ? sum : { ...sum, operands: [...sum.operands, operand] };
    const layer = steps.layerParams(placement, all);
    const { params, placed } = paramsOf(
      { ...layer, output: { ...layer.output, ...target?.strides } },
      piece,
      pooled === undefined ? own : { ...own, pooled },
    );
    const into: Pointer = target?.pointer ?? { tensor: steps.output, offset: placed.outputOffset };
    return { params, placed, outputs: [into, ...shifted(all, placed.operandOffsets)] };
  };
  /** A step of a piece. */
  const stepOf = (
    piece: TilePiece,
    own: Partial<WinogradParams>,
    step: Omit<UnplacedKernel, 'build'>,
    buildOf: (at: ReturnType<typeof placedOf>) => ReturnType<UnplacedKernel['build']>,
  ): UnplacedKernel => {
    const { windows, height, width } = piece;
    const build = (placement: TensorPlacement, follower: Partial<TileFollower> = {}) =>
      buildOf(placedOf(placement, piece, own, follower));
    const areWhole = sum === steps.whole && windows.height.outputStep * windows.width.outputStep === 1;
    const tiles = step.writes[0] === steps.output && { height, width, areWhole, build };
    return { ...step, build: (placement) => build(placement), ...(tiles && { tiles }) };
  };
  const sketch: TensorPlacement = { view: (tensor) => ownView((tensor as Nhwc8Tensor).size).view };
  if (algorithm === 'winograd') {
    const own = { block: winogradBlock };
    const kernels = pieces.map((piece, i) => {
      const { params: sizes } = paramsOf(steps.layerParams(sketch, sum), piece, own);
      const step = {
        ...common,
        algorithm: nameOf(piece.height, piece.width),
        reads: steps.reads(sum),
        writes: [steps.output],
        isDisjoint: sum === steps.whole,
        scratch: blockScratch(sizes),
        operations: steps.operations * steps.shareOf([piece.windows]),
        work: blockWork({ ...products, parts: [parts[i]!] }),
      };
      return stepOf(piece, own, step, ({ params, placed, outputs: into }) => ({
        kernel: { name: 'winograd', params },
        pointers: [
          { tensor: steps.input, offset: placed.inputOffset },
          { constant: weights },
          biasPointer(sum, steps.biasOffset(first)),
          ...into,
          { scratch: 0 },
        ],
      }));
    });
    return [kernels];
  }
  const sizes = betweenSizes(products);
  const between = betweenOf(shape, room);
  const transformed = new RowMajorTensor(`${steps.layer.node.name} transformed`, sizes.transformed);
  const sums = new RowMajorTensor(`${steps.layer.node.name} sums`, sizes.sums);
  const own = room === parts[0]!.tiles ? {} : { room };
  const workOf = (index: number) => ((parts[index]!.tiles * (sizes.transformed + sizes.sums)) / room) * transformWork;
  const name = nameOf(filter.height.outputs, filter.width.outputs);
  /** A step of each piece, between pixels and tiles' points. */
  const transforms = (
    way: 'inputs' | 'outputs',
    operands: Pick<UnplacedKernel, 'reads' | 'writes' | 'isDisjoint'>,
    pointersOf: (at: ReturnType<typeof placedOf>, i: number) => readonly Pointer[],
  ) =>
    pieces.map((piece, i): UnplacedKernel => {
      const step = {
        ...common,
        algorithm: `${nameOf(piece.height, piece.width)}, ${way}`,
        ...operands,
        scratch: transformScratch(filter),
        operations: 0,
        work: workOf(i),
      };
      return stepOf(piece, own, step, (at) => ({
        kernel: { name: `winograd ${way}`, params: at.params },
        pointers: [...pointersOf(at, i), { scratch: 0 }],
      }));
    });
  return [
    transforms(
      'inputs',
      { reads: [steps.input], writes: [transformed], isDisjoint: pieces.length > 1 },
      ({ placed }, i) => [
        { tensor: steps.input, offset: placed.inputOffset },
        { tensor: transformed, offset: firstOf(i) * between.inputs.tile },
      ],
    ),
    [
      {
        ...common,
        algorithm: isRaw ? `${name}, products in panels` : `${name}, products`,
        reads: [transformed],
        writes: [sums],
        scratch: isRaw ? panelProductsScratch(products) : 0,
        operations: steps.operations * steps.shareOf(alike),
        work: 2 * pointRows(products) * terms * output.channels,
        build: () => {
          const pointers: Pointer[] = [{ tensor: transformed }, { constant: weights }, { tensor: sums }];
          return isRaw
            ? { kernel: { name: 'winograd panels', params: products }, pointers: [...pointers, { scratch: 0 }] }
            : { kernel: { name: 'winograd products', params: products }, pointers };
        },
      },
    ],
    transforms(
      'outputs',
      {
        reads: [sums, ...sum.operands.flatMap(({ reads }) => reads)],
        writes: [steps.output],
        isDisjoint: sum === steps.whole,
      },
      ({ outputs: into }, i) => [
        { tensor: sums, offset: firstOf(i) * between.sums.tile },
        biasPointer(sum, steps.biasOffset(first)),
        ...into,
      ],
    ),
  ];
}
