/** The results of a run before they are written: names of files and their contents, as plain data. */
import { writeNpy } from '../files/npy.js';
import type { Tensor } from '../ir/tensor.js';
import type { Picture } from '../pictures/picture.js';
import { writePng } from '../pictures/png.js';

export type ArtifactKind =
  | 'array'
  | 'picture'
  | 'mask'
  | 'classes'
  | 'probabilities'
  | 'depth'
  | 'channels'
  | 'overlay';

/** Plain data that can be sent to another thread. */
export type Content =
  | { readonly form: 'npy'; readonly tensor: Pick<Tensor, 'type' | 'dims' | 'data'> }
  | {
      readonly form: 'png';
      readonly picture: Picture;
      /** The colors of the picture's one channel. */
      readonly palette?: readonly (readonly number[])[];
    };

/** The share of a picture that a class covers. */
export interface ClassShare {
  readonly class: number;
  /** Null if the class has no name. */
  readonly name: string | null;
  /** Share of the pixels, in 0..1. */
  readonly share: number;
}

export interface Artifact {
  /** File name without a folder. */
  readonly file: string;
  readonly kind: ArtifactKind;
  /** How values were converted, in words. */
  readonly note: string | null;
  /** For masks and classes: what each class covers, most frequent first. */
  readonly shares?: readonly ClassShare[];
  readonly content: Content;
}

/** The bytes of the file. */
export function encodeContent(content: Content): Uint8Array {
  return content.form === 'npy' ? writeNpy(content.tensor).bytes : writePng(content.picture, content.palette);
}
