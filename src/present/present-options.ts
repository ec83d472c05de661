/** How results are to be presented: plain data, which another thread may be sent. */
import type { Coverage } from '../feed/coverage.js';
import type { Placement } from '../feed/fit.js';
import type { ChannelOrder, ValueBounds } from '../feed/normalization.js';
import type { Palette } from '../pictures/class-mask.js';
import type { ClassNames } from '../pictures/class-names.js';
import type { Layout } from '../pictures/image-layout.js';
import type { PaletteName } from '../pictures/palettes.js';
import type { Picture, Size } from '../pictures/picture.js';
import type { KindRequest } from './kinds.js';

/** A picture that the network was given. */
export interface GivenPicture {
  /** The input's. */
  readonly name: string;
  readonly picture: Picture;
  readonly placement: Placement;
  /** What black and white became, where all channels have the same. */
  readonly bounds: ValueBounds | undefined;
}

export interface PresentOptions {
  readonly layout?: Layout | undefined;
  /** What is written, and nothing else; empty or absent: arrays, and what evidently are pictures. */
  readonly as?: readonly KindRequest[];
  /** False: no pictures by default. */
  readonly pictures?: boolean;
  /** False: no arrays by default, for they go elsewhere. */
  readonly arrays?: boolean;
  /** Outputs that the whole network does not have: activations, of which arrays are written by default. */
  readonly inner?: ReadonlySet<string> | undefined;
  /** Paint masks over the pictures that the model was given. */
  readonly overlay: boolean;
  /** The pictures that the model was given, by input. */
  readonly given: readonly GivenPicture[];
  /** Of outputs that show a part of the first of them alone: which, by the output's name. */
  readonly coverage?: ReadonlyMap<string, Coverage>;
  /** Sizes of all inputs that could be pictures, as they were fed, the above included. */
  readonly sizes: readonly Size[];
  /** The order of colors in what was fed, and in what comes out. */
  readonly order?: ChannelOrder | undefined;
  /** Colors of classes: known ones, or one a class. */
  readonly palette?: PaletteName | Palette | undefined;
  readonly classNames?: ClassNames | undefined;
  /** How the files of each output begin, by the output's name; the default is made from the name. */
  readonly stems?: ReadonlyMap<string, string>;
}
