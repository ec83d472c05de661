/** The size in which a picture is fed: the input's own, or the closest that the whole network accepts. */
import { defineProblem, fail } from '../diagnostics.js';
import { infer } from '../infer/infer.js';
import type { Constraint } from '../ir/constraint.js';
import { type Dim, formatDim, symbolNameOf } from '../ir/dim.js';
import type { Graph } from '../ir/graph.js';
import type { Size } from '../pictures/picture.js';
import { type ClosestSizes, closestSizes, type Direction } from '../solve/closest.js';
import type { FitMode } from './fit.js';

export interface ChosenSize {
  readonly width: number;
  readonly height: number;
  /** Why it differs from the picture's own size: `H and W must be multiples of 32`; undefined if it does not. */
  readonly reason: string | undefined;
}

const noSizeNearby = defineProblem(
  'US2003',
  { mode: 'string', width: 'integer', height: 'integer', unmet: 'strings' },
  ({ mode, width, height, unmet }) => {
    const [word, other] = mode === 'pad' ? ['larger ', '--fit resize or crop'] : ['smaller ', '--fit resize or pad'];
    return {
      message: `there is no ${mode === 'resize' ? '' : word}size that the model takes close to the picture's`,
      expected: unmet.join('; '),
      actual: `${width}×${height}`,
      hint: mode === 'resize' ? 'unstride check says which sizes the model takes' : `try ${other}`,
    };
  },
);

/**
 * Requirements on the input sizes of one graph, inferred once, when a picture is first fed to an input of open size.
 */
export class PictureSizes {
  private constraints: readonly Constraint[] | undefined;
  private readonly known = new Map<string, ClosestSizes>();

  constructor(private readonly graph: Graph) {}

  /**
   * The size for a picture of `width` × `height`. Throws ProblemError US2003 if there is none in the direction that the
   * mode allows.
   * @param dims rows and columns of the input, as numbers or as symbols
   * @param given sizes of other symbols
   */
  choose(
    picture: Size,
    dims: { readonly rows: Dim; readonly columns: Dim },
    given: ReadonlyMap<string, number>,
    mode: FitMode,
  ): ChosenSize {
    const { rows, columns } = dims;
    const own = [rows, columns].map((dim, i) => ownSize(dim, i === 0 ? picture.height : picture.width));
    const wanted = new Map([rows, columns].flatMap((dim, i) => symbolWith(dim, own[i]!)));
    // Both sides are the same symbol.
    const isSquare = wanted.size === 1 && typeof rows !== 'number' && rows === columns;
    if (isSquare) for (const name of wanted.keys()) wanted.set(name, squareSide(own, mode));
    const closest = wanted.size === 0 || mode === 'none' ? undefined : this.closest(wanted, given, directionOf(mode));
    if (closest !== undefined && closest.sizes === undefined) this.failSize(picture, closest, mode);
    const sizes = closest?.sizes ?? wanted;
    const sizeOf = (dim: Dim, otherwise: number) =>
      typeof dim === 'number' ? dim : (sizes.get(formatDim(dim)) ?? otherwise);
    const height = sizeOf(rows, picture.height);
    const width = sizeOf(columns, picture.width);
    if (height === picture.height && width === picture.width) return { width, height, reason: undefined };
    const reasons = (closest?.unmet ?? []).map(describeUnmet);
    const isFixed = [rows, columns].some(
      (dim, i) => typeof dim === 'number' && dim !== [picture.height, picture.width][i],
    );
    if (isFixed) reasons.unshift(fixedReason(rows, columns));
    if (isSquare && reasons.length === 0) reasons.push(`height and width are both ${formatDim(rows)}`);
    return { width, height, reason: reasons.join('; ') };
  }

  private closest(wanted: ReadonlyMap<string, number>, given: ReadonlyMap<string, number>, direction: Direction) {
    const key = JSON.stringify([[...wanted], [...given], direction]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.constraints ??= infer(this.graph).constraints;
    const found = closestSizes(this.constraints, wanted, given, direction);
    if (this.known.size > maxKnown) this.known.clear();
    this.known.set(key, found);
    return found;
  }

  private failSize(picture: Size, { unmet }: ClosestSizes, mode: FitMode): never {
    fail(noSizeNearby({ mode, width: picture.width, height: picture.height, unmet: unmet.map(describeUnmet) }));
  }
}

const maxKnown = 4096;

function ownSize(dim: Dim, size: number): number {
  return typeof dim === 'number' ? dim : size;
}

/** If the dim is a single symbol: the symbol with its wanted size. */
function symbolWith(dim: Dim, size: number): [string, number][] {
  const name = symbolNameOf(dim);
  return name === undefined ? [] : [[name, size]];
}

function directionOf(mode: FitMode): Direction {
  return mode === 'pad' ? 'up' : mode === 'crop' ? 'down' : 'any';
}

function squareSide(sides: readonly number[], mode: FitMode): number {
  return mode === 'crop' ? Math.min(...sides) : Math.max(...sides);
}

function fixedReason(rows: Dim, columns: Dim): string {
  if (typeof rows === 'number' && typeof columns === 'number') return `the input takes ${columns}×${rows}`;
  return typeof rows === 'number' ? `the input takes a height of ${rows}` : `the input takes a width of ${columns}`;
}

/** `H and W must be multiples of 32, at least 64`. */
export function describeUnmet({ names, text }: ClosestSizes['unmet'][number]): string {
  if (names.length === 0 || / [=≥] /.test(text)) return text;
  const isSeveral = names.length > 1;
  const what = text.startsWith('multiple of')
    ? isSeveral
      ? text.replace('multiple', 'multiples')
      : `a ${text}`
    : text;
  return `${names.join(' and ')} must be ${what}`;
}
