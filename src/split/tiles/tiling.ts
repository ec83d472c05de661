/** Makes a tiling plan from a network, the picture's size and the tile's, or says why there is none. */
import { type Diagnostic, defineProblem, diagnostic, ModelError, type Problem } from '../../diagnostics.js';
import { type Inference, infer } from '../../infer/infer.js';
import type { Dim } from '../../ir/dim.js';
import { declaredShape, type Graph, type Node, referenceTo, type Value } from '../../ir/graph.js';
import { originOf } from '../../ir/origin.js';
import type { Shape } from '../../ir/shape.js';
import type { Fields, PictureAxes, Refusal } from '../fields/fields.js';
import { fieldsOf } from '../fields/follow.js';
import { differingNode } from './differing.js';
import {
  type AxisFacts,
  type AxisTiling,
  fixedWindows,
  freeWindows,
  sizeAlong,
  type TilePlan,
  tilePlan,
  tilingFacts,
} from './plan.js';

/** Positions along a picture axis that a window contributes to the result: a number, all, or a suitable number. */
export type TileSize = number | 'whole' | 'any';

export interface TilingRequest {
  /** Sizes of the whole inputs, by name: one for each of the graph's. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly pictures: PictureAxes;
  /** For each axis of the picture. */
  readonly tile: readonly TileSize[];
  /** The file that messages name. */
  readonly file?: string | undefined;
}

/** Sizes of the graph's inputs while a window is run, by name. */
export type WindowShapes = ReadonlyMap<string, readonly number[]>;

export interface Tiling {
  readonly plan: TilePlan;
  readonly shapes: WindowShapes;
}

/**
 * Tiles whose combined results equal the whole picture's, position by position.
 * @throws ModelError US2201 with the nodes that see more than a tile, US2202 for tiles that do not fit, or what
 * inference finds
 */
export function exactTiling(graph: Graph, request: TilingRequest): Tiling {
  const { pictures, file } = request;
  const fixed = fixedSizes(graph, pictures);
  const base = resizedShapes(request, (input, axis, size) => fixed.get(input)?.get(axis) ?? size);
  const inference = inferAt(graph, base, request);
  const fields = fieldsOf(graph, inference, pictures);
  if (fields.refusals.length > 0) throw refused(fields.refusals, file);
  const facts = tilingFacts(graph.outputs, pictures, fields, inference);
  const tilings = facts.axes.map((axis, picture) => tilingOf(axis, picture, request, fields, fixed));
  const plan = tilePlan(facts, graph.outputs, tilings);
  const shapes = resizedShapes(request, (input, axis, size) => plan.inputs.get(input)?.[axis]?.window ?? size);
  checkShared(graph, shapes, request);
  if (tilings.some(({ size, window }, picture) => size > window && facts.axes[picture]!.size === size)) {
    const part = inferAt(graph, shapes, request);
    const found = differingNode(fields, fieldsOf(graph, part, pictures), tilings);
    if (found !== undefined) throw refused([found], file);
  }
  return { plan, shapes };
}

/** Sizes of picture axes that the model fixes, by axis. */
export type FixedSizes = ReadonlyMap<Value, ReadonlyMap<number, number>>;

export function fixedSizes(graph: Graph, pictures: PictureAxes): FixedSizes {
  const fixed = new Map<Value, Map<number, number>>();
  for (const input of graph.inputs) {
    const shape = declaredShape(input);
    for (const axis of pictures.get(input) ?? []) {
      const size = shape?.[axis];
      if (typeof size !== 'number') continue;
      const axes = fixed.get(input) ?? new Map<number, number>();
      fixed.set(input, axes.set(axis, size));
    }
  }
  return fixed;
}

/** The shapes asked for, with other sizes along the axes of the picture. */
export function resizedShapes(
  { shapes, pictures }: TilingRequest,
  sizeOf: (input: Value, axis: number, size: number) => number,
): Map<string, readonly number[]> {
  const found = new Map(shapes);
  for (const [input, axes] of pictures) {
    const shape = [...(shapes.get(input.name) ?? [])];
    for (const axis of axes) shape[axis] = sizeOf(input, axis, shape[axis]!);
    found.set(input.name, shape);
  }
  return found;
}

/** @throws ModelError with what is wrong at these sizes */
export function inferAt(graph: Graph, shapes: WindowShapes, { file }: TilingRequest): Inference {
  const inputShapes = new Map<string, Shape>(shapes);
  const inference = infer(graph, { inputShapes, file });
  const errors = inference.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);
  return inference;
}

/** Picture axes that share a symbol in the model need windows of one size. @throws ModelError US2202 */
export function checkShared(graph: Graph, shapes: WindowShapes, { pictures, file }: TilingRequest): void {
  const sizes = new Map<Dim, number>();
  for (const input of graph.inputs) {
    const declared = declaredShape(input);
    for (const axis of pictures.get(input) ?? []) {
      const dim = declared?.[axis];
      const size = shapes.get(input.name)?.[axis];
      if (dim === undefined || typeof dim === 'number' || size === undefined) continue;
      const known = sizes.get(dim);
      sizes.set(dim, size);
      if (known === undefined || known === size) continue;
      failToFit(sidesDiffer({ input: input.name, symbol: dim, first: known, second: size }), file);
    }
  }
}

