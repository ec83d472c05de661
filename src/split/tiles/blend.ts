/**
 * Approximate tiling: windows overlap by a given number of positions, each is computed separately, and their results
 * are blended. Operators that would see the whole picture see only their window, and nothing compensates for that.
 */

import { defineProblem } from '../../diagnostics.js';
import type { Inference } from '../../infer/infer.js';
import type { Graph, Value } from '../../ir/graph.js';
import { leastCommonMultiple } from '../../ir/integers.js';
import type { Shape } from '../../ir/shape.js';
import { type Fields, type PictureAxes, type PictureAxis, pictureAxisNames, type Refusal } from '../fields/fields.js';
import { fieldsOf } from '../fields/follow.js';
import { inverse, ratio, scaled } from '../fields/reads.js';
import { type TiledValueAxis, type TilePlan, tilingFacts } from './plan.js';
import {
  checkShared,
  type FixedSizes,
  failToFit,
  fixedSizes,
  inferAt,
  resizedShapes,
  type Tiling,
  type TilingRequest,
  tileSize,
  type WindowShapes,
} from './tiling.js';

const tileNotWhole = defineProblem(
  'US2202',
  { input: 'string', window: 'integer', divisor: 'integer' },
  ({ input, window, divisor }) => ({
    message: `a tile has no whole number of positions of the input '${input}'`,
    value: input,
    expected: `a multiple of ${divisor}`,
    actual: String(window),
  }),
);

const pictureDoesNotFit = defineProblem(
  'US2202',
  { axis: 'string', size: 'integer', window: 'integer', stride: 'integer' },
  ({ axis, size, window, stride }) => ({
    message: `the picture's ${axis} does not fit tiles of the model's ${axis}`,
    expected: stride === 1 ? `at least ${window}` : `${window} plus a multiple of ${stride}`,
    actual: String(size),
    hint: 'give a picture of such a size',
  }),
);

const overlapTooLarge = defineProblem(
  'US2202',
  { axis: 'string', overlap: 'integer', maximum: 'integer', window: 'integer' },
  ({ axis, overlap, maximum, window }) => ({
    message: `an overlap of ${overlap} leaves tiles no room to advance along the ${axis}`,
    expected: `an overlap of at most ${maximum}, for tiles of ${window}`,
    actual: String(overlap),
  }),
);

const outputWithoutAxis = defineProblem('US2202', { output: 'string', axis: 'string' }, ({ output, axis }) => ({
  message: `the output '${output}' has no ${axis} that tiles could be put together along`,
  value: output,
  hint: 'run the picture whole, or a part of the network that ends before (--to)',
}));

export interface BlendedTiling extends Tiling {
  /** Nodes that see a window instead of the picture, and what they do with it. */
  readonly approximations: readonly Refusal[];
}

/** A scale between input and output with larger terms than this is a coincidence of their sizes. */
const largestTerm = 64;

/** One axis of the picture. */
interface Blend {
  readonly size: number;
  readonly window: number;
  readonly starts: readonly number[];
}

/**
 * Windows of the tile's size, or of the size that the model fixes, that overlap by at least `overlap`.
 * @throws ModelError US2202 if windows or results do not fit, or with what inference finds
 */
