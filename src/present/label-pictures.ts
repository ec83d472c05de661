/** Pictures of classes: masks, and masks over the picture that was fed. */
import { overlayMask } from '../pictures/class-mask.js';
import { addLegend, legendEntries } from '../pictures/legend.js';
import type { Picture, Size } from '../pictures/picture.js';
import { cropPicture } from '../pictures/transform.js';
import { colorsFor, describeShares, sharesOf } from './classes.js';
import { evidentLabels, type LabelSource, labelPicture, wantedLabels } from './labels.js';
import { describeView, resampleNearest, visiblePart } from './planes.js';
import type { Refusal, ResultView } from './result-view.js';

export class LabelPictures {
  /** Labels by picture of the batch, shared by mask, classes and overlay. */
  private readonly labeled = new Map<number, Picture>();

  constructor(private readonly result: ResultView) {}

  draw(kind: 'mask' | 'classes'): Refusal | undefined {
    const source = this.labelSource();
    if (source === undefined) return { expected: 'rows and columns, with a channel for each of at most 256 classes' };
    if (kind === 'mask' && source.classes > 256) return { expected: 'at most 256 classes; --as classes writes more' };
    const colors = colorsFor(source.classes, this.result.options.palette);
    const view = this.result.view(source.axes);
    this.result.each(source.axes, (batch, picture) => {
      const labels = this.labelPicture(source, batch);
      const shares = sharesOf(labels, this.result.options.classNames);
      const note = [`${source.description}: ${describeShares(shares)}`, ...describeView(view)].join('; ');
      if (kind === 'mask') {
        this.result.sink.add(
          picture,
          '.mask.png',
          'mask',
          { form: 'png', picture: labels, palette: colors },
          note,
          shares,
        );
      } else {
        this.result.sink.add(
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
    const { given, classNames, sizes, layout } = this.result.options;
    const source = isAsked
      ? this.labelSource()
      : evidentLabels(this.result.tensor, sizes, { layout, values: this.result.values, isProbabilityMask: true });
    if (source === undefined || source.classes > 256) {
      this.result.sink.note('no overlay: these do not look like the scores of classes for the pixels of an input');
      return;
    }
    const [first] = given;
    if (first === undefined) {
      this.result.sink.note('no overlay: no input is a picture');
      return;
    }
    const shown = this.result.given(source.axes) ?? first;
    const { picture: whole, placement, name } = shown;
    const base = cropPicture(whole, visiblePart(placement, this.result.coverage(shown)));
    const colors = colorsFor(source.classes, this.result.options.palette);
    const hasLegend = source.classes > 2 || classNames !== undefined;
    this.result.each(source.axes, (batch, picture) => {
      const own = this.labelPicture(source, batch);
      const zoom = wholeRatio(own, base);
      if (zoom === undefined) {
        const sizes = given.map((item) => `'${item.name}' has ${item.picture.width}×${item.picture.height}`).join(', ');
        this.result.sink.note(`no overlay: the mask has ${own.width}×${own.height}, the picture for ${sizes}`);
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
      this.result.sink.add(picture, '.overlay.png', 'overlay', { form: 'png', picture: shown }, note);
    });
  }

  private labelPicture(source: LabelSource, batch: number): Picture {
    const known = this.labeled.get(batch);
    if (known !== undefined) return known;
    const made = labelPicture(this.result.tensor, source, batch, this.result.view(source.axes), this.result.values);
    this.labeled.set(batch, made);
    return made;
  }

  private labelSource(): LabelSource | undefined {
    return wantedLabels(this.result.tensor, this.result.options.sizes, {
      layout: this.result.options.layout,
      values: this.result.values,
    });
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