const sidesDiffer = defineProblem(
  'US2202',
  { input: 'string', symbol: 'size', first: 'integer', second: 'integer' },
  ({ input, symbol, first, second }) => ({
    message: `the model has one size for several axes of the picture, ${symbol}, and windows would have two`,
    value: input,
    expected: 'windows of equal sides',
    actual: `${first} and ${second}`,
    hint: 'give one size for all axes, as in --tile 512',
  }),
);

const windowTooSmall = defineProblem(
  'US2202',
  { axis: 'string', window: 'integer', around: 'integer', stride: 'integer' },
  ({ axis, window, around, stride }) => ({
    message: `the model's own ${axis} is too small for a tile and what the network sees around it`,
    expected: `at least ${around + stride}: ${around} around a tile, which is a multiple of ${stride}`,
    actual: String(window),
    hint: 'blend overlapping tiles (--blend), which is close to the whole',
  }),
);

const pictureDoesNotFit = defineProblem(
  'US2202',
  { axis: 'string', size: 'integer', window: 'integer', stride: 'integer' },
  ({ axis, size, window, stride }) => ({
    message: `the picture's ${axis} does not fit tiles of the model's own ${axis}`,
    expected: stride === 1 ? `at least ${window}` : `${window} plus a multiple of ${stride}`,
    actual: String(size),
    hint: 'give a picture of such a size; or blend overlapping tiles (--blend), which is close to the whole',
  }),
);

const tileNotAligned = defineProblem(
  'US2202',
  { axis: 'string', tile: 'integer', stride: 'integer', nearest: 'integers' },
  ({ axis, tile, stride, nearest }) => ({
    message: `tiles of this ${axis} do not begin where the network's strides do`,
    expected: `a multiple of ${stride}, the network's total stride`,
    actual: String(tile),
    hint: `nearest: ${nearest.join(' and ')}`,
  }),
);

const seesTheWhole = defineProblem('US2201', { reason: 'string' }, ({ reason }) => ({
  message: `tiles cannot stand for the whole picture: the node ${reason}`,
}));

/** More refused nodes than this are counted, not listed. */
const mostRefusals = 8;

function refused(refusals: readonly Refusal[], file: string | undefined): ModelError {
  const hint = 'run the picture whole; or blend overlapping tiles (--blend), which is close to it';
  const shown = refusals.slice(0, mostRefusals);
  const rest = refusals.length - shown.length;
  return new ModelError(
    shown.map(({ node, reason }, i): Diagnostic => {
      const isLast = i === shown.length - 1;
      const problem = seesTheWhole({ reason });
      const more = { hint, ...(rest > 0 && { notes: [`and ${rest} more nodes`] }) };
      return diagnostic(isLast ? { ...problem, ...more } : problem, nodePlace(node, file));
    }),
  );
}

/** Where the node is, for diagnostics. */
export function nodePlace(node: Node, file: string | undefined) {
  const origin = originOf(node);
  return { file, node: referenceTo(node), ...(origin === undefined ? {} : { origin }) };
}

export function failToFit(problem: Problem, file: string | undefined): never {
  throw new ModelError([diagnostic(problem, { file })]);
}

function tilingOf(
  axis: AxisFacts,
  picture: number,
  request: TilingRequest,
  fields: Fields,
  fixed: FixedSizes,
): AxisTiling {
  const { pictures, shapes } = request;
  const size = sizeAlong(picture, fields, pictures, (input, along) => shapes.get(input.name)?.[along]) ?? 0;
  // The window size that the model fixes, if any.
  const window = sizeAlong(picture, fields, pictures, (input, along) => fixed.get(input)?.get(along));
  if (window === undefined) {
    const tile = tileSize(request.tile[picture]!, axis, size, request.tile.length);
    checkTile(axis, tile, size, request.file);
    return freeWindows(axis, size, Math.min(tile, size));
  }
  const found = fixedWindows(axis, size, window);
  if (found !== undefined) return found;
  const { halo, stride, name } = axis;
  const around = halo.before + halo.after;
  failToFit(
    window - around < stride
      ? windowTooSmall({ axis: name, window, around, stride })
      : pictureDoesNotFit({ axis: name, size, window, stride }),
    request.file,
  );
}

/** Suitable tile sizes by the number of axes: windows of some hundred thousand positions. */
const usualTiles: readonly number[] = [2 ** 18, 2 ** 18, 512, 64];

export function tileSize(asked: TileSize, { stride }: Pick<AxisFacts, 'stride'>, size: number, axes: number): number {
  if (asked === 'whole') return size;
  return asked === 'any' ? Math.max(1, Math.floor(usualTiles[axes]! / stride)) * stride : asked;
}

/** @throws ModelError if the tile is not a multiple of the stride */
function checkTile({ name, stride }: AxisFacts, tile: number, size: number, file: string | undefined): void {
  if (tile >= size || (tile >= stride && tile % stride === 0)) return;
  const below = Math.floor(tile / stride) * stride;
  const nearest = [below, below + stride].filter((candidate) => candidate > 0);
  failToFit(tileNotAligned({ axis: name, tile, stride, nearest }), file);
}
