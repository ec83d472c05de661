/** Shows the results of a generator in one picture. */
import { safeStem } from '../../../files/file-names.js';
import { numbersOf } from '../../../ir/numeric.js';
import { formatShape } from '../../../ir/shape.js';
import type { Tensor } from '../../../ir/tensor.js';
import { isPictureChannels, type Layout, pictureOutputAxes } from '../../../pictures/image-layout.js';
import { describeChannels, type Picture } from '../../../pictures/picture.js';
import { contactSheet } from '../../../pictures/sheet.js';
import { extremesOf, tensorPicture } from '../../../pictures/tensor-picture.js';
import { imageRange } from '../../../present/image-range.js';
import type { PresentedOutput } from '../../../present/present.js';

/** Pictures smaller than this are magnified by a whole factor. */
const smallestSide = 64;

export interface SheetLayout {
  /** The word after the output's name in the file name: `grid`, `interpolation`. */
  readonly word: string;
  /** Number of pictures that are shown, of possibly more. */
  readonly count: number;
  readonly columns: number;
  readonly layout: Layout | undefined;
  readonly isReversed: boolean;
}

/** A sheet of the output's pictures, all with the same range of values; a note if it has none. */
export function sheetOf(name: string, tensor: Tensor, { word, count, columns, layout, isReversed }: SheetLayout) {
  const values = numbersOf(tensor);
  const extremes = extremesOf(values);
  const facts = {
    name,
    elementType: tensor.type,
    shape: tensor.dims,
    minimum: extremes?.min ?? null,
    maximum: extremes?.max ?? null,
  };
  const axes = pictureOutputAxes(tensor.dims, isPictureChannels, layout);
  if (axes === undefined) {
    return { ...facts, artifacts: [], notes: [`no sheet: ${formatShape(tensor.dims)} are no pictures`] };
  }
  const range = imageRange(tensor, undefined, values);
  const pictures = Array.from({ length: Math.min(count, tensor.dims[axes.batch!]!) }, (_, i) => {
    const picture = tensorPicture(tensor, axes, i, range, values);
    return isReversed && picture.channels >= 3 ? exchanged(picture) : picture;
  });
  const zoom = Math.max(1, Math.floor(smallestSide / Math.max(pictures[0]!.width, pictures[0]!.height)));
  const picture = contactSheet(
    pictures.map((item) => magnified(item, zoom)),
    { columns },
  );
  const note = [
    `${Math.ceil(pictures.length / columns)}×${Math.min(columns, pictures.length)} pictures`,
    describeChannels(picture.channels),
    range.description,
    ...(zoom > 1 ? [`magnified ${zoom} times`] : []),
  ].join(', ');
  const artifact = {
    file: `${safeStem(name)}.${word}.png`,
    kind: 'picture',
    note,
    content: { form: 'png', picture },
  } as const;
  return { ...facts, artifacts: [artifact], notes: [] } satisfies PresentedOutput;
}

function magnified({ width, height, channels, data }: Picture, zoom: number): Picture {
  if (zoom === 1) return { width, height, channels, data };
  const out = new Uint8Array(width * zoom * height * zoom * channels);
  let at = 0;
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * channels;
      for (let channel = 0; channel < channels; channel++) out[at++] = data[from + channel]!;
    }
  }
  return { width: width * zoom, height: height * zoom, channels, data: out };
}

/** Exchanges red and blue. */
function exchanged(picture: Picture): Picture {
  const data = picture.data.slice();
  for (let i = 0; i < data.length; i += picture.channels) [data[i], data[i + 2]] = [data[i + 2]!, data[i]!];
  return { ...picture, data };
}
