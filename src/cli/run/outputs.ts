/** What a run leaves behind: each result as an array, and as pictures where it is some. */
import { join } from 'node:path';
import { FileNames } from '../../files/file-names.js';
import { npyType, writeNpy } from '../../files/npy.js';
import { writeWhole } from '../../files/write-whole.js';
import { numbersOf } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';
import {
  classMask,
  classPalette,
  classShares,
  type MaskSource,
  maskSource,
  overlayMask,
  type Palette,
} from '../../pictures/class-mask.js';
import { type ImageAxes, isPictureChannels, type Layout, pictureOutputAxes } from '../../pictures/image-layout.js';
import { describeChannels, type Picture, writePng } from '../../pictures/picture.js';
import { type Extremes, extremesOf, tensorPicture, valueRange } from '../../pictures/tensor-picture.js';
import type { RunOutputReport, WrittenFile } from '../../report/run.js';
import { cannotWrite } from '../cannot-write.js';
import { makeFolder } from '../make-folder.js';

export interface OutputOptions {
  readonly directory: string;
  readonly layout?: Layout | undefined;
  /** Paint masks over the pictures that the model was given. */
  readonly overlay: boolean;
  /** The pictures that the model was given, by input. */
  readonly pictures: readonly { readonly name: string; readonly picture: Picture }[];
  /** Sizes of all inputs that could be pictures, the above included. */
  readonly pictureSizes: readonly { readonly width: number; readonly height: number }[];
}

/** A batch has as many pictures as one looks at. */
const maxPictures = 16;

const endings = ['.npy', '.png', '.mask.png', '.overlay.png'];

/**
 * Writes NAME.npy and, where the elements are pictures or the scores of classes, NAME.png, NAME.mask.png and
 * NAME.overlay.png (NAME-0.png, NAME-1.png ... for a batch).
 * @throws ModelError US2010
 */
export async function writeOutputs(
  outputs: ReadonlyMap<string, Tensor>,
  options: OutputOptions,
): Promise<readonly RunOutputReport[]> {
  try {
    await makeFolder(options.directory);
  } catch (error) {
    cannotWrite(options.directory, 'the folder for the results cannot be made', error, folderHint);
  }
  const names = new FileNames(endings);
  const reports: RunOutputReport[] = [];
  for (const [name, tensor] of outputs) reports.push(await new OutputWriter(name, tensor, names, options).write());
  return reports;
}

const folderHint = 'name another folder with --output-dir';

/** Writes the files of one result. */
class OutputWriter {
  private readonly files: WrittenFile[] = [];
  private readonly notes: string[] = [];
  private readonly stem: string;
  /** Stems of the pictures of a batch. */
  private readonly stems = new Map<number, string>();

  constructor(
    private readonly name: string,
    private readonly tensor: Tensor,
    private readonly names: FileNames,
    private readonly options: OutputOptions,
  ) {
    this.stem = names.claim(name);
  }

  async write(): Promise<RunOutputReport> {
    const { type, dims } = this.tensor;
    let extremes: Extremes | undefined;
    if (npyType(type) === undefined) {
      this.notes.push(`not written: ${type} elements have no .npy form here`);
    } else {
      const values = numbersOf(this.tensor);
      extremes = extremesOf(values);
      await this.array();
      await this.drawings(values);
    }
    return {
      name: this.name,
      elementType: type,
      shape: dims,
      minimum: extremes?.min ?? null,
      maximum: extremes?.max ?? null,
      files: this.files,
      notes: this.notes,
    };
  }

  private async array(): Promise<void> {
    const { bytes, type } = writeNpy(this.tensor);
    const note = type === this.tensor.type ? null : `${this.tensor.type} is written as ${type}`;
    await this.file(`${this.stem}.npy`, 'array', bytes, note);
  }

  private async drawings(values: ArrayLike<number>): Promise<void> {
    const { layout, overlay, pictureSizes } = this.options;
    const mask = maskSource(this.tensor, pictureSizes, { layout, isWanted: overlay }, values);
    const axes = pictureOutputAxes(this.tensor.dims, isPictureChannels, layout);
    // Scores of several classes make no picture, one score a pixel does.
    if (axes !== undefined && (mask === undefined || this.tensor.dims[axes.channels!] === 1)) {
      await this.picturesOf(axes, values);
    }
    if (mask !== undefined) await this.masksOf(mask, values);
    else if (overlay)
      this.notes.push('no overlay: these do not look like the scores of classes for the pixels of an input');
  }

  private async picturesOf(axes: ImageAxes, values: ArrayLike<number>): Promise<void> {
    const range = valueRange(this.tensor, values);
    for (const batch of this.batches(axes)) {
      const picture = tensorPicture(this.tensor, axes, batch, range, values);
      const note = `${describeChannels(picture.channels)}, ${range.description}`;
      await this.file(`${this.stemOf(axes, batch)}.png`, 'picture', writePng(picture), note);
    }
  }

  private async masksOf(mask: MaskSource, values: ArrayLike<number>): Promise<void> {
    const palette = classPalette(mask.classes);
    for (const batch of this.batches(mask.axes)) {
      const labels = classMask(this.tensor, mask, batch, values);
      const stem = this.stemOf(mask.axes, batch);
      const note = `${mask.description}: ${describeShares(labels)}`;
      await this.file(`${stem}.mask.png`, 'mask', writePng(labels, palette), note);
      if (this.options.overlay) await this.overlays(stem, labels, palette);
    }
  }

  /** The mask over every picture of its size, so over one as a rule. */
  private async overlays(stem: string, labels: Picture, palette: Palette): Promise<void> {
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
    const overlay = writePng(overlayMask(fitting.picture, labels, palette));
    await this.file(`${stem}.overlay.png`, 'overlay', overlay, `the mask over the picture for '${fitting.name}'`);
  }

  private batches(axes: ImageAxes): number[] {
    const count = axes.batch === undefined ? 1 : this.tensor.dims[axes.batch]!;
    if (count > maxPictures) this.notes.push(`only the first ${maxPictures} of ${count} are drawn`);
    return Array.from({ length: Math.min(count, maxPictures) }, (_, batch) => batch);
  }

  /** NAME, or NAME-0, NAME-1 ... for a batch. */
  private stemOf(axes: ImageAxes, batch: number): string {
    if (axes.batch === undefined || this.tensor.dims[axes.batch] === 1) return this.stem;
    const stem = this.stems.get(batch) ?? this.names.claim(`${this.stem}-${batch}`);
    this.stems.set(batch, stem);
    return stem;
  }

  private async file(name: string, kind: WrittenFile['kind'], bytes: Uint8Array, note: string | null): Promise<void> {
    const path = join(this.options.directory, name);
    try {
      await writeWhole(path, bytes);
    } catch (error) {
      cannotWrite(path, `the result '${this.name}' cannot be written`, error, folderHint);
    }
    this.files.push({ path, kind, note });
  }
}

/** The classes that cover most, with their shares of the pixels. */
function describeShares(labels: Picture): string {
  const shares = classShares(labels);
  const shown = shares.slice(0, 4).map(({ label, share }) => `class ${label} ${(100 * share).toFixed(1)} %`);
  return shares.length > shown.length ? `${shown.join(', ')}, ${shares.length - shown.length} more` : shown.join(', ');
}
