/** A result as pictures: its axes, which part of the fed picture it shows, and its planes at that picture's size. */
import { ProblemError } from '../diagnostics.js';
import type { Coverage } from '../feed/coverage.js';
import type { Tensor } from '../ir/tensor.js';
import type { ImageAxes } from '../pictures/image-layout.js';
import { readPlane } from '../pictures/plane.js';
import type { ArtifactKind, ClassShare, Content } from './artifact.js';
import { wantedAxes } from './axes.js';
import { resampleLinear, type View, viewFor } from './planes.js';
import type { GivenPicture, PresentOptions } from './present-options.js';

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

export class ResultView {
  /** @param values the tensor's elements as numbers */
  constructor(
    readonly name: string,
    readonly tensor: Tensor,
    readonly values: ArrayLike<number>,
    readonly options: PresentOptions,
    readonly sink: PictureSink,
  ) {}

  axes(isChannels: (channels: number) => boolean): ImageAxes | undefined {
    return wantedAxes(this.tensor.dims, isChannels, this.options.sizes, this.options.layout);
  }

  /** The given picture that this result belongs to: one with its proportions, or else the first. */
  given(axes: ImageAxes): GivenPicture | undefined {
    const { given } = this.options;
    const [rows, columns] = [this.tensor.dims[axes.rows]!, this.tensor.dims[axes.columns]!];
    return given.find(({ placement: { fed } }) => fed.width * rows === fed.height * columns) ?? given[0];
  }

  view(axes: ImageAxes): View | undefined {
    const given = this.given(axes);
    const { dims } = this.tensor;
    return given && viewFor(given.placement, dims[axes.rows]!, dims[axes.columns]!, this.coverage(given));
  }

  /** The part of the picture that is shown; undefined if that is all of it. */
  coverage(given: GivenPicture): Coverage | undefined {
    return given === this.options.given[0] ? this.options.coverage?.get(this.name) : undefined;
  }

  plane(values: ArrayLike<number>, axes: ImageAxes, batch: number, channel: number, view: View | undefined) {
    const { dims } = this.tensor;
    const width = dims[axes.columns]!;
    const own = readPlane(values, dims, axes, batch, channel);
    return view === undefined
      ? { values: own, size: { width, height: dims[axes.rows]! } }
      : { values: resampleLinear(own, width, view), size: view.size };
  }

  /** Draws each picture of the batch, up to a number of them. */
  each(axes: ImageAxes, draw: (batch: number, picture: number | undefined) => void): void {
    const count = axes.batch === undefined ? 1 : this.tensor.dims[axes.batch]!;
    if (count > maxPictures) this.sink.note(`only the first ${maxPictures} of ${count} are drawn`);
    for (let batch = 0; batch < Math.min(count, maxPictures); batch++) draw(batch, count === 1 ? undefined : batch);
  }

  /** Draws a sheet, or notes that it would be too large. */
  sheet(draw: () => void): void {
    try {
      draw();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { message, expected, actual } = error.problem;
      this.sink.note(`not drawn: ${message} (${actual}, ${expected})`);
    }
  }
}
