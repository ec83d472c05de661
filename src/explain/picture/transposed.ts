/**
 * A transposed convolution in pictures: a still for each of the four steps, and one in which the kernel slides. They are
 * drawn of the plan that can be executed (`DilatePadConvolve`), in the manner of Dumoulin and Visin, "A guide to
 * convolution arithmetic for deep learning".
 */
import type { Size } from '../explanation.js';
import { drawScene, type LayerPicture, type Scene } from './document.js';
import { axisNames, commonSize, count, drawnAxes, sizesText } from './layer.js';
import type { LegendItem } from './legend.js';
import { litCell, slidingStyle, slidingWindow } from './sliding.js';
import {
  outputGrid,
  type Part,
  parts,
  sceneOf,
  slidingAxes,
  stageGrid,
  type TransposedAxis,
  type TransposedDrawing,
  type TransposedOptions,
  transposedDrawing,
} from './transposed-drawing.js';

/** The layer with its words. */
interface Layer {
  readonly drawing: TransposedDrawing;
  readonly axes: readonly TransposedAxis[];
}

/**
 * The drawings of a transposed convolution, in the order of the steps: `dilate`, `pad`, `crop`, `convolve`, and `slide`, in
 * which the kernel moves over all positions.
 * @param axes one to three spatial axes; of three the last two are drawn
 */
export function transposedConvolutionPictures(
  axes: readonly TransposedAxis[],
  options: TransposedOptions = {},
): LayerPicture[] {
  const layer = { drawing: transposedDrawing(axes, options), axes: drawnAxes(axes) };
  return [dilateScene, padScene, cropScene, convolveScene, slideScene].map((scene) => drawScene(scene(layer), options));
}

const legend = {
  input: { mark: 'in', text: 'input' },
  between: { mark: 'between', text: 'zero between inputs' },
  around: { mark: 'around', text: 'zero around' },
  cut: { mark: 'cut', text: 'cropped' },
  added: { mark: 'added', text: 'zero added at the end' },
  window: { mark: 'window', text: 'kernel' },
  tap: { mark: 'tap', text: 'element of the dilated kernel' },
  lit: { mark: 'lit', text: 'output being computed' },
} as const satisfies Record<string, LegendItem>;

type Pick = (sizes: TransposedAxis['sizes']) => Size;

/** Once where all axes have the same. */
function common({ axes }: Layer, pick: Pick): string {
  return commonSize(axes, ({ sizes }) => pick(sizes));
}

function sizes({ axes }: Layer, pick: Pick): string {
  return sizesText(axes, (axis) => pick(axis.sizes));
}

function dilateScene(layer: Layer): Scene {
  const zeros = common(layer, ({ zerosBetween }) => zerosBetween);
  return sceneOf(layer.drawing, {
    kind: 'dilate',
    title:
      zeros === '0'
        ? '1. Dilate: nothing to do at stride 1'
        : `1. Dilate: ${count(zeros, 'zero')} between inputs${axisNames(zeros)}`,
    description: `The input ${sizes(layer, parts.input.size)} becomes ${sizes(layer, parts.dilated.size)}: stride − 1, which is ${count(zeros, 'zero')}, between adjacent inputs.`,
    grids: [
      stageGrid(layer.drawing, 'input', 'input', [parts.input]),
      stageGrid(layer.drawing, 'dilated', 'dilated', [parts.dilated]),
    ],
    legend: [legend.input, legend.between],
  });
}

function padScene(layer: Layer): Scene {
  const zeros = common(layer, parts.around.size);
  return sceneOf(layer.drawing, {
    kind: 'pad',
    title:
      zeros === '0'
        ? '2. Pad: nothing to do for a kernel of one'
        : `2. Pad: ${count(zeros, 'zero')} on every side${axisNames(zeros)}`,
    description: `The dilated input ${sizes(layer, parts.dilated.size)} becomes ${sizes(layer, ({ padded }) => padded)}: the kernel's extent − 1, which is ${count(zeros, 'zero')}, on every side, so that each element of the kernel meets each input.`,
    grids: [
      stageGrid(layer.drawing, 'dilated', 'dilated', [parts.dilated]),
      stageGrid(layer.drawing, 'padded', 'padded', [parts.around, parts.dilated, parts.around]),
    ],
    legend: [legend.input, legend.between, legend.around],
  });
}

const cropParts: readonly Part[] = [parts.cropBegin, parts.kept, parts.cropEnd, parts.addEnd];