export function blendedTiling(graph: Graph, request: TilingRequest, overlap: number): BlendedTiling {
  const { pictures } = request;
  const fixed = fixedSizes(graph, pictures);
  const wanted = wantedWindows(request, fixed);
  const shapes = windowShapes(request, fixed, wanted);
  checkShared(graph, shapes, request);
  const inference = inferAt(graph, shapes, request);
  const fields = fieldsOf(graph, inference, pictures);
  const outputs = graph.outputs.map((output) => [output, scalesOf(output, fields, inference, pictures)] as const);
  const facts = fields.refusals.length === 0 ? tilingFacts(graph.outputs, pictures, fields, inference) : undefined;
  const names = pictureAxisNames(request.tile.length);
  const blends = wanted.map(({ size, window }, picture) =>
    blendOf({ size, window, overlap, name: names[picture]! }, stepsAlong(picture, fields, pictures, outputs), request),
  );
  const axesOf = (shape: Shape | undefined, places: Scales) =>
    places.map((place, axis) => {
      const window = shape?.[axis];
      return place && typeof window === 'number' ? valueAxis(window, place, blends[place.picture]!) : undefined;
    });
  const plan: TilePlan = {
    axes: blends.map((blend, picture) => ({
      name: names[picture]!,
      ...blend,
      tile: blend.window,
      halo: { before: 0, after: 0 },
      stride: fields.strides[picture]!,
      // Refused nodes have no receptive field.
      receptiveField: facts?.axes[picture]?.receptiveField,
    })),
    inputs: new Map(
      [...pictures.keys()].map((input) => [input, axesOf(shapes.get(input.name), fields.axes.get(input) ?? [])]),
    ),
    outputs: new Map(
      outputs.map(([output, scales]) => [output, axesOf(inference.types.get(output)?.shape, scales)] as const),
    ),
  };
  const isTiled = blends.some(({ starts }) => starts.length > 1);
  if (isTiled) checkOutputs(plan, request);
  return { plan, shapes, approximations: isTiled ? fields.refusals : [] };
}

/** Along an axis of the picture, in positions of its largest input. */
type WantedWindow = Pick<Blend, 'size' | 'window'>;

function wantedWindows(request: TilingRequest, fixed: FixedSizes): WantedWindow[] {
  const { pictures, shapes, tile } = request;
  const base = largestInput(request);
  return tile.map((asked, picture) => {
    if (base === undefined) return { size: 0, window: 0 };
    const axis = pictures.get(base)![picture]!;
    const size = shapes.get(base.name)![axis]!;
    const own = fixed.get(base)?.get(axis);
    return { size, window: own ?? Math.min(tileSize(asked, { stride: 1 }, size, tile.length), size) };
  });
}

/** @throws ModelError US2202 if a window is not a whole number of positions of a coarser input */
function windowShapes(request: TilingRequest, fixed: FixedSizes, wanted: readonly WantedWindow[]): WindowShapes {
  return resizedShapes(request, (input, axis, size) => {
    const own = fixed.get(input)?.get(axis);
    if (own !== undefined) return own;
    const { size: whole, window } = wanted[request.pictures.get(input)!.indexOf(axis)]!;
    const part = (size * window) / whole;
    if (Number.isInteger(part)) return part;
    failToFit(tileNotWhole({ input: input.name, window, divisor: ratio(whole, size).numerator }), request.file);
  });
}

/** The input with the most positions. */
function largestInput({ shapes, pictures }: TilingRequest): Value | undefined {
  const positions = (input: Value) =>
    pictures.get(input)!.reduce((product, axis) => product * (shapes.get(input.name)?.[axis] ?? 0), 1);
  return [...pictures.keys()].sort((a, b) => positions(b) - positions(a))[0];
}

type Scales = readonly (PictureAxis | undefined)[];

/**
 * The picture axes of an output. After nodes that are not followed they are taken to be where the input has them, with
 * the scale given by the sizes.
 */
function scalesOf(output: Value, fields: Fields, inference: Inference, pictures: PictureAxes): Scales {
  const shape = inference.types.get(output)?.shape ?? [];
  const known = fields.axes.get(output);
  if (known?.some((place) => place !== undefined)) return known;
  const [[input, axes] = []] = pictures;
  const from = input && inference.types.get(input)?.shape;
  if (axes === undefined || from === undefined || shape.length !== from.length) return [];
  return shape.map((dim, axis) => {
    const picture = axes.indexOf(axis);
    const size = from[axis];
    if (picture < 0 || typeof dim !== 'number' || typeof size !== 'number' || dim <= 1) return undefined;
    const scale = ratio(size, dim);
    return Math.max(scale.numerator, scale.denominator) > largestTerm ? undefined : { picture, scale };
  });
}

