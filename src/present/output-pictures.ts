/** Draws the pictures of one result, each kind in its own way, all at the size of the picture that was fed. */
import { ProblemError } from '../diagnostics.js';
import type { Coverage } from '../feed/coverage.js';
import { isFloat } from '../ir/element-type.js';
import { float32, type Tensor } from '../ir/tensor.js';
import { overlayMask } from '../pictures/class-mask.js';
import { depthPicture, depthRange } from '../pictures/depth.js';
import { type ImageAxes, imageAxes, isPictureChannels } from '../pictures/image-layout.js';
import { addLegend, legendEntries } from '../pictures/legend.js';
import { describeChannels, type Picture, type Size } from '../pictures/picture.js';
import { readPlane } from '../pictures/plane.js';
import { channelGrid, contactSheet } from '../pictures/sheet.js';
import { tensorPicture } from '../pictures/tensor-picture.js';
import { cropPicture, exchangeRedAndBlue } from '../pictures/transform.js';
import type { ArtifactKind, ClassShare, Content } from './artifact.js';
import { wantedAxes } from './axes.js';
import { colorsFor, describeShares, sharesOf } from './classes.js';
import { imageRange } from './image-range.js';
import type { OutputKind } from './kinds.js';
import { evidentLabels, type LabelSource, labelPicture, wantedLabels } from './labels.js';
import { describeView, resampleLinear, resampleNearest, type View, viewFor, visiblePart, withView } from './planes.js';
import type { GivenPicture, PresentOptions } from './present-options.js';
import { probabilitiesOf } from './probabilities.js';

/** Receives the pictures that are drawn. */
export interface PictureSink {
  /** @param batch the index of the picture, if there are several */
  add(
    batch: number | undefined,
    ending: string,
    kind: ArtifactKind,
    content: Content,
    note: string | null,
    shares?: readonly ClassShare[],
  ): void;
  note(text: string): void;
}

/** What a result would have to be to be drawn as that kind. */
export interface Refusal {
  readonly expected: string;
}

/** The most pictures of a batch that are drawn. */
const maxPictures = 16;

export class OutputPictures {
  /** Labels by picture of the batch, shared by mask, classes and overlay. */
  private readonly labeled = new Map<number, Picture>();

  constructor(
    private readonly name: string,
    private readonly tensor: Tensor,
    private readonly values: ArrayLike<number>,
    private readonly options: PresentOptions,
    private readonly sink: PictureSink,
  ) {}

  /** Draws all pictures of the batch; returns the reason if it cannot. */
  draw(kind: Exclude<OutputKind, 'array'>): Refusal | undefined {
    switch (kind) {
      case 'image':
        return this.images();
      case 'mask':
      case 'classes':
        return this.labels(kind);
      case 'probabilities':
        return this.probabilities();
      case 'depth':
        return this.depth();
      case 'channels':
        return this.channels();
    }
  }

  private images(): Refusal | undefined {
    const axes = this.axes(isPictureChannels);
    if (axes === undefined) return { expected: 'two to four axes, with 1, 3 or 4 channels' };
    const range = imageRange(this.tensor, this.given(axes)?.bounds, this.values);
    const view = this.view(axes);
    this.each(axes, (batch, picture) => {
      const drawn = tensorPicture(this.tensor, axes, batch, range, this.values);
      const isReversed = this.options.order === 'bgr' && drawn.channels >= 3;
      const shown = withView(isReversed ? exchangeRedAndBlue(drawn) : drawn, view);
      const note = [
        `${isReversed ? 'BGR' : describeChannels(shown.channels)}, ${range.description}`,
        ...describeView(view),
      ].join(', ');
      this.sink.add(picture, '.png', 'picture', { form: 'png', picture: shown }, note);
    });
    return undefined;
  }

  private labels(kind: 'mask' | 'classes'): Refusal | undefined {
    const source = this.labelSource();
    if (source === undefined) return { expected: 'rows and columns, with a channel for each of at most 256 classes' };
    if (kind === 'mask' && source.classes > 256) return { expected: 'at most 256 classes; --as classes writes more' };
    const colors = colorsFor(source.classes, this.options.palette);
    const view = this.view(source.axes);
    this.each(source.axes, (batch, picture) => {
      const labels = this.labelPicture(source, batch);
      const shares = sharesOf(labels, this.options.classNames);
      const note = [`${source.description}: ${describeShares(shares)}`, ...describeView(view)].join('; ');
      if (kind === 'mask') {
        this.sink.add(picture, '.mask.png', 'mask', { form: 'png', picture: labels, palette: colors }, note, shares);
      } else {
        this.sink.add(
          picture,
          '.classes.png',
          'classes',
          { form: 'png', picture: labels },
          `gray values are classes; ${note}`,
          shares,
        );
      }
    });
    return undefined;
  }

