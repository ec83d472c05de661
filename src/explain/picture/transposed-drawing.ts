/** What all pictures of a transposed convolution are made of, and its grids. */
import { type ConvTransposeAxis, kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import { type DilatePadConvolveAxis, dilatePadConvolve } from '../../ops/convolution/dilate-pad-convolve.js';
import type { AxisSteps, Size } from '../explanation.js';
import { cellSize } from './cell-size.js';
import type { PictureOptions, Scene } from './document.js';
import type { Grid } from './grid.js';
import { drawnAxes, notesOn } from './layer.js';
import { type Most, type Representative, representativeTransposed } from './representative.js';
import { restingPlace, type SlidingAxis } from './sliding.js';
import { type Line, linesOf, outputLine, plane, type Stage } from './transposed-cells.js';
import { drawnValues, type LayerValues, type PlaneValues } from './values.js';

/** An axis of a transposed convolution: what is drawn, and the sizes that are written. */
export interface TransposedAxis {
  /** In numbers; of an open size, any that is large. */
  readonly geometry: ConvTransposeAxis;
  /** With open sizes as expressions. */
  readonly sizes: AxisSteps & { readonly input: Size };
}

export interface TransposedOptions extends PictureOptions {
  /** Numbers for the cells, of one channel; left out where cells are many, or the layer is drawn smaller than it is. */
  readonly values?: LayerValues | undefined;
}

export interface TransposedDrawing {
  readonly axes: readonly Representative<ConvTransposeAxis>[];
  readonly drawn: readonly DilatePadConvolveAxis[];
  readonly sizes: readonly TransposedAxis['sizes'][];
  readonly values: PlaneValues | undefined;
  readonly notes: readonly string[];
}

/** An axis whose sizes are numbers. */
export function transposedAxis(geometry: ConvTransposeAxis): TransposedAxis {
  return { geometry, sizes: planOf([geometry])[0]! };
}

function planOf(axes: readonly ConvTransposeAxis[]): readonly DilatePadConvolveAxis[] {
  return dilatePadConvolve({ batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes }).axes;
}

const most: Readonly<Record<'line' | 'plane', Most>> = {
  line: { cells: 27, bare: 33 },
  plane: { cells: 17, bare: 23 },
};

/** Cells along an axis, at most, in which numbers are written. */
const mostWithValues = 11;

export function transposedDrawing(
  axes: readonly TransposedAxis[],
  { values }: Pick<TransposedOptions, 'values'>,
): TransposedDrawing {
  const shown = drawnAxes(axes);
  const geometries = shown.map(({ geometry }) => geometry);
  const limit = shown.length === 1 ? most.line : most.plane;
  const represented = geometries.map((axis) => representativeTransposed(axis, limit));
  const isWhole = represented.every(({ gap, isScaled }) => gap === undefined && !isScaled);
  const drawn = planOf(represented.map((axis) => axis.drawn));
  const isLegible = drawn.every(({ padded }) => padded <= mostWithValues);
  return {
    axes: represented,
    drawn,
    sizes: shown.map(({ sizes }) => sizes),
    values:
      isWhole && isLegible && shown.length === axes.length && values ? drawnValues(geometries, values) : undefined,
    notes: notesOn(axes.length, represented, 'kernel, stride and padding'),
  };
}

/** A part of an axis: its cells in the drawing, and what is written at it. */
export interface Part {
  readonly cells: (axis: DilatePadConvolveAxis) => number;
  readonly size: (sizes: TransposedAxis['sizes']) => Size;
}

export const parts = {
  input: { cells: ({ input }) => input, size: ({ input }) => input },
  dilated: { cells: ({ dilated }) => dilated, size: ({ dilated }) => dilated },
  around: { cells: ({ zerosAround }) => zerosAround, size: ({ zerosAround }) => zerosAround },
  cropBegin: { cells: ({ cropBegin }) => cropBegin, size: ({ cropBegin }) => cropBegin },
  kept: { cells: ({ cropped, addEnd }) => cropped - addEnd, size: keptSize },
  cropEnd: { cells: ({ cropEnd }) => cropEnd, size: ({ cropEnd }) => cropEnd },
  addEnd: { cells: ({ addEnd }) => addEnd, size: ({ addEnd }) => addEnd },
  cropped: { cells: ({ cropped }) => cropped, size: ({ cropped }) => cropped },
  output: { cells: ({ output }) => output, size: ({ output }) => output },
} as const satisfies Readonly<Record<string, Part>>;

/** What of the padded input is left by the crop. */
function keptSize({ cropped, addEnd }: TransposedAxis['sizes']): Size {
  if (typeof cropped === 'number' && typeof addEnd === 'number') return cropped - addEnd;
  return addEnd === 0 ? cropped : `${cropped} − ${addEnd}`;
}

/** The grid of a stage. @param along what is written along each axis, from its start */
export function stageGrid(
  { axes, drawn, sizes, values }: TransposedDrawing,
  stage: Stage,
  caption: string,
  along: readonly Part[],
  over?: Grid['over'],
): Grid {
  const lines = drawn.map((axis, i) => linesOf(axis, stage, axes[i]!.gap));
  return gridOf(stage, caption, lines, values, segments(along, sizes, drawn), over);
}

export function outputGrid({ axes, drawn, sizes, values }: TransposedDrawing, over?: Grid['over']): Grid {
  const lines = drawn.map((axis, i) => outputLine(axis, axes[i]!.gap));
  return gridOf('output', 'output', lines, values, segments([parts.output], sizes, drawn), over);
}

function segments(
  along: readonly Part[],
  sizes: TransposedDrawing['sizes'],
  drawn: readonly DilatePadConvolveAxis[],
): Grid['across'][] {
  return sizes.map((axis, i) => along.map((part) => ({ size: String(part.size(axis)), cells: part.cells(drawn[i]!) })));
}

function gridOf(
  name: Stage | 'output',
  caption: string,
  lines: readonly Line[],
  values: PlaneValues | undefined,
  along: readonly Grid['across'][],
  over: Grid['over'],
): Grid {
  const rows = plane(lines, (row, column) => values?.text(name, row, column));
  const down = along.length > 1 ? along[0]! : [];
  const hasCorners = over !== undefined && name !== 'output' && values?.isCrowded === true;
  return { name, caption, rows, across: along.at(-1)!, down, over, hasCorners };
}

export function sceneOf(
  { axes, values, notes }: TransposedDrawing,
  scene: Omit<Scene, 'isStacked' | 'cell' | 'notes'>,
): Scene {
  const isStacked = axes.length === 1;
  return { ...scene, isStacked, cell: cellSize(scene.grids, isStacked, values !== undefined), notes };
}

/** How the kernel moves along each axis. @param isMarked over the grid in which the crop is shown */
export function slidingAxes({ axes, drawn }: TransposedDrawing, isMarked: boolean): SlidingAxis[] {
  return drawn.map((axis, i) => ({
    extent: kernelExtent(axis),
    kernel: axis.kernel,
    dilation: axis.dilation,
    step: 1,
    begin: isMarked ? axis.cropBegin : 0,
    positions: axis.output,
    rest: restingPlace(axis.output, (position) => inputsUnder(axis, position, axes[i]!.gap)),
  }));
}

/** How many elements of the kernel meet an input at a position. */
function inputsUnder(axis: DilatePadConvolveAxis, position: number, gap: number | undefined): number {
  let met = 0;
  for (let k = 0; k < axis.kernel; k++) {
    const at = position + k * axis.dilation + axis.cropBegin - axis.zerosAround;
    const isInput = at >= 0 && at < axis.dilated && at % (axis.zerosBetween + 1) === 0;
    if (isInput && at / (axis.zerosBetween + 1) !== gap) met++;
  }
  return met;
}
