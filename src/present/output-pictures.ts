/** Draws the pictures of one result, each kind in its own way, all at the size of the picture that was fed. */
import type { Tensor } from '../ir/tensor.js';
import { drawProbabilities } from './draw-probabilities.js';
import { drawChannels, drawDepth, drawImages } from './draw-values.js';
import type { OutputKind } from './kinds.js';
import { LabelPictures } from './label-pictures.js';
import type { PresentOptions } from './present-options.js';
import { type PictureSink, type Refusal, ResultView } from './result-view.js';

export class OutputPictures {
  private readonly result: ResultView;
  private readonly labels: LabelPictures;

  constructor(name: string, tensor: Tensor, values: ArrayLike<number>, options: PresentOptions, sink: PictureSink) {
    this.result = new ResultView(name, tensor, values, options, sink);
    this.labels = new LabelPictures(this.result);
  }

  /** Draws all pictures of the batch; returns the reason if it cannot. */
  draw(kind: Exclude<OutputKind, 'array'>): Refusal | undefined {
    switch (kind) {
      case 'image':
        return drawImages(this.result);
      case 'mask':
      case 'classes':
        return this.labels.draw(kind);
      case 'probabilities':
        return drawProbabilities(this.result);
      case 'depth':
        return drawDepth(this.result);
      case 'channels':
        return drawChannels(this.result);
    }
  }

  /**
   * Draws the mask over each picture that was fed, with a legend where colors need one.
   * @param isAsked whether the caller says that the result has classes; otherwise it must look like it
   */
  overlay(isAsked: boolean): void {
    this.labels.overlay(isAsked);
  }
}
