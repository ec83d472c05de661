/**
 * Transposed convolutions with strides of whole vectors, whose result is wanted in row-major order: there the phases of a row lie side
 * by side. So they are the columns of a product, for each output channel and phase of the height: lanes are full however few
 * channels there are, and nothing has to be brought into another order. The sums are those of the direct algorithm.
 */
import type { Value } from '../../ir/graph.js';
import type { AlgorithmCost, WeightSource } from '../../plan/execution-plan.js';
import { defaultTile, packedSize, type TileSize } from '../../wasm/kernels/convolution.js';
import type { Tier } from '../../wasm/kernels/kernel.js';
import { readableAfter, type View } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { costsOf } from '../context/cost-tables.js';
import type { Pointer } from '../context/unplaced-step.js';
import { weightTypeOf } from '../weight-type.js';
import { directCost, trafficCost } from './cost.js';
import { type AxisWindow, directParams, haloOf, outputCount, tapCount, termCount } from './geometry.js';
import { type ConvolutionLayer, tapOffsets } from './layer.js';
import type { EstimatedAlgorithm } from './select.js';
import type { Subconvolution } from './windows.js';

/** Phases of a vector that kernels make. */
const vectorPhases = 8;

interface Phases {
  /** Of the height, whose windows differ by their taps only. */
  readonly rows: readonly Subconvolution[];
  /** The number of those of the width: tap by tap, each weight lies beside that of the phase before. */
  readonly columns: number;
}

/** Whether windows are the phases of one that go over all outputs, and read the same inputs. */
function arePhases(windows: readonly AxisWindow[], size: number): boolean {
  const [first] = windows as readonly [AxisWindow];
  return (
    first.taps.length > 0 &&
    first.size * windows.length === size &&
    windows.every(
      (window, phase) =>
        window.outputStart === phase &&
        window.outputStep === windows.length &&
        window.size === first.size &&
        window.inputStart === first.inputStart &&
        window.taps.length === first.taps.length,
    )
  );
}

function phasesOf({ subconvolutions, output }: ConvolutionLayer): Phases | undefined {
  const [first] = subconvolutions as readonly [Subconvolution];
  const high = subconvolutions.filter(({ depth, width }) => depth === first.depth && width === first.width);
  const wide = subconvolutions.filter(({ depth, height }) => depth === first.depth && height === first.height);
  if (high.length * wide.length !== subconvolutions.length || wide.length % vectorPhases !== 0) return undefined;
  const areRegular =
    arePhases(
      high.map(({ height }) => height),
      output.height,
    ) &&
    arePhases(
      wide.map(({ width }) => width),
      output.width,
    ) &&
    wide.every(({ width }, phase) => width.taps.every((tap, i) => tap === first.width.taps[i]! + phase));
  return areRegular ? { rows: high, columns: wide.length } : undefined;
}

/**
 * In panels that are narrower than the tier's, those of two phases of the height are made at once; where these are odd, more pixels
 * keep multiplications on their way: as many as have pointers in registers.
 */
function tileFor({ rows, columns }: Phases, tier: Tier): { readonly tile: TileSize; readonly areTwins: boolean } {
  const tile = defaultTile[tier];
  if (columns % tile.columns === 0) return { tile, areTwins: false };
  const areTwins = rows.length % 2 === 0;
  return { tile: { pixels: areTwins ? tile.pixels : 8, columns: vectorPhases }, areTwins };
}

/** Whether a value is returned, or only parts of it are. */
function isWantedRowMajor({ uses }: Pick<LoweringContext, 'uses'>, value: Value): boolean {
  const parts = uses
    .readers(value)
    .map(({ opType, inputs, outputs }) => (opType === 'Slice' && inputs[0] === value ? outputs[0] : undefined));
  if (parts.length === 0) return uses.isReturned(value);
  return parts.every((part) => part !== undefined && isWantedRowMajor({ uses }, part));
}

export interface PhaseRows {
  readonly estimate: EstimatedAlgorithm;
  /** Nanoseconds that other algorithms take for the order of the result. */
  readonly order: number;
  readonly add: (costs: readonly AlgorithmCost[]) => void;
}

