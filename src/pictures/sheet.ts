/** Many pictures in one: sheets of results, and the channels of activations side by side. */
import { defineProblem, fail } from '../diagnostics.js';
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import type { ImageAxes } from './image-layout.js';
import { greatestSample, isDeep, newSamples, type Picture } from './picture.js';
import { readPlane } from './plane.js';
import { extremesOf, levelIn } from './tensor-picture.js';

/** Pixels between pictures. */
const defaultGap = 2;

/** Channels smaller than this in either direction are magnified by a whole factor. */
const smallestCell = 64;

/** No sheet is larger. */
const maxSheetPixels = 100_000_000;

export interface SheetOptions {
  readonly columns: number;
  /** White pixels between pictures and around them. */
  readonly gap?: number | undefined;
}

const sheetTooLarge = defineProblem('US2010', { width: 'integer', height: 'integer' }, ({ width, height }) => ({
  message: 'the sheet would be too large',
  expected: `at most ${maxSheetPixels} pixels`,
  actual: `${width}×${height}`,
}));

/**
 * The pictures in rows of `columns` on white, each in the middle of a cell of the largest picture's size. The sheet has
 * colors, alpha or 16 bits if any picture has them. Throws ProblemError US2010 if the sheet would have too many pixels.
 */
export function contactSheet(pictures: readonly Picture[], { columns, gap = defaultGap }: SheetOptions): Picture {
  const shown = Math.max(1, Math.min(columns, pictures.length));
  const rows = Math.ceil(pictures.length / shown);
  const cell = {
    width: Math.max(1, ...pictures.map(({ width }) => width)),
    height: Math.max(1, ...pictures.map(({ height }) => height)),
  };
  const hasColor = pictures.some(({ channels }) => channels >= 3);
  const hasAlpha = pictures.some(({ channels }) => channels % 2 === 0);
  const channels = ((hasColor ? 3 : 1) + (hasAlpha ? 1 : 0)) as Picture['channels'];
  const width = gap + shown * (cell.width + gap);
  const height = gap + rows * (cell.height + gap);
  if (width * height > maxSheetPixels) {
    fail(sheetTooLarge({ width, height }));
  }
  const isAnyDeep = pictures.some((picture) => isDeep(picture.data));
  const data = newSamples(width * height * channels, isAnyDeep);
  const most = greatestSample(data);
  data.fill(most);
  for (const [i, picture] of pictures.entries()) {
    const left = gap + (i % shown) * (cell.width + gap) + ((cell.width - picture.width) >> 1);
    const top = gap + Math.floor(i / shown) * (cell.height + gap) + ((cell.height - picture.height) >> 1);
    const sample = sampler(picture, channels, most);
    for (let y = 0; y < picture.height; y++) {
      let at = ((top + y) * width + left) * channels;
      for (let x = 0; x < picture.width; x++)
        for (let channel = 0; channel < channels; channel++) data[at++] = sample(y * picture.width + x, channel);
    }
  }
  return { width, height, channels, data };
}

/** Reads a channel of the wanted kind of pixel i. */
function sampler(picture: Picture, wanted: number, most: number): (i: number, channel: number) => number {
  const { data, channels } = picture;
  const scale = most / greatestSample(data);
  const wantedHasAlpha = wanted % 2 === 0;
  const hasAlpha = channels % 2 === 0;
  return (i, channel) => {
    if (wantedHasAlpha && channel === wanted - 1) return hasAlpha ? data[i * channels + channels - 1]! * scale : most;
    return data[i * channels + (channels >= 3 ? channel : 0)]! * scale;
  };
}

/**
 * All channels of picture `batch` of the tensor as gray pictures in a nearly square grid. Each channel is stretched
 * from its least value (black) to its greatest (white); NaN is black. Small channels are magnified. Throws ProblemError
 * US2010 if the sheet would have too many pixels.
 */
export function channelGrid(
  tensor: Tensor,
  axes: ImageAxes,
  batch: number,
  values: ArrayLike<number> = numbersOf(tensor),
): Picture {
  const { dims } = tensor;
  const [height, width] = [dims[axes.rows]!, dims[axes.columns]!];
  const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
  const zoom = Math.max(1, Math.ceil(smallestCell / Math.max(1, width, height)));
  const columns = Math.max(1, Math.round(Math.sqrt((channels * height) / width)));
  const cells = Array.from({ length: channels }, (_, channel) =>
    stretched(readPlane(values, dims, axes, batch, channel), width, height, zoom),
  );
  return contactSheet(cells, { columns });
}

function stretched(plane: Float32Array, width: number, height: number, zoom: number): Picture {
  const { min, max } = extremesOf(plane) ?? { min: 0, max: 0 };
  const level = levelIn({ low: min, high: max });
  const data = new Uint8Array(width * zoom * height * zoom);
  let at = 0;
  for (let y = 0; y < height * zoom; y++)
    for (let x = 0; x < width * zoom; x++)
      data[at++] = level(plane[Math.floor(y / zoom) * width + Math.floor(x / zoom)]!);
  return { width: width * zoom, height: height * zoom, channels: 1, data };
}