  /**
   * Draws the mask over each picture that was fed, with a legend where colors need one.
   * @param isAsked whether the caller says that the result has classes; otherwise it must look like it
   */
  overlay(isAsked: boolean): void {
    const { given, classNames, sizes, layout } = this.options;
    const source = isAsked
      ? this.labelSource()
      : evidentLabels(this.tensor, sizes, { layout, values: this.values, isProbabilityMask: true });
    if (source === undefined || source.classes > 256) {
      this.sink.note('no overlay: these do not look like the scores of classes for the pixels of an input');
      return;
    }
    const [first] = given;
    if (first === undefined) {
      this.sink.note('no overlay: no input is a picture');
      return;
    }
    const shown = this.given(source.axes) ?? first;
    const { picture: whole, placement, name } = shown;
    const base = cropPicture(whole, visiblePart(placement, this.coverage(shown)));
    const colors = colorsFor(source.classes, this.options.palette);
    const hasLegend = source.classes > 2 || classNames !== undefined;
    this.each(source.axes, (batch, picture) => {
      const own = this.labelPicture(source, batch);
      const zoom = wholeRatio(own, base);
      if (zoom === undefined) {
        const sizes = given.map((item) => `'${item.name}' has ${item.picture.width}×${item.picture.height}`).join(', ');
        this.sink.note(`no overlay: the mask has ${own.width}×${own.height}, the picture for ${sizes}`);
        return;
      }
      const labels = sameSize(own, base);
      const drawn = overlayMask(base, labels, colors);
      const shown = hasLegend ? addLegend(drawn, legendEntries(labels, colors, classNames)) : drawn;
      const isPart = base.width < whole.width || base.height < whole.height;
      const note = [
        `the mask over the picture for '${name}'`,
        ...(isPart ? [`of which it shows ${base.width}×${base.height}`] : []),
        ...(zoom === 1 ? [] : [`enlarged ${zoom} times`]),
      ].join(', ');
      this.sink.add(picture, '.overlay.png', 'overlay', { form: 'png', picture: shown }, note);
    });
  }

  private probabilities(): Refusal | undefined {
    const { dims, type } = this.tensor;
    if (!isFloat(type)) return { expected: 'scores: floats' };
    const axes = dims.length > 2 ? this.axes((channels) => channels <= 256) : undefined;
    const axis = axes === undefined ? (dims.length === 0 ? undefined : Math.min(1, dims.length - 1)) : axes.channels;
    const { tensor, description } = probabilitiesOf(this.tensor, axis, this.values);
    this.sink.add(
      undefined,
      '.probabilities.npy',
      'probabilities',
      { form: 'npy', tensor: { type: tensor.type, dims, data: tensor.data } },
      description,
    );
    if (axes === undefined) return undefined;
    const view = this.view(axes);
    const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
    this.each(axes, (batch, picture) => {
      const planes = Array.from({ length: channels }, (_, channel): Picture => {
        const plane = this.plane(tensor.data as Float32Array, axes, batch, channel, view);
        return { ...plane.size, channels: 1, data: Uint8Array.from(plane.values, (value) => Math.round(255 * value)) };
      });
      this.sheet(() => {
        const isOne = channels === 1;
        const shown = isOne ? planes[0]! : contactSheet(planes, { columns: Math.ceil(Math.sqrt(channels)) });
        const what = isOne ? 'black is 0, white is 1' : `the ${channels} classes row by row, black is 0, white is 1`;
        const note = [what, ...describeView(view)].join(', ');
        this.sink.add(picture, '.probabilities.png', 'probabilities', { form: 'png', picture: shown }, note);
      });
    });
    return undefined;
  }