/** Windows have to begin at multiples of one step, and should begin at multiples of another. */
interface Steps {
  readonly needed: number;
  readonly wanted: number;
}

function stepsAlong(
  picture: number,
  fields: Fields,
  pictures: PictureAxes,
  outputs: readonly (readonly [Value, Scales])[],
): Steps {
  const inputs = [...pictures.keys()].map((input) => fields.axes.get(input) ?? []);
  const numerators = [...inputs, ...outputs.map(([, scales]) => scales)].flatMap((scales) =>
    scales.flatMap((place) => (place?.picture === picture ? [place.scale.numerator] : [])),
  );
  const needed = numerators.reduce(leastCommonMultiple, 1);
  return { needed, wanted: leastCommonMultiple(needed, fields.strides[picture] ?? 1) };
}

interface BlendedAxis {
  readonly name: string;
  readonly size: number;
  readonly window: number;
  readonly overlap: number;
}

function blendOf(
  { name, size, window, overlap }: BlendedAxis,
  { needed, wanted }: Steps,
  request: TilingRequest,
): Blend {
  const { file } = request;
  const rest = size - window;
  if (rest === 0) return { size, window, starts: [0] };
  if (rest < 0 || rest % needed !== 0) {
    failToFit(pictureDoesNotFit({ axis: name, size, window, stride: needed }), file);
  }
  const room = window - overlap;
  const step = room >= wanted ? Math.floor(room / wanted) * wanted : Math.floor(room / needed) * needed;
  if (step <= 0) {
    failToFit(overlapTooLarge({ axis: name, overlap, maximum: window - needed, window }), file);
  }
  const count = Math.ceil(rest / step) + 1;
  return { size, window, starts: Array.from({ length: count }, (_, k) => Math.min(k * step, rest)) };
}

function valueAxis(
  window: number,
  { picture, scale }: PictureAxis,
  { size, window: part, starts }: Blend,
): TiledValueAxis {
  const positions = (count: number) => scaled(count, inverse(scale));
  const places = starts.map(positions);
  const weights = fadingWeights(places, window);
  return {
    picture,
    window,
    size: window + positions(size - part),
    starts: places,
    // Results that cannot be blended are cut in the middle of the overlap.
    cuts: places.map((start, k) => (k === 0 ? 0 : Math.floor((start + places[k - 1]! + window) / 2))),
    ...(starts.length > 1 ? { weights } : {}),
  };
}

/**
 * The weight of each position of each window. Weights rise linearly over the overlap with the window before, fall over
 * the overlap with the one after, and are divided by their sum at each position.
 */
export function fadingWeights(starts: readonly number[], window: number): Float64Array[] {
  const raw = starts.map((start, k) => {
    const before = k === 0 ? 0 : starts[k - 1]! + window - start;
    const after = k === starts.length - 1 ? 0 : start + window - starts[k + 1]!;
    return Float64Array.from({ length: window }, (_, i) => {
      const rise = i < before ? (i + 0.5) / before : 1;
      const fall = window - 1 - i < after ? (window - i - 0.5) / after : 1;
      return rise * fall;
    });
  });
  const sums = new Float64Array((starts.at(-1) ?? 0) + window);
  raw.forEach((weights, k) => {
    weights.forEach((weight, i) => {
      sums[starts[k]! + i]! += weight;
    });
  });
  return raw.map((weights, k) => weights.map((weight, i) => weight / sums[starts[k]! + i]!));
}

/** Refuses results without picture axes, which cannot be put together. */
function checkOutputs({ axes, outputs }: TilePlan, { file }: TilingRequest): void {
  const tiled = axes.flatMap(({ starts }, picture) => (starts.length > 1 ? [picture] : []));
  for (const [output, places] of outputs) {
    const missing = tiled.find((picture) => !places.some((place) => place?.picture === picture));
    if (missing === undefined) continue;
    failToFit(outputWithoutAxis({ output: output.name, axis: axes[missing]!.name }), file);
  }
}
