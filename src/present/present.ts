/** Results of a network as files: each as an array, and as pictures where it is some. */
import { FileNames } from '../files/file-names.js';
import { npyType } from '../files/npy.js';
import type { ElementType } from '../ir/element-type.js';
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import {
  classMask,
  classPalette,
  classShares,
  type MaskSource,
  maskSource,
  overlayMask,
  type Palette,
} from '../pictures/class-mask.js';
import { type ImageAxes, isPictureChannels, type Layout, pictureOutputAxes } from '../pictures/image-layout.js';
import { describeChannels, type Picture } from '../pictures/picture.js';
import { type Extremes, extremesOf, tensorPicture, valueRange } from '../pictures/tensor-picture.js';
import type { Artefact, ArtefactKind, Content } from './artefact.js';

export interface PresentOptions {
  readonly layout?: Layout | undefined;
  /** Paint masks over the pictures that the model was given. */
  readonly overlay: boolean;
  /** The pictures that the model was given, by input. */
  readonly pictures: readonly { readonly name: string; readonly picture: Picture }[];
  /** Sizes of all inputs that could be pictures, the above included. */
  readonly pictureSizes: readonly { readonly width: number; readonly height: number }[];
  /** How the files of each output begin, by the output's name; the default is made from the name. */
  readonly stems?: ReadonlyMap<string, string>;
}

export interface PresentedOutput {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  /** Of the finite elements; null when there is none or they are no numbers. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly artefacts: readonly Artefact[];
  readonly notes: readonly string[];
}

/** A batch has as many pictures as one looks at. */
const maxPictures = 16;

/** What the names of files end in, after their stem. */
export const artefactEndings: readonly string[] = ['.npy', '.png', '.mask.png', '.overlay.png'];

/** The names of files for outputs: a stem each, so that no two files share a name. */
export function artefactNames(): FileNames {
  return new FileNames(artefactEndings);
}

/**
 * NAME.npy and, where the elements are pictures or the scores of classes, NAME.png, NAME.mask.png and NAME.overlay.png
 * (NAME-0.png, NAME-1.png ... for a batch). Pure: reads options and tensors, writes nothing.
 */
export function presentOutputs(outputs: ReadonlyMap<string, Tensor>, options: PresentOptions): PresentedOutput[] {
  const names = artefactNames();
  return [...outputs].map(([name, tensor]) => new Presenter(name, tensor, names, options).present());
}

class Presenter {
  private readonly artefacts: Artefact[] = [];
  private readonly notes: string[] = [];
  private readonly stem: string;
  /** Stems of the pictures of a batch. */
  private readonly stems = new Map<number, string>();

  constructor(
    private readonly name: string,
    private readonly tensor: Tensor,
    private readonly names: FileNames,
    private readonly options: PresentOptions,
  ) {
    this.stem = options.stems?.get(name) ?? names.claim(name);
  }

  present(): PresentedOutput {
    const { type, dims } = this.tensor;
    let extremes: Extremes | undefined;
    if (npyType(type) === undefined) {
      this.notes.push(`not written: ${type} elements have no .npy form here`);
    } else {
      const values = numbersOf(this.tensor);
      extremes = extremesOf(values);
      this.array();
      this.drawings(values);
    }
    return {
      name: this.name,
      elementType: type,
      shape: dims,
      minimum: extremes?.min ?? null,
      maximum: extremes?.max ?? null,
      artefacts: this.artefacts,
      notes: this.notes,
    };
  }

  private array(): void {
    const { type, dims, data } = this.tensor;
    const written = npyType(type);
    const note = written === type ? null : `${type} is written as ${written}`;
    this.add(`${this.stem}.npy`, 'array', { form: 'npy', tensor: { type, dims, data } }, note);
  }

  private drawings(values: ArrayLike<number>): void {
    const { layout, overlay, pictureSizes } = this.options;
    const mask = maskSource(this.tensor, pictureSizes, { layout, isWanted: overlay }, values);
    const axes = pictureOutputAxes(this.tensor.dims, isPictureChannels, layout);
    // Scores of several classes make no picture, one score a pixel does.
    if (axes !== undefined && (mask === undefined || this.tensor.dims[axes.channels!] === 1)) {
      this.picturesOf(axes, values);
    }
    if (mask !== undefined) this.masksOf(mask, values);
    else if (overlay)
      this.notes.push('no overlay: these do not look like the scores of classes for the pixels of an input');
  }

  private picturesOf(axes: ImageAxes, values: ArrayLike<number>): void {
    const range = valueRange(this.tensor, values);
    for (const batch of this.batches(axes)) {
      const picture = tensorPicture(this.tensor, axes, batch, range, values);
      const note = `${describeChannels(picture.channels)}, ${range.description}`;
      this.add(`${this.stemOf(axes, batch)}.png`, 'picture', { form: 'png', picture }, note);
    }
  }

  private masksOf(mask: MaskSource, values: ArrayLike<number>): void {
    const palette = classPalette(mask.classes);
    for (const batch of this.batches(mask.axes)) {
      const labels = classMask(this.tensor, mask, batch, values);
      const stem = this.stemOf(mask.axes, batch);
      const note = `${mask.description}: ${describeShares(labels)}`;
      this.add(`${stem}.mask.png`, 'mask', { form: 'png', picture: labels, palette }, note);
      if (this.options.overlay) this.overlays(stem, labels, palette);
    }
  }

  /** The mask over every picture of its size, so over one as a rule. */
  private overlays(stem: string, labels: Picture, palette: Palette): void {
    const { pictures } = this.options;
    const size = ({ width, height }: Picture) => `${width}×${height}`;
    const fitting = pictures.find(({ picture }) => size(picture) === size(labels));
    if (fitting === undefined) {
      const sizes = pictures.map(({ name, picture }) => `'${name}' has ${size(picture)}`).join(', ');
      this.notes.push(
        pictures.length === 0
          ? 'no overlay: no input is a picture'
          : `no overlay: the mask has ${size(labels)}, the picture for ${sizes}`,
      );
      return;
    }
    const picture = overlayMask(fitting.picture, labels, palette);
    const note = `the mask over the picture for '${fitting.name}'`;
    this.add(`${stem}.overlay.png`, 'overlay', { form: 'png', picture }, note);
  }

  private batches(axes: ImageAxes): number[] {
    const count = axes.batch === undefined ? 1 : this.tensor.dims[axes.batch]!;
    if (count > maxPictures) this.notes.push(`only the first ${maxPictures} of ${count} are drawn`);
    return Array.from({ length: Math.min(count, maxPictures) }, (_, batch) => batch);
  }

  /** NAME, or NAME-0, NAME-1 ... for a batch. */
  private stemOf(axes: ImageAxes, batch: number): string {
    if (axes.batch === undefined || this.tensor.dims[axes.batch] === 1) return this.stem;
    const stem = this.stems.get(batch) ?? this.names.claim(`${this.stem}-${batch}`, (stem) => stem);
    this.stems.set(batch, stem);
    return stem;
  }

  private add(file: string, kind: ArtefactKind, content: Content, note: string | null): void {
    this.artefacts.push({ file, kind, note, content });
  }
}

/** The classes that cover most, with their shares of the pixels. */
function describeShares(labels: Picture): string {
  const shares = classShares(labels);
  const shown = shares.slice(0, 4).map(({ label, share }) => `class ${label} ${(100 * share).toFixed(1)} %`);
  return shares.length > shown.length ? `${shown.join(', ')}, ${shares.length - shown.length} more` : shown.join(', ');
}