/** `1 off every side`, `1 off the start, 2 added at the end`. */
function cropText(layer: Layer): string {
  const begin = common(layer, parts.cropBegin.size);
  const end = common(layer, parts.cropEnd.size);
  const added = common(layer, parts.addEnd.size);
  const everywhere = layer.axes.length > 1 ? 'every side' : 'both ends';
  const off = begin === end ? [`${begin} off ${everywhere}`] : [`${begin} off the start`, `${end} off the end`];
  const said = [...off, `${added} added at the end`].filter((part) => !part.startsWith('0 '));
  return said.length === 0 ? 'nothing to do, the layer has no padding' : said.join(', ') + axisNames(begin, end, added);
}

function cropDescription(layer: Layer): string {
  const padded = sizes(layer, (steps) => steps.padded);
  const remains = sizes(layer, parts.cropped.size);
  if (padded === remains && cropText(layer).startsWith('nothing'))
    return `The layer has no padding, so that nothing of the padded input is cropped; it is still ${remains}.`;
  return `The padding of the layer is cropped from the padded input ${padded}, and its output padding added: ${cropText(layer)}. What remains is ${remains}.`;
}

function cropScene(layer: Layer): Scene {
  return sceneOf(layer.drawing, {
    kind: 'crop',
    title: `3. Crop: ${cropText(layer)}`,
    description: cropDescription(layer),
    grids: [
      stageGrid(layer.drawing, 'marked', 'padded', cropParts),
      stageGrid(layer.drawing, 'cropped', 'cropped', [parts.cropped]),
    ],
    legend: [legend.input, legend.between, legend.around, legend.cut, legend.added],
  });
}

/** `kernel 4×4, stride 2, padding 1, output padding 1`. */
function attributesText({ axes }: Layer): string {
  const of = (pick: (axis: TransposedAxis['geometry']) => number) => commonSize(axes, ({ geometry }) => pick(geometry));
  const begin = of(({ padBegin }) => padBegin);
  const end = of(({ padEnd }) => padEnd);
  const others = [
    ['dilation', of(({ dilation }) => dilation), '1'],
    ['padding', begin === end ? begin : `${begin} and ${end}`, ''],
    ['output padding', of(({ tail }) => tail), '0'],
  ].filter(([, value, plain]) => value !== plain);
  const kernel = sizesText(axes, ({ geometry }) => geometry.kernel);
  const named = others.map(([name, value]) => `, ${name} ${value}`).join('');
  return `kernel ${kernel}, stride ${of(({ stride }) => stride)}${named}`;
}

function tapItem({ axes }: Layer): LegendItem[] {
  return axes.some(({ geometry }) => geometry.dilation > 1) ? [legend.tap] : [];
}

function convolveScene(layer: Layer): Scene {
  const { drawing } = layer;
  const sliding = slidingAxes(drawing, false);
  const over = (cell: number) => slidingWindow(sliding, cell, drawing.values?.weights);
  return sceneOf(drawing, {
    kind: 'convolve',
    title: `4. Convolve: the flipped ${sizesText(layer.axes, ({ geometry }) => geometry.kernel)} kernel at every position`,
    description: `The kernel, flipped along each axis, is laid over the ${sizes(layer, parts.cropped.size)} at every position, one after another. The sum of the products under it is one output; there are ${sizes(layer, parts.output.size)}.`,
    grids: [
      stageGrid(drawing, 'cropped', 'cropped', [parts.cropped], over),
      outputGrid(drawing, (cell) => litCell(sliding, cell)),
    ],
    legend: [legend.input, legend.between, legend.around, legend.added, legend.window, ...tapItem(layer), legend.lit],
  });
}

function slideScene(layer: Layer): Scene {
  const { drawing } = layer;
  const sliding = slidingAxes(drawing, true);
  const over = (cell: number) => slidingWindow(sliding, cell, drawing.values?.weights);
  const scene = sceneOf(drawing, {
    kind: 'slide',
    title: `Transposed convolution, ${sizes(layer, parts.input.size)} → ${sizes(layer, parts.output.size)}`,
    subtitle: attributesText(layer),
    description: `The flipped kernel slides over the input, which has zeros between its elements and around them; what the padding crops is crossed out. Each position makes one output. In short: ${attributesText(layer)}.`,
    grids: [
      stageGrid(drawing, 'marked', 'input: dilated, padded, cropped', cropParts, over),
      outputGrid(drawing, (cell) => litCell(sliding, cell)),
    ],
    legend: [
      legend.input,
      legend.between,
      legend.around,
      legend.cut,
      legend.added,
      legend.window,
      ...tapItem(layer),
      legend.lit,
    ],
  });
  return { ...scene, style: (id, theme) => slidingStyle(id, sliding, scene.cell, theme) };
}
