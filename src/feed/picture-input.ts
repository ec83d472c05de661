/** Converts a picture to the tensor of an input: size, placement and values. */
import { defineProblem, fail } from '../diagnostics.js';
import { type Dim, substitute, symbol, symbolNameOf } from '../ir/dim.js';
import { declaredShape, type Value } from '../ir/graph.js';
import { formatType, type Shape } from '../ir/shape.js';
import { type ImageAxes, type Layout, pictureInputAxes } from '../pictures/image-layout.js';
import { describeChannels, type Picture } from '../pictures/picture.js';
import type { ReadPicture } from '../pictures/read-picture.js';
import { describePlacement, type FitMode, type Placement, placementFor } from './fit.js';
import { elementTypeOf, typeOf } from './input-type.js';
import type { Normalization } from './normalization.js';
import type { PictureSizes } from './picture-size.js';
import type { PictureTensor } from './picture-tensor.js';
import { type Preparation, preparePicture } from './prepare.js';

export interface PictureInputOptions {
  /** Sizes from `--dim`. */
  readonly dims: ReadonlyMap<string, number>;
  readonly layout?: Layout | undefined;
  readonly normalization: Normalization;
  /** How pictures of another size are fitted (default: resized, with a note). */
  readonly fit?: FitMode | undefined;
  /** Present if pictures are cut into tiles, so that they may be larger than the model's input. */
  readonly tiles?: unknown;
  readonly pictureSizes: PictureSizes;
  /**
   * Makes a tensor of a picture, possibly in another thread; the returned picture replaces the given one. Throws
   * ProblemError.
   */
  readonly prepare?: (picture: Picture, preparation: Preparation) => Promise<PreparedPicture> | PreparedPicture;
}

/** A picture and its tensor. */
export interface PreparedPicture extends PictureTensor {
  readonly picture: Picture;
}

export interface FedPicture {
  /** The picture as read. */
  readonly picture: Picture;
  readonly placement: Placement;
}

/** The tensor, how the picture was converted, and its placement. */
interface LoadedPicture extends PictureTensor {
  readonly picture: FedPicture;
}

const takesNoPicture = defineProblem(
  'US2003',
  { input: 'string', type: 'string', width: 'integer', height: 'integer', channels: 'integer' },
  ({ input, type, width, height, channels }) => ({
    message: `the input '${input}' takes no picture`,
    value: input,
    expected: type,
    actual: `a picture of ${width}×${height}, ${describeChannels(channels)}`,
    hint: 'a picture goes into 2 to 4 axes with 1, 3 or 4 channels; give other data as .npy',
  }),
);

const batchOfPictures = defineProblem(
  'US2003',
  { input: 'string', batch: 'integer', type: 'string' },
  ({ input, batch, type }) => ({
    message: `the input '${input}' takes ${batch} pictures at once`,
    value: input,
    expected: type,
    actual: 'one picture',
    hint: 'stack the pictures in a .npy array',
  }),
);

/**
 * The tensor of a picture for an input.
 * @param sizes from `--dim` and other inputs
 * @throws ProblemError US2003 if the input takes no picture, several pictures, or no size that the picture can get
 */
export async function loadPicture(
  input: Value,
  picture: ReadPicture,
  sizes: ReadonlyMap<string, number>,
  options: PictureInputOptions,
): Promise<LoadedPicture> {
  const { dims: given, layout, normalization } = options;
  const shape = declaredShape(input) ?? openPicture;
  const wanted = shape.map((dim) => substitute(dim, given));
  const axes = pictureInputAxes(wanted, layout);
  if (axes === undefined) {
    const { width, height, channels } = picture;
    fail(takesNoPicture({ input: input.name, type: formatType(typeOf(input)), width, height, channels }));
  }
  const batch = axes.batch === undefined ? 1 : wanted[axes.batch]!;
  if (typeof batch === 'number' && batch !== 1) {
    fail(batchOfPictures({ input: input.name, batch, type: formatType(typeOf(input)) }));
  }
  const { placement, reason } = placeFor(input, picture, wanted, axes, sizes, options);
  const { fed } = placement;
  const dims = wanted.map((dim, axis) => {
    if (axis === axes.rows) return fed.height;
    if (axis === axes.columns) return fed.width;
    if (typeof dim === 'number') return dim;
    return axis === axes.channels ? (picture.channels < 3 ? 1 : 3) : 1;
  });
  const preparation = { placement, type: elementTypeOf(input), dims, axes, normalization };
  const prepare = options.prepare ?? ((read) => ({ picture: read, ...preparePicture(read, preparation) }));
  const { tensor, notes, picture: kept } = await prepare(picture, preparation);
  return {
    tensor,
    notes: [
      ...picture.notes,
      ...(reason === undefined ? [] : [`${describePlacement(placement)}: ${reason}`]),
      ...notes,
    ],
    picture: { picture: kept, placement },
  };
}

const pictureSizeDiffers = defineProblem(
  'US2003',
  { input: 'string', columns: 'size', rows: 'size', type: 'string', width: 'integer', height: 'integer' },
  ({ input, columns, rows, type, width, height }) => ({
    message: `the picture does not have the size of the input '${input}'`,
    value: input,
    expected: `${columns}×${rows} (width × height), ${type}`,
    actual: `${width}×${height}`,
    hint: 'scale or crop the picture first, or leave out --fit none: pictures are resized without it',
  }),
);

/** The placement of the picture in the input, and the reason if its size is changed. */
function placeFor(
  input: Value,
  picture: Picture,
  wanted: Shape,
  axes: ImageAxes,
  sizes: ReadonlyMap<string, number>,
  { fit, tiles, pictureSizes }: PictureInputOptions,
): { readonly placement: Placement; readonly reason: string | undefined } {
  const taken = (axis: number, size: number) => (tiles === undefined ? wanted[axis]! : atLeast(wanted[axis]!, size));
  const [rows, columns] = [taken(axes.rows, picture.height), taken(axes.columns, picture.width)];
  const batch = axes.batch === undefined ? undefined : symbolNameOf(declaredShape(input)?.[axes.batch]);
  const given = new Map([...(batch === undefined ? [] : [[batch, 1] as const]), ...sizes]);
  if (fit === 'none') {
    if (differs(rows, picture.height) || differs(columns, picture.width)) {
      fail(
        pictureSizeDiffers({
          input: input.name,
          columns,
          rows,
          type: formatType(typeOf(input)),
          width: picture.width,
          height: picture.height,
        }),
      );
    }
    return { placement: placementFor(picture, picture, 'none'), reason: undefined };
  }
  // A size that another input gave to the same symbol also holds for this input.
  const bound = (dim: Dim) => substitute(dim, sizes);
  const dims = { rows: bound(rows), columns: bound(columns) };
  const { width, height, reason } = pictureSizes.choose(picture, dims, given, fit ?? 'resize');
  const placement = placementFor(picture, { width, height }, fit ?? 'resize');
  return { placement, reason: reason === undefined || fit !== undefined ? reason : `${reason}; see --fit` };
}

/** For a size that the model fixes: a size that is at least that, since a picture may have several tiles. */
function atLeast(dim: Dim, size: number): Dim {
  return typeof dim === 'number' ? Math.max(dim, size) : dim;
}

function differs(wanted: Dim, actual: number): boolean {
  return typeof wanted === 'number' && wanted !== actual;
}

/** The assumed shape of an input of unknown rank: one picture with channels first. */
const openPicture: Shape = [1, symbol('C'), symbol('H'), symbol('W')];
