/** What a run leaves behind, before it is written: names of files and what goes into them, as plain data. */
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

/** Plain data, which another thread may be sent. */
export type Content =
  | { readonly form: 'npy'; readonly tensor: Pick<Tensor, 'type' | 'dims' | 'data'> }
  | {
      readonly form: 'png';
      readonly picture: Picture;
      /** The colors of the picture's one channel. */
      readonly palette?: readonly (readonly number[])[];
    };

/** How much of a picture a class covers. */
export interface ClassShare {
  readonly class: number;
  /** Null where nobody named it. */
  readonly name: string | null;
  /** Of the pixels, in 0..1. */
  readonly share: number;
}

export interface Artifact {
  /** A name, without a folder. */
  readonly file: string;
  readonly kind: ArtifactKind;
  /** How values became what is in the file, in words. */
  readonly note: string | null;
  /** Of masks and classes: what they cover, the most frequent first. */
  readonly shares?: readonly ClassShare[];
  readonly content: Content;
}

/** The bytes of the file. */
export function encodeContent(content: Content): Uint8Array {
  return content.form === 'npy' ? writeNpy(content.tensor).bytes : writePng(content.picture, content.palette);
}
