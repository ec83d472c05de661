/** Resize and Upsample of the spatial axes: tables of taps, which the operators' own rules fill. */
import type { Node } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { mostTableEntries } from '../limits/tables.js';
import { asVolume } from '../ops/convolution/window.js';
import { resize, resizeTables } from '../ops/resampling/resize.js';
import type { AxisTaps } from '../ops/resampling/resize-tensor.js';
import { upsample, upsampleTables } from '../ops/resampling/upsample.js';
import { type ResampleTap, resampleTable } from '../wasm/kernels/resample.js';
import { isMovedInBytes } from './context/bytes.js';
import type { LoweringContext } from './context/context.js';
import { repeatedScale, repeatLater } from './context/repeated-view.js';
import { nhwc8Size } from './context/tensor.js';
import {
  defineLowering,
  floatsAndSmallIntegers,
  kernelsOf,
  type Lowering,
  type ReasonOf,
  unfitValue,
} from './lowering.js';

/** Why an axis is left to its reference, which computes the positions one after another. */
export const longTable = `an axis of more than ${mostTableEntries} positions, which a table would list` as const;

const limits = [
  'integers that are blended',
  'another rank than 3 to 5',
  longTable,
  'scales that are computed',
  'a mode that no table has',
  'batch or channels that are resized',
  'more taps than a kernel writes out',
] as const;

const lowerResize = defineLowering(resize.Resize, kernelsOf(floatsAndSmallIntegers, limits), (context, node, bound) =>
  lowerSampling(context, node, bound.attributes.mode, (dims, numbersAt) => resizeTables(bound, dims, numbersAt)),
);

const lowerUpsample = defineLowering(
  upsample.Upsample,
  kernelsOf(floatsAndSmallIntegers, limits),
  (context, node, bound) =>
    lowerSampling(context, node, bound.attributes.mode, (dims, numbersAt) => upsampleTables(bound, dims, numbersAt)),
);

function lowerSampling(
  context: LoweringContext,
  node: Node,
  mode: string,
  tablesOf: (
    dims: readonly number[],
    numbersAt: (i: number) => readonly number[] | undefined,
  ) => readonly AxisTaps[] | undefined,
): ReasonOf<typeof limits> | typeof unfitValue | undefined {
  const dims = context.tensors.representableDims(node.inputs[0]);
  const onto = context.values.sizedDims(node.outputs[0]);
  if (dims === undefined || onto === undefined) return unfitValue;
  const isFloat = context.values.elementType(node.inputs[0]!) === 'float32';
  if (!isFloat && mode !== 'nearest') return 'integers that are blended';
  if (nhwc8Size(dims) === undefined || dims.length < 3) return 'another rank than 3 to 5';
  if (onto.some((size) => size > mostTableEntries)) return longTable;
  const tables = tablesOf(dims, (i) => context.values.numbers(node.inputs[i]));
  if (tables === undefined) {
    const isKnown = node.inputs.slice(1).every((value) => value === undefined || context.values.numbers(value));
    return isKnown ? 'a mode that no table has' : 'scales that are computed';
  }
  if (tables.slice(0, 2).some(({ outputs, isIdentity }, axis) => !isIdentity || outputs.length !== dims[axis])) {
    return 'batch or channels that are resized';
  }
  const spatial = tables.slice(2);
  if (spatial.length === 3 && spatial.reduce((taps, { outputs }) => taps * outputs[0]!.length, 1) > mostTaps) {
    return 'more taps than a kernel writes out';
  }
  const scales = isFloat && feedsConvolution(context, node) ? scalesOf(spatial, dims.slice(2)) : undefined;
  if (scales === undefined) addResample(context, node, spatial);
  else repeatLater(context, { node, value: node.inputs[0]!, scales }, () => addResample(context, node, spatial));
  return undefined;
}

/** Whether one Conv alone reads the result, which might read the pixels as they are: sums in another order than in `strict`. */
function feedsConvolution({ options, uses }: LoweringContext, { outputs: [result] }: Node): boolean {
  if (options.precision === 'strict' || result === undefined || uses.isReturned(result)) return false;
  const [reader, ...others] = uses.readers(result);
  return others.length === 0 && reader?.domain === '' && reader.opType === 'Conv' && reader.inputs[0] === result;
}

/** How often pixels are repeated along each axis; undefined where the tables do something else. */
function scalesOf(tables: readonly AxisTaps[], sizes: readonly number[]): readonly number[] | undefined {
  const scales = tables.map(({ outputs }, axis) => repeatedScale(outputs, sizes[axis]!));
  return scales.every((scale) => scale !== undefined) ? scales : undefined;
}

/** Of an output of a volume: kernels have no loop over them. */
const mostTaps = 64;

/**
 * Two taps of one element count half each, whatever their weights: so onnxruntime has them at the end of an axis, and rounds the
 * halves one after another.
 */
function halvedAtEnd(outputs: AxisTaps['outputs']): AxisTaps['outputs'] {
  const last = outputs.reduce((most, taps) => taps.reduce((m, { position }) => Math.max(m, position), most), 0);
  return outputs.map((taps) => {
    const [a, b] = taps;
    if (taps.length !== 2 || a === undefined || b === undefined || a.weight + b.weight !== 1) return taps;
    const isEnd = [a, b].every(({ position, weight }) => position === last || weight === 0);
    return isEnd ? [a, b].map(() => ({ position: last, weight: 0.5 })) : taps;
  });
}

const identity: readonly ResampleTap[][] = [[{ position: 0, weight: 1 }]];

/** Each output is a weighted sum of input pixels, by a table of taps for each spatial axis. */
export function addResample(context: LoweringContext, node: Node, tables: readonly Pick<AxisTaps, 'outputs'>[]): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  // A single tap has no weight: words are moved, whatever is in them.
  const isBytes = tables.every(({ outputs }) => outputs[0]!.length === 1) && isMovedInBytes(context, x, y);
  const input = isBytes ? context.tensors.bytes(x) : context.tensors.nhwc8(x);
  const output = isBytes ? context.tensors.makeBytes(y) : context.tensors.makeNhwc8(y);
  const [slices, rows, columns] = asVolume(
    tables.map(({ outputs }) => halvedAtEnd(outputs)),
    identity,
  );
  const hasSlices = tables.length === 3;
  const taps = [rows[0]!.length, columns[0]!.length] as const;
  const deep = slices[0]!.length;
  const lines = deep * taps[0];
  const operations = elementCount(context.values.dims(node.outputs[0])!) * (lines * taps[1] + lines) * 2;
  context.add({
    kind: 'kernel',
    algorithm: `resample ${[...(hasSlices ? [deep] : []), ...taps].join('x')} taps${isBytes ? ' of bytes' : ''}`,
    nodes: [node],
    reads: [input],
    writes: [output],
    operations,
    build: (placement) => {
      const view = placement.view(input);
      const tableOf = (outputs: typeof rows, stride: number) => context.constants.bytes(resampleTable(outputs, stride));
      return {
        kernel: {
          name: 'resample',
          params: { input: view, output: placement.view(output), taps, ...(hasSlices ? { slices: deep } : {}) },
        },
        pointers: [
          { tensor: input },
          { tensor: output },
          { constant: tableOf(rows, view.rowStride) },
          { constant: tableOf(columns, view.pixelStride) },
          ...(hasSlices ? [{ constant: tableOf(slices, view.sliceStride) }] : []),
        ],
      };
    },
  });
}

export const resamplingLowerings: readonly Lowering[] = [lowerResize, lowerUpsample];
