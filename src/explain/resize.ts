/** Resize, and Upsample of old: where each output lies in the input, what it reads there, and with which weights. */
import type { Dim } from '../ir/dim.js';
import type { Shape } from '../ir/shape.js';
import { type CoordinateMode, originalPositions, type ResizedAxis } from '../ops/resampling/coordinates.js';
import type { Resizing } from '../ops/resampling/resize.js';
import { type AxisTaps, axisTables } from '../ops/resampling/resize-tensor.js';
import { pictureAxisNames } from '../split/fields/fields.js';
import type { Formula, ResizeAxisExplanation, ResizeExplanation, ResizeSample, Size } from './explanation.js';
import { factor as asFactor, sizeOf } from './sizes.js';

export interface ResizeLayer {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: CoordinateMode;
  readonly nearest: string;
  readonly antialias: boolean;
  readonly decidedBy: 'scales' | 'sizes';
  readonly x: Shape;
  readonly y: Shape;
  /** One for each axis of the tensor, where they are known. */
  readonly scales: readonly number[] | undefined;
  /** How it resizes the sizes of the layer, or small ones where those are open; undefined if that is known in a run only. */
  readonly resizing: Resizing | undefined;
}

type Explained = Omit<ResizeExplanation, 'node' | 'input' | 'output' | 'fields'>;

/** Longer axes are told by their formulas alone. */
const longestTable = 65_536;
const mostSamples = 6;

export function explainResize(layer: ResizeLayer): Explained {
  const { mode, coordinates, antialias, decidedBy, x, y, resizing } = layer;
  const isSmall = resizing?.axes.every(({ input, output }) => Math.max(input, output) <= longestTable) === true;
  const tables = isSmall ? axisTables(resizing.axes, resizing.method) : undefined;
  const names = pictureAxisNames(x.length - 2);
  const axes = x.flatMap((input, axis) => {
    const isResized = input !== y[axis] || (layer.scales?.[axis] ?? 1) !== 1;
    if (!isResized && axis < 2) return [];
    const name = names[axis - 2] ?? (axis === 0 ? 'batch' : 'channels');
    return [
      explainAxis(
        layer,
        { name, axis, input, output: y[axis]! },
        isSmall ? resizing.axes[axis] : undefined,
        tables?.[axis],
      ),
    ];
  });
  return {
    kind: 'Resize',
    batch: sizeOf(x[0]!),
    inputChannels: sizeOf(x[1]!),
    outputChannels: sizeOf(y[1]!),
    mode,
    coordinates,
    nearestMode: mode === 'nearest' ? layer.nearest : null,
    antialias,
    decidedBy,
    axes,
  };
}

interface Place {
  readonly name: string;
  readonly axis: number;
  readonly input: Dim;
  readonly output: Dim;
}

function explainAxis(
  layer: ResizeLayer,
  { name, axis, input, output }: Place,
  resized: ResizedAxis | undefined,
  table: AxisTaps | undefined,
): ResizeAxisExplanation {
  const scale = layer.scales?.[axis] ?? (resized === undefined ? undefined : resized.extent / resized.input);
  const [before, after] = [sizeOf(input), sizeOf(output)];
  return {
    name,
    axis,
    input: before,
    output: after,
    scale: scale ?? null,
    formula: sizeFormula(layer, before, after, scale),
    position: positionFormula(layer.coordinates, before, after, scale),
    samples: resized && table ? samplesOf(layer.coordinates, resized, table) : [],
    sampleInput: resized && table ? resized.input : null,
    sampleOutput: resized && table ? resized.output : null,
  };
}

function sizeFormula({ decidedBy }: ResizeLayer, input: Size, output: Size, scale: number | undefined): Formula {
  if (decidedBy === 'sizes') return { general: 'out = sizes', filled: `out = ${output}` };
  const factor = scale === undefined ? 'scale' : rounded(scale);
  return { general: 'out = floor(in·scale)', filled: `out = floor(${asFactor(input)}·${factor}) = ${output}` };
}

/** Operators.md, Resize, coordinate_transformation_mode. */
function positionFormula(mode: CoordinateMode, input: Size, output: Size, factor: number | undefined): Formula {
  const scale = factor === undefined ? 'scale' : rounded(factor);
  switch (mode) {
    case 'half_pixel':
    case 'pytorch_half_pixel':
      return { general: 'x_in = (x_out + 0.5)/scale − 0.5', filled: `x_in = (x_out + 0.5)/${scale} − 0.5` };
    case 'half_pixel_symmetric':
      return {
        general: 'x_in = (x_out + 0.5)/scale − 0.5, moved so that both borders lose the same',
        filled: `x_in = (x_out + 0.5)/${scale} − 0.5, moved so that both borders lose the same`,
      };
    case 'align_corners':
      return {
        general: 'x_in = x_out·(in − 1)/(out − 1)',
        filled: `x_in = x_out·(${input} − 1)/(${output} − 1)`,
      };
    case 'asymmetric':
      return { general: 'x_in = x_out/scale', filled: `x_in = x_out/${scale}` };
    case 'tf_half_pixel_for_nn':
      return { general: 'x_in = (x_out + 0.5)/scale', filled: `x_in = (x_out + 0.5)/${scale}` };
    case 'tf_crop_and_resize':
      return {
        general: 'x_in = start·(in − 1) + x_out·(end − start)·(in − 1)/(out − 1)',
        filled: `x_in = start·(${input} − 1) + x_out·(end − start)·(${input} − 1)/(${output} − 1)`,
      };
  }
}

/** The first positions, which meet the border, and those after the middle. */
function samplesOf(mode: CoordinateMode, axis: ResizedAxis, table: AxisTaps): ResizeSample[] {
  const { wholes, fractions } = originalPositions(mode, axis);
  const all = Array.from({ length: axis.output }, (_, o) => o);
  const shown =
    all.length <= 2 * mostSamples
      ? all
      : [...all.slice(0, mostSamples), ...all.slice(Math.floor(all.length / 2)).slice(0, 2)];
  return shown.map((output) => ({
    output,
    position: (wholes[output] ?? 0) + (fractions[output] ?? 0),
    reads: merged(table.outputs[output] ?? []),
  }));
}

/** Taps beyond the border read its element again; their weights are summed. */
function merged(taps: AxisTaps['outputs'][number]): ResizeSample['reads'] {
  const weights = new Map<number, number>();
  for (const { position, weight } of taps) weights.set(position, (weights.get(position) ?? 0) + weight);
  return [...weights].filter(([, weight]) => weight !== 0).map(([input, weight]) => ({ input, weight }));
}

/** Six digits, without zeros at the end. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