  private depth(): Refusal | undefined {
    const axes = this.axes((channels) => channels === 1);
    if (axes === undefined) return { expected: 'two to four axes, with one channel' };
    const range = depthRange(this.tensor, this.values);
    const view = this.view(axes);
    this.each(axes, (batch, picture) => {
      const { values, size } = this.plane(this.values, axes, batch, 0, view);
      const drawn = depthPicture(float32([size.height, size.width], values), imageAxes(2, 'nchw')!, 0, range);
      const note = [range.description, ...describeView(view)].join(', ');
      this.sink.add(picture, '.depth.png', 'depth', { form: 'png', picture: drawn }, note);
    });
    return undefined;
  }

  private channels(): Refusal | undefined {
    const axes = this.axes(() => true);
    if (axes === undefined) return { expected: 'rows and columns: two to four axes' };
    const channels = axes.channels === undefined ? 1 : this.tensor.dims[axes.channels]!;
    this.each(axes, (batch, picture) => {
      this.sheet(() => {
        const drawn = channelGrid(this.tensor, axes, batch, this.values);
        const note = `${channels} ${channels === 1 ? 'channel' : 'channels row by row'}, each from its least value to its greatest`;
        this.sink.add(picture, '.channels.png', 'channels', { form: 'png', picture: drawn }, note);
      });
    });
    return undefined;
  }

  /** Draws a sheet, or notes that it would be too large. */
  private sheet(draw: () => void): void {
    try {
      draw();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { message, expected, actual } = error.problem;
      this.sink.note(`not drawn: ${message} (${actual}, ${expected})`);
    }
  }

  private axes(isChannels: (channels: number) => boolean): ImageAxes | undefined {
    return wantedAxes(this.tensor.dims, isChannels, this.options.sizes, this.options.layout);
  }

  private labelPicture(source: LabelSource, batch: number): Picture {
    const known = this.labeled.get(batch);
    if (known !== undefined) return known;
    const made = labelPicture(this.tensor, source, batch, this.view(source.axes), this.values);
    this.labeled.set(batch, made);
    return made;
  }

  private labelSource(): LabelSource | undefined {
    return wantedLabels(this.tensor, this.options.sizes, {
      layout: this.options.layout,
      values: this.values,
    });
  }

  /** The given picture that this result belongs to: one with its proportions, or else the first. */
  private given(axes: ImageAxes): GivenPicture | undefined {
    const { given } = this.options;
    const [rows, columns] = [this.tensor.dims[axes.rows]!, this.tensor.dims[axes.columns]!];
    return given.find(({ placement: { fed } }) => fed.width * rows === fed.height * columns) ?? given[0];
  }

  private view(axes: ImageAxes): View | undefined {
    const given = this.given(axes);
    const { dims } = this.tensor;
    return given && viewFor(given.placement, dims[axes.rows]!, dims[axes.columns]!, this.coverage(given));
  }

  /** The part of the picture that is shown; undefined if that is all of it. */
  private coverage(given: GivenPicture): Coverage | undefined {
    return given === this.options.given[0] ? this.options.coverage?.get(this.name) : undefined;
  }

  private plane(values: ArrayLike<number>, axes: ImageAxes, batch: number, channel: number, view: View | undefined) {
    const { dims } = this.tensor;
    const width = dims[axes.columns]!;
    const own = readPlane(values, dims, axes, batch, channel);
    return view === undefined
      ? { values: own, size: { width, height: dims[axes.rows]! } }
      : { values: resampleLinear(own, width, view), size: view.size };
  }

  private each(axes: ImageAxes, draw: (batch: number, picture: number | undefined) => void): void {
    const count = axes.batch === undefined ? 1 : this.tensor.dims[axes.batch]!;
    if (count > maxPictures) this.sink.note(`only the first ${maxPictures} of ${count} are drawn`);
    for (let batch = 0; batch < Math.min(count, maxPictures); batch++) draw(batch, count === 1 ? undefined : batch);
  }
}

/** The integer factor between the sizes, the same in both directions; undefined if there is none. */
function wholeRatio(small: Size, large: Size): number | undefined {
  const ratio = Math.max(1, Math.round(large.width / small.width));
  const isWhole = (a: number, b: number) => Math.abs(b / ratio - a) < 1;
  return isWhole(small.width, large.width) && isWhole(small.height, large.height) ? ratio : undefined;
}

function sameSize(labels: Picture, size: Size): Picture {
  const { width, height, data } = labels;
  if (width === size.width && height === size.height) return labels;
  const view = { region: { x: 0, y: 0, width, height }, size: { width: size.width, height: size.height } };
  return { ...view.size, channels: 1, data: resampleNearest(data, width, view) };
}
