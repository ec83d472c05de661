/** Windows that slide by the stride, in pictures: convolutions and poolings. */
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import type { ConcreteWindow } from '../../ops/convolution/window.js';
import type { Size } from '../explanation.js';
import { cellSize } from './cell-size.js';
import { drawScene, type LayerPicture, type PictureOptions, type Scene } from './document.js';
import type { Grid, Segment } from './grid.js';
import { commonSize, drawnAxes, notesOn, sizesText } from './layer.js';
import type { LegendItem } from './legend.js';
import { type Most, paddedInput, type Representative, representativeWindow, windowsEnd } from './representative.js';
import { litCell, restingPlace, type SlidingAxis, slidingStyle, slidingWindow } from './sliding.js';
import { type Line, plane, positions } from './transposed-cells.js';

/** An axis that windows slide along: what is drawn, and the sizes that are written. */
export interface SlidAxis {
  readonly geometry: ConcreteWindow;
  readonly input: Size;
  readonly output: Size;
}

const most: Readonly<Record<'line' | 'plane', Most>> = {
  line: { cells: 27, bare: 33 },
  plane: { cells: 17, bare: 23 },
};

const legend: readonly LegendItem[] = [
  { mark: 'in', text: 'input' },
  { mark: 'around', text: 'padding' },
  { mark: 'added', text: 'beyond the padding' },
  { mark: 'cut', text: 'read by no window' },
];

/**
 * The drawings of a convolution or pooling: `pad` where there is padding, and `slide`.
 * @param operator as in the model: `Conv`
 * @param axes one to three spatial axes; of three the last two are drawn
 */
export function windowPictures(
  operator: string,
  axes: readonly SlidAxis[],
  options: PictureOptions = {},
): LayerPicture[] {
  const shown = drawnAxes(axes);
  const limit = shown.length === 1 ? most.line : most.plane;
  const represented = shown.map(({ geometry }) => representativeWindow(geometry, limit));
  const notes = notesOn(axes.length, represented, 'kernel, stride and padding');
  const scenes = isPadded(shown) ? [padScene, slideScene] : [slideScene];
  return scenes.map((scene) => drawScene(scene(operator, shown, represented, notes), options));
}

function isPadded(axes: readonly SlidAxis[]): boolean {
  return axes.some(({ geometry }) => geometry.padBegin + geometry.padEnd > 0);
}

type Drawn = readonly Representative<ConcreteWindow>[];

function padScene(_operator: string, axes: readonly SlidAxis[], drawn: Drawn, notes: readonly string[]): Scene {
  const input = grid(
    'input',
    'input',
    drawn.map(inputLine),
    axes.map((axis, i) => inputSegments(axis, drawn[i]!.drawn)),
  );
  const padded = grid(
    'padded',
    'padded',
    drawn.map(paddedLine),
    axes.map((axis, i) => paddedSegments(axis, drawn[i]!.drawn)),
  );
  return sceneOf(drawn, notes, {
    kind: 'pad',
    title: `1. Pad: ${paddingText(axes)}`,
    description: `The input ${sizesText(axes, ({ input: size }) => size)} gets ${paddingText(axes)}.`,
    grids: [input, padded],
    legend,
  });
}

function slideScene(operator: string, axes: readonly SlidAxis[], drawn: Drawn, notes: readonly string[]): Scene {
  const sliding = drawn.map(slidingAxis);
  const padded = grid(
    'padded',
    isPadded(axes) ? 'padded input' : 'input',
    drawn.map(paddedLine),
    axes.map((axis, i) => paddedSegments(axis, drawn[i]!.drawn)),
    (cell) => slidingWindow(sliding, cell),
  );
  const output = grid(
    'output',
    'output',
    drawn.map(outputLine),
    axes.map(({ output: size }, i) => [{ size: String(size), cells: drawn[i]!.drawn.output }]),
    (cell) => litCell(sliding, cell),
  );
  const stride = commonSize(axes, ({ geometry }) => geometry.stride);
  const kernel = sizesText(axes, ({ geometry }) => geometry.kernel);
  const dilation = commonSize(axes, ({ geometry }) => geometry.dilation);
  const isDilated = dilation !== '1';
  const isRestCut = drawn.some((axis) => windowsEnd(axis.drawn) < paddedInput(axis.drawn));
  const scene = sceneOf(drawn, notes, {
    kind: 'slide',
    title: `${operator}, ${sizesText(axes, (axis) => axis.input)} → ${sizesText(axes, (axis) => axis.output)}`,
    subtitle: `window ${kernel}, stride ${stride}${isDilated ? `, dilation ${dilation}` : ''}, ${paddingText(axes)}`,
    description: `A window of ${kernel} slides over the ${isPadded(axes) ? 'padded ' : ''}input by ${stride}; each position makes one output.${isRestCut ? ' What no window reads is crossed out.' : ''}`,
    grids: [padded, output],
    legend: [
      ...legend,
      { mark: 'window', text: 'window' },
      ...(isDilated ? [{ mark: 'tap', text: 'element that it reads' } as const] : []),
      { mark: 'lit', text: 'output being computed' },
    ],
  });
  return { ...scene, style: (id, theme) => slidingStyle(id, sliding, scene.cell, theme) };
}