/** What makes the rows of a layer, where it has such; they have no epilogue. */
export function phaseRowsOf(context: LoweringContext, layer: ConvolutionLayer): PhaseRows | undefined {
  const { node, weights, bias, groups, input, output, strides, subconvolutions } = layer;
  const y = node.outputs[0]!;
  const { tier, precision } = context.options;
  const isPlain = precision === 'fast' && groups === 1 && !layer.isLine && layer.finishIntegers === undefined;
  if (!isPlain || !isWantedRowMajor(context, y)) return undefined;
  const biases = bias === undefined ? undefined : context.values.vector(bias);
  if (bias !== undefined && biases === undefined) return undefined;
  const phases = subconvolutions.length === 0 ? undefined : phasesOf(layer);
  if (phases === undefined) return undefined;
  const { rows, columns } = phases;
  const [first] = rows as readonly [Subconvolution];
  if (weightTypeOf(context, weights, outputCount(first)) !== 'float32') return undefined;
  const { tile, areTwins } = tileFor(phases, tier);
  const costs = costsOf(context.options);
  const sum = tapCount(first) * input.channels;
  const product = {
    rows: output.images * outputCount(first),
    sum,
    columns: output.channels * rows.length * columns,
  };
  const outputBytes = output.images * output.channels * output.height * output.width * 4;
  const inputBytes = input.images * input.channels * input.height * input.width * 4;
  const label = `rows of ${columns} phases`;
  const nanoseconds =
    trafficCost(costs, inputBytes, outputBytes) +
    directCost({ costs, tileColumns: defaultTile[tier].columns, products: [product] });
  return {
    estimate: { algorithm: { name: 'phase rows' }, label, nanoseconds },
    order: trafficCost(costs, outputBytes, outputBytes),
    add: (algorithmCosts) => {
      const source = context.tensors.nhwc8(layer.x);
      const [high, wide] = [haloOf([first.height], input.height), haloOf([first.width], input.width)];
      source.growHalo({ top: high.before, bottom: high.after, left: wide.before, right: wide.after });
      const pieces = Array.from({ length: output.channels }, (_, channel) =>
        rows.map(
          (windows): WeightSource => ({
            value: weights.name,
            base: channel * strides.output,
            taps: tapOffsets(windows, strides),
            channels: input.channels,
            channelStride: strides.channel,
            columns,
            columnStride: strides.column,
          }),
        ),
      ).flat();
      const each = packedSize(sum, columns, tile);
      const packed = context.constants.add(pieces.length * each + readableAfter, {
        kind: 'panels',
        tileColumns: tile.columns,
        pieces,
      });
      // Each as often as there are columns, and once more for the twins of the last panel.
      const biasSize = columns + vectorPhases;
      const biasPointer: Pointer =
        biases === undefined
          ? { scratch: 0 }
          : {
              constant: context.constants.floats(
                Float32Array.from(biases.flatMap((bias) => new Array<number>(biasSize).fill(bias))),
              ),
            };
      const target = context.tensors.makeRowMajor(y);
      const operations = 2 * output.images * termCount(subconvolutions) * input.channels * output.channels;
      context.add({
        kind: 'kernel',
        algorithm: label,
        nodes: [...(layer.absorbed ?? []), node],
        reads: [source],
        writes: [target],
        operations,
        algorithmCosts,
        build: (placement) => {
          const plane = output.height * output.width;
          const view: View = {
            ...output,
            channels: columns,
            imageStride: output.channels * plane,
            sliceStride: plane,
            rowStride: output.width,
            pixelStride: 1,
            writable: columns,
          };
          const from = { input: placement.view(source), output: view, groups: 1, bias: biases !== undefined };
          const { params, inputOffset } = directParams(from, first, tile, {
            rows: first.height.size,
            panels: columns / tile.columns,
            isTileFirst: columns > tile.columns,
          });
          const step = areTwins ? 2 : 1;
          const outer = [
            ...params.outer,
            { size: output.channels, input: 0, output: plane, weights: rows.length * each, bias: biasSize },
            { size: rows.length / step, input: 0, output: step * output.width, weights: step * each },
          ];
          const twins = areTwins ? { twins: { weights: each, output: output.width } } : {};
          return {
            kernel: { name: 'convolution', params: { ...params, outer, ...twins } },
            pointers: [{ tensor: source, offset: inputOffset }, { constant: packed }, biasPointer, { tensor: target }],
          };
        },
      });
    },
  };
}