function sceneOf(drawn: Drawn, notes: readonly string[], scene: Omit<Scene, 'isStacked' | 'cell' | 'notes'>): Scene {
  const isStacked = drawn.length === 1;
  return { ...scene, isStacked, cell: cellSize(scene.grids, isStacked, false), notes };
}

function paddingText(axes: readonly SlidAxis[]): string {
  const begin = commonSize(axes, ({ geometry }) => geometry.padBegin);
  const end = commonSize(axes, ({ geometry }) => geometry.padEnd);
  if (begin === end) return begin === '0' ? 'no padding' : `padding ${begin}`;
  if (begin === '0') return `padding ${end} at the end`;
  return end === '0' ? `padding ${begin} at the start` : `padding ${begin} at the start, ${end} at the end`;
}

function inputLine({ drawn, gap }: Representative<ConcreteWindow>): Line {
  return positions('in', drawn.input).map((position, at) => ({ ...position, isGap: at === gap }));
}

/** With what no window reads crossed out, and what windows read beyond the padding. */
function paddedLine(axis: Representative<ConcreteWindow>): Line {
  const { padBegin, padEnd } = axis.drawn;
  const end = windowsEnd(axis.drawn);
  const padded = [...positions('around', padBegin), ...inputLine(axis), ...positions('around', padEnd)];
  const beyond = Math.max(0, end - paddedInput(axis.drawn));
  return [...padded.map((position, at) => ({ ...position, isCut: at >= end })), ...positions('added', beyond)];
}

function outputLine({ drawn, gap }: Representative<ConcreteWindow>): Line {
  const center = gap === undefined ? -1 : (gap + drawn.padBegin - Math.floor(kernelExtent(drawn) / 2)) / drawn.stride;
  const left = Math.max(0, Math.min(drawn.output - 1, Math.round(center)));
  return positions('out', drawn.output).map((position, at) => ({
    ...position,
    isGap: gap !== undefined && at === left,
  }));
}

function inputSegments({ input }: SlidAxis, drawn: ConcreteWindow): Segment[] {
  return [{ size: String(input), cells: drawn.input }];
}

function paddedSegments({ geometry, input }: SlidAxis, drawn: ConcreteWindow): Segment[] {
  return [
    { size: String(geometry.padBegin), cells: drawn.padBegin },
    { size: String(input), cells: drawn.input },
    { size: String(geometry.padEnd), cells: drawn.padEnd },
  ];
}

function slidingAxis({ drawn, gap }: Representative<ConcreteWindow>): SlidingAxis {
  return {
    extent: kernelExtent(drawn),
    kernel: drawn.kernel,
    dilation: drawn.dilation,
    step: drawn.stride,
    begin: 0,
    positions: drawn.output,
    rest: restingPlace(drawn.output, (position) => {
      const from = position * drawn.stride - drawn.padBegin;
      const inside = Math.min(drawn.input, from + kernelExtent(drawn)) - Math.max(0, from);
      // Rather where the whole of it is drawn.
      return gap !== undefined && gap >= from && gap < from + kernelExtent(drawn) ? inside / 2 : inside;
    }),
  };
}

function grid(
  name: string,
  caption: string,
  lines: readonly Line[],
  along: readonly (readonly Segment[])[],
  over?: Grid['over'],
): Grid {
  const down = along.length > 1 ? along[0]! : [];
  return { name, caption, rows: plane(lines, () => undefined), across: along.at(-1)!, down, over };
}
